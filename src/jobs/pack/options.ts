/** The options of `pack`, in the order in which its help lists them. */

import type { OptionTable } from '../../option-tables.ts';
import { flag, integer, isObject, isPath, isRecord, isText, oneOf, optional, requiredText } from '../../options.ts';
import {
  allowOutside,
  columnsTyped,
  inputs,
  keepColumns,
  prefetch,
  rejectOptions,
  rowColumns,
  runOptions,
  soundOptions,
  workers,
} from '../engine/options.ts';

const mostSamples = 100_000_000;

const processorWords =
  'whisper, logmel, tokenizer, a module such as "./loudness.mjs#Loudness", or { module, export, options }';

/** What a user decides about the samples. */
export const packChoices = {
  ...rowColumns('Column, or key, of the recordings', 'Column, or key, of the field text'),
  keepColumns: {
    ...keepColumns(undefined),
    flag: {
      ...columnsTyped,
      help: 'Further columns that become fields',
      byDefault: 'label, and of metadata.csv or metadata.jsonl in a folder all',
      more: 'A star alone is all of them. As they are, or with :int and :float the numbers that their text stands for. An empty number is None.',
      alsoKnownAs: ['keep', 'columns', 'store-columns', 'extra-columns'],
    },
  },
  samplesPerShard: {
    ...integer(1, mostSamples, undefined),
    decides: 'bytes',
    flag: {
      placeholder: 'N',
      help: 'Samples in a shard',
      byDefault: '1000; 10000 where a processor keeps no sound',
      alsoKnownAs: ['shard-size', 'samples', 'per-shard'],
    },
  },
  ...soundOptions,
  codec: {
    ...oneOf(['pcm', 'flac', 'original'], 'pcm'),
    decides: 'bytes',
    flag: {
      help: 'What the field audio holds',
      more:
        'pcm: float32 samples, frame after frame. flac: a FLAC file (needs the optional package flac-bindings). original: the bytes of the ' +
        'recording. The last two say so in the field codec.',
      alsoKnownAs: ['format', 'encoding', 'audio-as'],
    },
  },
  values: {
    ...oneOf(['pickle', 'msgpack'], 'pickle'),
    decides: 'bytes',
    flag: {
      help: 'How samples are written',
      more: "pickle: a dict as Python's pickle.dumps(protocol=4) writes it, as AudioMDB reads it. msgpack: a map that any language reads.",
      alsoKnownAs: ['serialization', 'serializer'],
    },
  },
  processor: {
    ...optional<string | object>(processorWords, (v) => isText(v) || isRecord(v)),
    decides: 'bytes',
    flag: {
      placeholder: 'whisper|logmel|tokenizer|FILE.js#Class',
      expected: 'whisper, logmel, tokenizer or a module, such as ./loudness.mjs#Loudness',
      completes: 'files',
      help: 'What is made of each sample before it is stored',
      byDefault: 'samples are stored as they are',
      more: 'Only what it gives is stored, unless its option keepOriginal is true. A module exports a class with process(sample, { sampleRate }).',
      alsoKnownAs: ['process', 'features', 'transform'],
    },
  },
  processorOptions: {
    ...optional<{ readonly [name: string]: unknown }>('an object of plain data', isRecord),
    decides: 'bytes',
    toldAs: 'processor',
    flag: {
      placeholder: 'JSON',
      expected: 'a JSON object, such as {"keepOriginal": true}',
      fromText: jsonOf,
      help: 'What the processor is given',
      byDefault: 'its own defaults',
      alsoKnownAs: ['processor-args', 'processor-config'],
    },
  },
} as const satisfies OptionTable;

export const packOptions = {
  inputs: { ...inputs, isRequired: false, fallback: undefined },
  converter: {
    ...optional<object>('a Converter, or { module, export, options }', isObject),
    decides: 'bytes',
  },
  out: {
    ...requiredText('a folder'),
    decides: 'place',
    flag: {
      short: 'o',
      placeholder: 'DIR',
      completes: 'folders',
      help: 'Where metadata.json and the shards go',
      alsoKnownAs: ['output', 'output-dir', 'dest'],
    },
  },
  audio: {
    ...optional<string>('a folder, or a URI such as gs://my-bucket', (v) => typeof v === 'string'),
    decides: 'place',
    flag: {
      placeholder: 'DIR|URI',
      completes: 'folders',
      help: 'Where the paths of rows begin',
      byDefault: 'the folder of the manifest or CSV file',
      alsoKnownAs: ['bucket', 'audio-dir', 'root', 'base'],
    },
  },
  split: {
    ...optional<string>('the name of a split', isText),
    decides: 'place',
    flag: {
      placeholder: 'NAME',
      help: 'Of a dataset of the Hub, such as train',
      byDefault: 'the only one there is',
      alsoKnownAs: ['data-split', 'subset'],
    },
  },
  config: {
    ...optional<string>('the name of a configuration', isText),
    decides: 'place',
    flag: {
      placeholder: 'NAME',
      help: 'Of a dataset of the Hub, where it has several',
      byDefault: 'the one that its card calls the default',
      alsoKnownAs: ['configuration', 'dataset-config'],
    },
  },
  revision: {
    ...optional<string>('a branch, tag or commit', isText),
    decides: 'place',
    flag: {
      placeholder: 'REV',
      help: 'Branch, tag or commit of a dataset of the Hub',
      byDefault: 'main',
      alsoKnownAs: ['rev', 'branch', 'commit'],
    },
  },
  workers: workers('Each thread works on one shard at a time, so more threads than shards change nothing.'),
  ...packChoices,
  allowOutside,
  datasetName: {
    ...optional<string>('text', isText),
    decides: 'bytes',
    flag: {
      placeholder: 'NAME',
      help: 'In metadata.json',
      byDefault: 'after the input',
      alsoKnownAs: ['name', 'dataset'],
    },
  },
  prefetch,
  upload: {
    ...optional<string | object>(
      'a folder, a URI such as s3://bucket/ds or hf://datasets/org/name, or an Uploader',
      (v) => isPath(v) || isObject(v),
    ),
    decides: 'place',
    flag: {
      placeholder: 'URI',
      expected: 'a folder or a URI, such as s3://bucket/ds or hf://datasets/org/name',
      help: 'Also copy each shard there when it is done',
      byDefault: 'nowhere',
      more:
        'A folder as --out may be under s3:// or gs:// itself; this keeps what was made here too. ' +
        'hf://datasets/org/name gets commits of up to 50 files when all shards are done.',
      alsoKnownAs: ['upload-to', 'push'],
    },
  },
  removeUploaded: {
    ...flag(false),
    decides: 'course',
    flag: {
      help: 'Remove a shard of this machine when it is uploaded',
      more: 'For --upload. metadata.json and pack.json stay.',
      alsoKnownAs: ['delete-local', 'no-local'],
    },
  },
  ...rejectOptions(
    'fail stops at the first sample. skip leaves out rows that cannot be read, and recordings that are missing, refused, damaged or no audio, and ' +
      'lists them in rejects.jsonl. salvage also uses damaged recordings, with silence in the place of what is lost, and lists them with "kept".',
  ),
  ...runOptions,
} as const satisfies OptionTable;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
