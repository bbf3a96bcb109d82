/** `bowerbird dataset card`: what its help says, and its flags. */

import { cardOptions } from '../../jobs/dataset/options.ts';
import { json, plainExitCodes, quiet } from './common.ts';
import { type Command, flagsOf } from './flag.ts';
import { summaries } from './overview.ts';

const flags = { ...flagsOf(cardOptions), json, quiet } as const;

export const card: Command<typeof flags> = {
  name: 'dataset card',
  summary: summaries['dataset card'],
  operand: { name: '', count: 'none', completes: [], help: '' },
  flags,
  examples: [
    ['bowerbird dataset card --repo org/name', 'in one commit, where something is to be changed'],
    ['bowerbird dataset card --out dataset/ --dry-run', 'print the card of a folder'],
  ],
  notes: [
    'What people wrote into README.md stays, byte for byte; configurations, features and sizes are counted from the files, and the part between the two ' +
      'comments of this builder is made anew.',
  ],
  exitCodes: plainExitCodes,
};
