/** `bowerbird convert`: its flags, in the order in which the help lists them. */

import { workers } from './common.ts';
import { type Command, oneOf, readWhole, type Setting, toggle, words } from './flag.ts';
import { jobFlags, maxRejects, onError } from './job.ts';

const shards: Setting<number> = {
  kind: 'setting',
  name: 'shards',
  placeholder: 'N',
  expected: 'a whole number from 1 to 99999',
  help: 'Number of outputs',
  byDefault: '1',
  more:
    'Shard i holds the i-th of N ranges of all records in order (where they cannot be equal, the first ones have one record more), so ' +
    'the shards one after another are the input again.',
  alsoKnownAs: ['num-shards', 'num_shards'],
  parse(text) {
    const count = readWhole(text, 1);
    return count !== undefined && count <= 99_999 ? count : undefined;
  },
};

const flags = {
  to: {
    ...oneOf('to', ['arrayrecord', 'tfrecord'], {
      help: 'Format of the outputs',
      alsoKnownAs: ['format', 'output-format'],
    }),
    required: true,
  },
  out: words('out', {
    placeholder: 'PREFIX|DIR',
    expected: 'the beginning of names, or a folder',
    required: true,
    completes: 'files',
    help: 'Beginning of the names of shards, or a folder: one that is there, or ends with a slash',
    more: 'ar/train makes ar/train-00000-of-00016 with the suffix .arrayrecord or .tfrecord, and so on. Of an s3:// or gs:// URI only the slash tells.',
    alsoKnownAs: ['output', 'outdir', 'output-dir', 'o', 'dest'],
  }),
  shards,
  matchInputs: toggle('match-inputs', {
    help: 'One output for each input, in the folder DIR',
    more: 'Its name is that of the input and the suffix: train.tfrecord.arrayrecord.',
  }),
  matchShards: toggle('match-shards', {
    help: 'As many shards as inputs, of equal numbers of records',
  }),
  overwriteExtension: toggle('overwrite-extension', {
    help: 'With --match-inputs: the suffix takes the place of the last extension',
    more: 'Two inputs that would share one output are refused before anything is written.',
  }),
  options: words('options', {
    placeholder: 'STRING',
    expected: 'options of an ArrayRecord writer, such as group_size:1,zstd:3',
    help: 'Of the ArrayRecord writer, in its own grammar',
    byDefault: 'group_size:1,zstd:3',
    more:
      'group_size:N, one of uncompressed, zstd[:LEVEL], brotli[:LEVEL] and snappy, window_log:N, pad_to_block_boundary:true, transpose:true. ' +
      'A chunk of group_size records is read as a whole, so 1 suits random access, and more compresses better.',
    alsoKnownAs: ['writer-options', 'array-record-options'],
  }),
  compression: oneOf('compression', ['none', 'gzip', 'zlib'], {
    help: 'Of TFRecord outputs',
    byDefault: 'none',
    alsoKnownAs: ['compress', 'z'],
  }),
  proof: toggle('proof', {
    help: 'Print and keep a proof of all records in order',
    more:
      'A hash over the length and the bytes of every record: 32 hex digits, the same before and after, and however the records are cut ' +
      'into files. "bowerbird verify --proof" prints that of any files.',
    alsoKnownAs: ['hash', 'digest', 'checksum'],
  }),
  workers: {
    ...workers,
    more: 'Each thread makes one shard at a time; where ArrayRecord shards are fewer than threads, the others compress for them.',
  },
  onError: onError(
    'fail stops at the first one. skip leaves out files that hold no records, and lists them in rejects.jsonl beside the outputs. salvage ' +
      'also leaves out damaged stretches, and goes on at the next intact record; shards are then ranges of the intact ones.',
  ),
  maxRejects,
  ...jobFlags,
} as const;

export const convert: Command<typeof flags> = {
  name: 'convert',
  summary: 'TFRecord to ArrayRecord and back, or to other shards',
  operand: {
    name: 'INPUT',
    count: 'one or more',
    completes: 'files',
    help: 'A file, a folder (every file directly in it, but none that starts with a dot) or a glob (quoted or not)',
  },
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
};
