/** `bowerbird convert`: what its help says, and its flags. */

import { convertOptions } from '../../jobs/convert/options.ts';
import { inputs, jobExitCodes, telling } from './common.ts';
import { type Command, flagsOf } from './flag.ts';
import { summaries } from './overview.ts';

const flags = { ...flagsOf(convertOptions), ...telling } as const;

export const convert: Command<typeof flags> = {
  name: 'convert',
  summary: summaries.convert,
  operand: inputs,
  flags,
  examples: [
    ["bowerbird convert 'tf/train-*.tfrecord' --to arrayrecord --out ar/train --shards 16", 'for random access'],
    ['bowerbird convert tf/ --to arrayrecord --out ar/ --match-inputs', 'one output for each input'],
    ["bowerbird convert 'ar/train-*' --to tfrecord --out back/train --shards 8 --compression gzip", 'and back'],
    ["bowerbird convert 'tf/*' --to arrayrecord --out ar/all --options group_size:100,zstd:9 --proof", 'small'],
  ],
  notes: [
    'Inputs are TFRecord (plain, gzip or zlib) and ArrayRecord files, found by content, and may be mixed; they are taken in the order of ' +
      'their names. The order of records is kept. Outputs appear whole or not at all, and are the same bytes however many threads work. An ' +
      'interrupted run is finished by running the same command again.',
    'PREFIX.convert.json (in a folder: convert.json) lists inputs and outputs with their numbers of records and checksums.',
    'For more than one shard the records are counted first: from headers alone where a TFRecord file is plain, from the footer of an ' +
      'ArrayRecord file, by reading what is compressed. A compressed file that is cut among several shards is decompressed by each from ' +
      'its beginning.',
  ],
  exitCodes: jobExitCodes(
    'finished, but files or damaged stretches were left out under --on-error skip or salvage: rejects.jsonl beside the outputs lists them',
  ),
};
