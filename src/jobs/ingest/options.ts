/** The options of `ingest`, in the order in which its help lists them. */

import type { OptionTable } from '../../option-tables.ts';
import { integer, isPath, isText, number, oneOf, optional, requiredText, text } from '../../options.ts';
import { timeForms, timeWords } from '../../quantities.ts';
import {
  allowOutside,
  columnsTyped,
  inputs,
  keepColumns,
  prefetch,
  rejectOptions,
  runOptions,
  soundOptions,
  workers,
} from '../engine/options.ts';

const mostShards = 99_999;
const padChoices = ['zero', 'drop'] as const;

/** What a user decides about rows, features and clips. */
export const ingestChoices = {
  labels: {
    ...text('int', 'int, string or a JSON file of names and ids'),
    decides: 'bytes',
    flag: {
      placeholder: 'int|string|MAP.json',
      completes: 'files',
      help: 'What the labels are',
      more:
        'int: whole numbers. string: names, which get ids from 0 on in the order of their UTF-8 bytes, kept in labels.json. A file gives the ids of names: ' +
        '{"frog": 0, "owl": 1}, such as the labels.json of another run.',
      alsoKnownAs: ['label-map', 'classes', 'label-type'],
    },
  },
  labelColumn: {
    ...column(),
    decides: 'bytes',
    flag: {
      placeholder: 'NAME|K',
      help: 'Column of the labels',
      byDefault: 'Label or the like, else the first',
      alsoKnownAs: ['label', 'label-col'],
    },
  },
  pathColumn: {
    ...column(),
    decides: 'bytes',
    flag: {
      placeholder: 'NAME|K',
      help: 'Column of the paths',
      byDefault: 'Blob Name or the like, else the second',
      alsoKnownAs: ['path', 'file-column', 'path-col', 'filename-column'],
    },
  },
  multiLabel: {
    ...optional<string>('the text between two labels', isText),
    fallback: null,
    decides: 'bytes',
    flag: {
      placeholder: 'SEP',
      help: 'A row may have several labels, with SEP between them',
      byDefault: 'one label a row',
      alsoKnownAs: ['multilabel', 'label-separator'],
    },
  },
  keepColumns: {
    ...keepColumns([] as readonly string[]),
    flag: {
      ...columnsTyped,
      help: 'Further columns that become features',
      more: 'Text, or with :int and :float numbers. An empty number is a feature without a value.',
      alsoKnownAs: ['keep', 'columns', 'extra-columns', 'features'],
    },
  },
  delimiter: {
    ...optional<string>('one character', (v) => isText(v) && v.length === 1 && !/["\r\n]/.test(v)),
    fallback: null,
    decides: 'bytes',
    flag: {
      placeholder: 'CHAR',
      expected: 'one character, or tab',
      fromText: (typed) => (typed === 'tab' || typed === '\\t' ? '\t' : typed),
      choices: [',', ';', 'tab', '|'],
      help: 'What stands between two columns',
      byDefault: 'found in the first row',
      alsoKnownAs: ['separator', 'sep', 'd'],
    },
  },
  header: {
    ...oneOf(['auto', 'yes', 'no'], 'auto'),
    decides: 'bytes',
    flag: {
      help: 'Whether the first row is a header',
      more:
        'auto: it is data when its label cell reads as a label and its path cell names a recording that is there, which is told; when only one of ' +
        'them looks like data, the run ends and asks.',
    },
  },
  allowOutside,
  mode: {
    ...oneOf(['compat', 'rich'], 'compat'),
    decides: 'bytes',
    flag: {
      help: 'Which features an Example has',
      more:
        'compat: label and audio, byte for byte what TensorFlow makes. rich: also sample_rate, num_samples, num_channels, filename, label_name and ' +
        'sha256 (of the file); without the first three under --media any.',
    },
  },
  audioAs: {
    ...oneOf(['tensor', 'pcm16', 'bytes', 'flac'], 'tensor'),
    decides: 'bytes',
    flag: {
      help: 'What the feature audio holds',
      more:
        'tensor: a serialized float32 TensorProto [samples, channels]. pcm16: 16-bit little-endian samples, interleaved. bytes: the file as it is. ' +
        'flac: a FLAC file (needs the optional package flac-bindings).',
      alsoKnownAs: ['format', 'encoding', 'audio-format'],
    },
  },
  media: {
    ...oneOf(['audio', 'any'], 'audio'),
    decides: 'bytes',
    flag: {
      help: 'What the paths lead to',
      more: 'audio: recordings. any: pictures, video, text, whatever there is, which goes into the shards as it is; for --audio-as bytes.',
      alsoKnownAs: ['media-type', 'kind', 'any'],
    },
  },
  ...soundOptions,
  window: {
    ...seconds(),
    decides: 'bytes',
    flag: {
      ...timeWords('above 0'),
      help: 'Cut recordings into clips of this length',
      byDefault: 'one Example a recording',
      more: `${timeForms} Each is an Example with the features start_s and end_s, where its sound ends.`,
      alsoKnownAs: ['clip', 'segment', 'clip-length', 'window-length'],
    },
  },
  hop: {
    ...seconds(),
    decides: 'bytes',
    flag: {
      ...timeWords('above 0'),
      help: 'From the start of one clip to the start of the next',
      byDefault: 'the length of a clip',
      alsoKnownAs: ['stride', 'step'],
    },
  },
  pad: {
    ...oneOf(padChoices, 'zero'),
    fallback: undefined,
    decides: 'bytes',
    flag: {
      help: 'What becomes of a clip that reaches beyond the end',
      byDefault: 'zero',
      more: 'zero: silence follows. drop: it is left out.',
    },
  },
  shuffle: {
    ...integer(0, 0xffffffff, null),
    decides: 'bytes',
    flag: {
      placeholder: 'SEED',
      help: 'Spread the rows over the shards in an order made of SEED',
      byDefault: 'the order of the file',
      more: 'The same seed gives the same order on every machine. Clips of a recording stay together.',
      alsoKnownAs: ['seed', 'random', 'random-seed'],
    },
  },
  compression: {
    ...oneOf(['none', 'gzip'], 'none'),
    decides: 'bytes',
    flag: { help: 'Of the shards', alsoKnownAs: ['compress', 'gzip'] },
  },
} as const satisfies OptionTable;

export const ingestOptions = {
  inputs,
  audio: {
    ...optional<string>('a folder, or a URI such as gs://my-bucket', (v) => typeof v === 'string'),
    decides: 'place',
    flag: {
      placeholder: 'DIR|URI',
      completes: 'folders',
      help: 'Where the paths in the CSV file begin',
      byDefault: 'the folder of the CSV file',
      alsoKnownAs: ['bucket', 'audio-dir', 'root', 'base', 'input'],
    },
  },
  out: {
    ...requiredText('the beginning of the names of shards, or a folder'),
    decides: 'place',
    flag: {
      short: 'o',
      placeholder: 'PREFIX',
      completes: 'files',
      variable: 'DATA_OUTPUT_PATH',
      help: 'Shards are PREFIX-00000-of-00064.tfrecord and so on',
      more: 'With a slash at the end, or where PREFIX is a folder: shards in that folder, called after the CSV file. Of an s3:// or gs:// URI only the slash tells.',
      alsoKnownAs: ['output', 'prefix', 'output-prefix', 'dest'],
    },
  },
  shards: {
    ...integer(1, mostShards, 1),
    decides: 'bytes',
    flag: {
      placeholder: 'N',
      help: 'How many shards to make',
      more: 'Each has the next of N equal parts of the rows; where they cannot be equal, the first ones have one row more.',
      alsoKnownAs: ['num-shards', 'num_shards'],
    },
  },
  workers: workers(),
  ...ingestChoices,
  prefetch,
  keepInputs: {
    ...optional<string>('a folder of this machine', isPath),
    decides: 'course',
    flag: {
      placeholder: 'DIR',
      completes: 'folders',
      help: 'Keep copies of what the rows name over a network in DIR, and use them the next time',
      byDefault: 'none are kept',
      more:
        'Of s3://my-bucket/a/b.wav as DIR/s3/my-bucket/a/b.wav. A copy is used as long as its checksum holds and the server says that the object ' +
        'did not change, which costs a short request for each.',
      alsoKnownAs: ['cache', 'cache-dir', 'keep-downloads', 'mirror'],
    },
  },
  ...rejectOptions(
    'fail stops at the first row. skip leaves out rows whose label cannot be read, and recordings that are missing, refused, damaged or no audio, and ' +
      'lists them in rejects.jsonl. salvage also uses damaged recordings, with silence in the place of what is lost, and lists them with "kept".',
  ),
  ...runOptions,
} as const satisfies OptionTable;

/** In journals and manifests. */
export const ingestOrder = [
  ...(['shards', 'labelColumn', 'pathColumn', 'keepColumns', 'header', 'allowOutside', 'delimiter'] as const),
  ...([
    'labels',
    'multiLabel',
    'mode',
    'audioAs',
    'media',
    'sampleRate',
    'mono',
    'window',
    'hop',
    'pad',
    'compression',
    'shuffle',
  ] as const),
] as const;

function column() {
  const expected = 'the name of a column or its number, counted from 0';
  return optional<string | number>(expected, (v) => isText(v) || (Number.isSafeInteger(v) && (v as number) >= 0));
}

function seconds() {
  return number('a number of seconds above 0', (v) => v > 0, undefined);
}
