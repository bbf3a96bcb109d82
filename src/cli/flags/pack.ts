/** `bowerbird pack`: what its help says, and its flags. */

import { packOptions } from '../../jobs/pack/options.ts';
import { jobExitCodes, telling } from './common.ts';
import { type Command, flagsOf } from './flag.ts';
import { summaries } from './overview.ts';

const flags = { ...flagsOf(packOptions), ...telling } as const;

export const pack: Command<typeof flags> = {
  name: 'pack',
  summary: summaries.pack,
  operand: {
    name: 'INPUT',
    count: 'one or more',
    completes: 'files',
    help:
      'A manifest (.jsonl: an object a line, with audio_filepath and text), a CSV file (.csv, .tsv), or a folder of recordings; ' +
      'hf://datasets/OWNER/NAME, or Parquet files, of which there may be several. Of this machine, or under s3://, gs:// or https://',
  },
  flags,
  examples: [
    ['bowerbird pack manifest.jsonl --out ds/', 'a folder of shards; run it again to go on after a stop'],
    ['bowerbird pack recordings/ --out ds/ --sample-rate 16000 --mono', 'labels are the names of folders'],
    ['bowerbird pack labels.csv --audio s3://bucket/audio --out s3://bucket/ds', 'from a bucket, to a bucket'],
    ['bowerbird pack hf://datasets/org/name --split train --out ds/', 'a dataset of the Hub'],
    ['bowerbird pack manifest.jsonl --out ds/ --processor whisper', 'features for Whisper, and no sound'],
    [
      `bowerbird pack manifest.jsonl --out ds/ --processor ./loudness.mjs#Loudness --processor-options '{"keepOriginal": true}'`,
      'a class of your own',
    ],
  ],
  notes: [
    'DIR/metadata.json and DIR/shard_00000/data.mdb are what AudioMDB, and py-lmdb with pickle, read: keys are sample_00000000 and so on, values dicts of ' +
      'audio, sample_rate, text, converter, other columns, shard_id, shard_position, shape, dtype and duration. Equal input gives equal bytes. ' +
      'A sample that is rejected leaves a gap in the numbers.',
    'In a folder with metadata.csv or metadata.jsonl the rows of these name the recordings, by file_name; otherwise each recording is a sample, and ' +
      'the name of its folder its label. Files that are not packed are listed in DIR/pack.json.',
    'An interrupted run is finished by running the same command again.',
  ],
  exitCodes: jobExitCodes(
    'finished, but samples were left out under --on-error skip or salvage, or recordings used with silence in the place of damage: rejects.jsonl lists them',
  ),
};
