/** `bowerbird ingest`: what its help says, and its flags. */

import { ingestOptions } from '../../jobs/ingest/options.ts';
import { jobExitCodes, telling } from './common.ts';
import { type Command, flagsOf, listedBehind, toggle } from './flag.ts';
import { summaries } from './overview.ts';

const noHeader = toggle('no-header', { help: 'The same as --header no', alsoKnownAs: ['headerless'] });

const flags = { ...listedBehind(flagsOf(ingestOptions), 'header', { noHeader }), ...telling } as const;

export const ingest: Command<typeof flags> = {
  name: 'ingest',
  summary: summaries.ingest,
  operand: {
    name: 'CSV',
    count: 'none or one',
    completes: 'files',
    help: 'A file or URI with a row for each recording: its label and its path. Default: DATA_INPUT_PATH',
  },
  flags,
  examples: [
    [
      'bowerbird ingest labels.csv --audio recordings/ --out tfrecords/train --shards 64',
      'a folder; run it again to go on after a stop',
    ],
    ['bowerbird ingest labels.csv --audio gs://my-bucket --out tfrecords/train --shards 64', 'from a bucket'],
    ['bowerbird ingest', 'everything from the environment or .env, as .env.template lists it'],
    [
      'bowerbird ingest labels.csv --audio recordings/ --out out/ --labels string --mode rich',
      'names as labels, more features',
    ],
    [
      'bowerbird ingest labels.csv --out out/ --window 5 --hop 2.5 --mono --sample-rate 32000',
      'clips as a model wants them',
    ],
    ['bowerbird ingest labels.csv --audio recordings/ --out out/ --on-error skip --dry-run', 'what would be done'],
  ],
  notes: [
    'Columns are separated by comma, semicolon, tab or bar; cells may be quoted and hold line breaks. Recordings are WAV, FLAC, MP3, Ogg Vorbis or Opus, found by content.',
    'The same rows and recordings give the same bytes, whatever the number of threads. PREFIX.ingest.json (in a folder of its own: ingest.json) ' +
      'lists every shard with its CRC-32C, the classes, rates and channels, and rows that contradict one another; an interrupted run is finished by ' +
      'running the same command again.',
    'Read from the environment, else from .env in this folder: DATA_INPUT_PATH (the CSV file), BUCKET_NAME (gs://BUCKET_NAME is --audio), ' +
      'DATA_OUTPUT_PATH (--out), NUM_SHARDS, NUM_WORKERS. What is typed wins.',
  ],
  exitCodes: jobExitCodes(
    'finished, but rows were left out under --on-error skip or salvage, or recordings used with silence in the place of damage: rejects.jsonl lists them',
  ),
};
