/** `bowerbird dataset scan`: what its help says, and its flags. */

import { scanOptions } from '../../jobs/dataset/options.ts';
import { plainExitCodes, telling } from './common.ts';
import { type Command, flagsOf } from './flag.ts';
import { summaries } from './overview.ts';

const flags = { ...flagsOf(scanOptions), ...telling } as const;

export const scan: Command<typeof flags> = {
  name: 'dataset scan',
  summary: summaries['dataset scan'],
  operand: { name: '', count: 'none', completes: [], help: '' },
  flags,
  examples: [
    ['bowerbird dataset scan', 'r2://R2_BUCKET/processed/, as the environment or .env says'],
    [
      'bowerbird dataset scan --source s3://bucket/processed/ --language en --language de',
      'two languages of any bucket',
    ],
    ['bowerbird dataset scan --source processed/ --dry-run', 'what a folder holds; nothing is written'],
  ],
  notes: [
    'Lists LANGUAGE/EPISODE/ and writes work_plan.json, {"en": ["processed/en/0001/", ...], ...}. A plan that is there keeps its order, and what is ' +
      'new comes behind it: chunks that were built stay what they are. Nothing is ever removed from it.',
  ],
  exitCodes: plainExitCodes,
};
