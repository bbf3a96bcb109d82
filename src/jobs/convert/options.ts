/** The options of `convert`, in the order in which its help lists them. */

import type { OptionTable } from '../../option-tables.ts';
import { flag, integer, oneOf, optional, requiredOneOf, requiredText } from '../../options.ts';
import { inputs, rejectOptions, runOptions, workers } from '../engine/options.ts';

/** As many digits as the names have. */
const mostShards = 99_999;

export const convertOptions = {
  inputs,
  to: {
    ...requiredOneOf(['arrayrecord', 'tfrecord']),
    decides: 'bytes',
    flag: { help: 'Format of the outputs', alsoKnownAs: ['format', 'output-format'] },
  },
  out: {
    ...requiredText('the beginning of names, or a folder'),
    decides: 'place',
    flag: {
      short: 'o',
      placeholder: 'PREFIX|DIR',
      completes: 'files',
      help: 'Beginning of the names of shards, or a folder: one that is there, or ends with a slash',
      more: 'ar/train makes ar/train-00000-of-00016 with the suffix .arrayrecord or .tfrecord, and so on. Of an s3:// or gs:// URI only the slash tells.',
      alsoKnownAs: ['output', 'outdir', 'output-dir', 'dest'],
    },
  },
  shards: {
    ...integer(1, mostShards, undefined),
    decides: 'bytes',
    flag: {
      placeholder: 'N',
      help: 'Number of outputs',
      byDefault: '1',
      more:
        'Shard i holds the i-th of N ranges of all records in order (where they cannot be equal, the first ones have one record more), so ' +
        'the shards one after another are the input again.',
      alsoKnownAs: ['num-shards', 'num_shards'],
    },
  },
  matchInputs: {
    ...flag(false),
    decides: 'bytes',
    toldAs: 'shards',
    flag: {
      help: 'One output for each input, in the folder DIR',
      more: 'Its name is that of the input and the suffix: train.tfrecord.arrayrecord.',
    },
  },
  matchShards: {
    ...flag(false),
    decides: 'bytes',
    toldAs: 'shards',
    flag: { help: 'As many shards as inputs, of equal numbers of records' },
  },
  overwriteExtension: {
    ...flag(false),
    decides: 'bytes',
    flag: {
      help: 'With --match-inputs: the suffix takes the place of the last extension',
      more: 'Two inputs that would share one output are refused before anything is written.',
    },
  },
  options: {
    ...optional<string>('options of an ArrayRecord writer, such as group_size:1,zstd:3', (v) => typeof v === 'string'),
    decides: 'bytes',
    flag: {
      placeholder: 'STRING',
      help: 'Of the ArrayRecord writer, in its own grammar',
      byDefault: 'group_size:1,zstd:3',
      more:
        'group_size:N, one of uncompressed, zstd[:LEVEL], brotli[:LEVEL] and snappy, window_log:N, pad_to_block_boundary:true, transpose:true. ' +
        'A chunk of group_size records is read as a whole, so 1 suits random access, and more compresses better.',
      alsoKnownAs: ['writer-options', 'array-record-options'],
    },
  },
  compression: {
    ...oneOf(['none', 'gzip', 'zlib'], 'none'),
    decides: 'bytes',
    flag: { help: 'Of TFRecord outputs', alsoKnownAs: ['compress', 'z'] },
  },
  proof: {
    ...flag(false),
    decides: 'policy',
    flag: {
      help: 'Print and keep a proof of all records in order',
      more:
        'A hash over the length and the bytes of every record: 32 hex digits, the same before and after, and however the records are cut ' +
        'into files. "bowerbird verify --proof" prints that of any files.',
      alsoKnownAs: ['hash', 'digest', 'checksum'],
    },
  },
  workers: workers(
    'Each thread makes one shard at a time; where ArrayRecord shards are fewer than threads, the others compress for them.',
  ),
  ...rejectOptions(
    'fail stops at the first one. skip leaves out files that hold no records, and lists them in rejects.jsonl beside the outputs. salvage ' +
      'also leaves out damaged stretches, and goes on at the next intact record; shards are then ranges of the intact ones.',
  ),
  ...runOptions,
} as const satisfies OptionTable;

/** In journals and manifests. */
export const convertOrder = [
  'to',
  'shards',
  'overwriteExtension',
  'options',
  'compression',
  'onError',
  'proof',
] as const;
