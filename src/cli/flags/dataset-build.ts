/** `bowerbird dataset build`: what its help says, and its flags. */

import { buildOptions } from '../../jobs/dataset/options.ts';
import { jobExitCodes, telling } from './common.ts';
import { type Command, flagsOf } from './flag.ts';
import { summaries } from './overview.ts';

const flags = { ...flagsOf(buildOptions), ...telling } as const;

export const build: Command<typeof flags> = {
  name: 'dataset build',
  summary: summaries['dataset build'],
  operand: { name: '', count: 'none', completes: [], help: '' },
  flags,
  examples: [
    ['bowerbird dataset build', 'all that the environment or .env names; run it again to go on after a stop'],
    ['bowerbird dataset build --source s3://bucket/processed/ --out dataset/', 'the same files in a folder'],
    ['bowerbird dataset build --chunk-mod 4 --chunk-rem 0', 'the first of four machines, which share nothing'],
    ['bowerbird dataset build --from csv:labels.csv --repo org/name', 'recordings of a CSV file'],
    ['bowerbird dataset build --dry-run', 'what is to be done, and what the repository has'],
  ],
  notes: [
    'Without a plan the source is scanned first. Each chunk is data/LANGUAGE/chunk-00000.parquet, or parts of it, and one commit, with the counts of the ' +
      'card in it. What is done is what the repository has: progress.log is written and never believed.',
    'A segment whose recording is missing or cannot be used is left out and listed in rejects.jsonl. A server that refuses fails the chunk, and the ' +
      'next run makes it.',
  ],
  exitCodes: jobExitCodes('finished, but segments or rows were left out: rejects.jsonl lists them'),
};
