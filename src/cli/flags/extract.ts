/** `bowerbird extract`: what its help says, and its flags. */

import { extractOptions } from '../../jobs/extract/options.ts';
import { inputs, jobExitCodes, telling } from './common.ts';
import { type Command, flagsOf } from './flag.ts';
import { summaries } from './overview.ts';

const flags = { ...flagsOf(extractOptions), ...telling } as const;

export const extract: Command<typeof flags> = {
  name: 'extract',
  summary: summaries.extract,
  operand: inputs,
  flags,
  examples: [
    ['bowerbird extract one_percent_data_sample/ --out extracted/', 'a folder; run it again to go on after a stop'],
    ["bowerbird extract 'embeddings-*-of-00374' --out extracted/ --dry-run", 'what would be made'],
    ['bowerbird extract damaged/ --out extracted/ --on-error salvage', 'keep all that is intact'],
    [
      'bowerbird extract gs://bucket/embeddings --out s3://bucket/arrays',
      'from store to store; keys and endpoints from the environment or .env',
    ],
    ['bowerbird extract /shared/in/ --out /shared/out/ --units 0/4', 'the first of four machines'],
  ],
  notes: [
    'DIR/embeddings/NAME.npy and DIR/metadata/NAME.json are made for each input, and appear whole or not at all. ' +
      'An interrupted run is finished by running the same command again: what is done is skipped, what changed is done again.',
  ],
  exitCodes: jobExitCodes(
    'finished, but records were left out under --on-error skip or salvage: DIR/rejects.jsonl lists them',
  ),
};
