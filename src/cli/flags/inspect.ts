/** `bowerbird inspect`: what its help says, and its flags. */

import { inspectOptions } from '../../jobs/check/options.ts';
import { checkExitCodes, inputsOrStdin, json, stdinLimit } from './common.ts';
import { type Command, flagsOf } from './flag.ts';
import { summaries } from './overview.ts';

const flags = { ...flagsOf(inspectOptions), stdinLimit, json } as const;

export const inspect: Command<typeof flags> = {
  name: 'inspect',
  summary: summaries.inspect,
  operand: inputsOrStdin,
  flags,
  examples: [
    ['bowerbird inspect recording.flac', 'a recording: rate, length, what the recorder says in its tags'],
    ['bowerbird inspect recording.flac --all', 'and how loud it is, channel by channel'],
    ['bowerbird inspect embeddings-00000-of-00374', 'a TFRecord: the first 1000 records'],
    ['bowerbird inspect embeddings-00000-of-00374 --all', 'all of them: exact counts and ranges'],
    ['bowerbird inspect recordings/', 'every file of a folder, whatever it is'],
    ['bowerbird inspect ds/', 'a dataset of LMDB shards: metadata.json, and the fields of its samples'],
    [
      'bowerbird inspect data/en/chunk-00000.parquet',
      'a Parquet file: columns, row groups, statistics, and the sounds in it',
    ],
    ["bowerbird inspect *.tfrecord --json | jq '.files[].records'", 'for scripts'],
  ],
  notes: [
    'Levels are in dBFS: decibels below full scale, by which a full sine has a peak of 0 and an RMS of -3.01. Clipped are samples at ' +
      'the limit of what the format can say.',
    'Formats are found by content. With --json the object has "files": [...], an entry a file, of format "unknown" with its "error" where one cannot be read. ' +
      'Damage is shown where it is met and does not change the exit code; bowerbird verify is the command that judges.',
  ],
  exitCodes: checkExitCodes(
    [0, 'every file was looked into'],
    [1, 'a file cannot be read; the others were looked into'],
  ),
};
