/** `bowerbird ingest`: its flags, in the order in which the help lists them. */

import { workers } from './common.ts';
import { type Command, oneOf, positiveNumber, type Setting, toggle, wholeNumber, words } from './flag.ts';
import { jobFlags, maxRejects, onError } from './job.ts';

const labels: Setting<string> = {
  kind: 'setting',
  name: 'labels',
  placeholder: 'int|string|MAP.json',
  expected: 'int, string or a JSON file of names and ids',
  completes: 'files',
  help: 'What the labels are',
  byDefault: 'int',
  more:
    'int: whole numbers. string: names, which get ids from 0 on in the order of their UTF-8 bytes, kept in labels.json. A file gives the ids of names: ' +
    '{"frog": 0, "owl": 1}, such as the labels.json of another run.',
  alsoKnownAs: ['label-map', 'classes', 'label-type'],
  parse: (text) => (text === '' ? undefined : text),
};

const keepColumns: Setting<readonly string[]> = {
  kind: 'setting',
  name: 'keep-columns',
  placeholder: 'A,B:int,C:float',
  expected: 'names of columns, separated by commas',
  help: 'Further columns that become features',
  more: 'Text, or with :int and :float numbers. An empty number is a feature without a value.',
  alsoKnownAs: ['keep', 'columns', 'extra-columns', 'features'],
  parse: (text) => {
    const names = text.split(',').map((name) => name.trim());
    return names.includes('') ? undefined : names;
  },
};

const delimiter: Setting<string> = {
  kind: 'setting',
  name: 'delimiter',
  placeholder: 'CHAR',
  expected: 'one character, or tab',
  choices: [',', ';', 'tab', '|'],
  help: 'What stands between two columns',
  byDefault: 'found in the first row',
  alsoKnownAs: ['separator', 'sep', 'd'],
  parse: (text) => (text === 'tab' || text === '\\t' ? '\t' : text.length === 1 && text !== '"' ? text : undefined),
};

const flags = {
  audio: words('audio', {
    placeholder: 'DIR|URI',
    expected: 'a folder, or a URI such as gs://my-bucket',
    completes: 'folders',
    help: 'Where the paths in the CSV file begin',
    byDefault: 'the folder of the CSV file',
    alsoKnownAs: ['bucket', 'audio-dir', 'root', 'base', 'input'],
  }),
  out: words('out', {
    placeholder: 'PREFIX',
    expected: 'the beginning of the names of shards, or a folder',
    completes: 'files',
    help: 'Shards are PREFIX-00000-of-00064.tfrecord and so on',
    more: 'With a slash at the end, or where PREFIX is a folder: shards in that folder, called after the CSV file. Of an s3:// or gs:// URI only the slash tells.',
    alsoKnownAs: ['output', 'prefix', 'output-prefix', 'o', 'dest'],
  }),
  shards: wholeNumber('shards', 1, {
    placeholder: 'N',
    help: 'How many shards to make',
    byDefault: '1',
    more: 'Each has the next of N equal parts of the rows; where they cannot be equal, the first ones have one row more.',
    alsoKnownAs: ['num-shards', 'num_shards'],
  }),
  workers,
  labels,
  labelColumn: words('label-column', {
    placeholder: 'NAME|K',
    expected: 'the name of a column or its number, counted from 0',
    help: 'Column of the labels',
    byDefault: 'Label or the like, else the first',
    alsoKnownAs: ['label', 'label-col'],
  }),
  pathColumn: words('path-column', {
    placeholder: 'NAME|K',
    expected: 'the name of a column or its number, counted from 0',
    help: 'Column of the paths',
    byDefault: 'Blob Name or the like, else the second',
    alsoKnownAs: ['path', 'file-column', 'path-col', 'filename-column'],
  }),
  multiLabel: words('multi-label', {
    placeholder: 'SEP',
    expected: 'the text between two labels',
    help: 'A row may have several labels, with SEP between them',
    byDefault: 'one label a row',
    alsoKnownAs: ['multilabel', 'label-separator'],
  }),
  keepColumns,
  delimiter,
  header: oneOf('header', ['auto', 'yes', 'no'], {
    help: 'Whether the first row is a header',
    byDefault: 'auto',
    more:
      'auto: it is data when its label cell reads as a label and its path cell names a recording that is there, which is told; when only one of ' +
      'them looks like data, the run ends and asks.',
  }),
  noHeader: toggle('no-header', { help: 'The same as --header no', alsoKnownAs: ['headerless'] }),
  allowOutside: toggle('allow-outside', {
    help: 'Also read recordings that lie outside of --audio',
    more: 'Without it, rows with "../", absolute paths, complete URIs and links that lead out of --audio are refused.',
    alsoKnownAs: ['outside', 'unsafe'],
  }),
  mode: oneOf('mode', ['compat', 'rich'], {
    help: 'Which features an Example has',
    byDefault: 'compat',
    more:
      'compat: label and audio, byte for byte what TensorFlow makes. rich: also sample_rate, num_samples, num_channels, filename, label_name and ' +
      'sha256 (of the file).',
  }),
  audioAs: oneOf('audio-as', ['tensor', 'pcm16', 'bytes', 'flac'], {
    help: 'What the feature audio holds',
    byDefault: 'tensor',
    more:
      'tensor: a serialized float32 TensorProto [samples, channels]. pcm16: 16-bit little-endian samples, interleaved. bytes: the file as it is. ' +
      'flac: a FLAC file (needs the optional package flac-bindings).',
    alsoKnownAs: ['format', 'encoding', 'audio-format'],
  }),
  sampleRate: wholeNumber('sample-rate', 1, {
    placeholder: 'HZ',
    help: 'Resample to this rate',
    byDefault: 'as recorded',
    alsoKnownAs: ['rate', 'sr', 'samplerate', 'resample'],
  }),
  mono: toggle('mono', { help: 'Take the mean of all channels', alsoKnownAs: ['downmix', 'mix'] }),
  window: positiveNumber('window', {
    placeholder: 'SECONDS',
    expected: 'a number of seconds above 0',
    help: 'Cut recordings into clips of this length',
    byDefault: 'one Example a recording',
    more: 'Each is an Example with the features start_s and end_s, where its sound ends.',
    alsoKnownAs: ['clip', 'segment', 'clip-length', 'window-length'],
  }),
  hop: positiveNumber('hop', {
    placeholder: 'SECONDS',
    expected: 'a number of seconds above 0',
    help: 'From the start of one clip to the start of the next',
    byDefault: 'the length of a clip',
    alsoKnownAs: ['stride', 'step'],
  }),
  pad: oneOf('pad', ['zero', 'drop'], {
    help: 'What becomes of a clip that reaches beyond the end',
    byDefault: 'zero',
    more: 'zero: silence follows. drop: it is left out.',
  }),
  shuffle: wholeNumber('shuffle', 0, {
    placeholder: 'SEED',
    help: 'Spread the rows over the shards in an order made of SEED',
    byDefault: 'the order of the file',
    more: 'The same seed gives the same order on every machine. Clips of a recording stay together.',
    alsoKnownAs: ['seed', 'random', 'random-seed'],
  }),
  compression: oneOf('compression', ['none', 'gzip'], {
    help: 'Of the shards',
    byDefault: 'none',
    alsoKnownAs: ['compress', 'gzip'],
  }),
  prefetch: wholeNumber('prefetch', 0, {
    placeholder: 'N',
    help: 'Recordings that each thread asks for ahead, over a network',
    byDefault: '8',
    more: 'They are in memory until their turn comes.',
    alsoKnownAs: ['downloads', 'ahead', 'download-workers'],
  }),
  onError: onError(
    'fail stops at the first row. skip leaves out rows whose label cannot be read, and recordings that are missing, refused, damaged or no audio, and ' +
      'lists them in rejects.jsonl. salvage also uses damaged recordings, with silence in the place of what is lost, and lists them with "kept".',
  ),
  maxRejects,
  ...jobFlags,
} as const;

export const ingest: Command<typeof flags> = {
  name: 'ingest',
  summary: 'a CSV of labels and recordings to TFRecord shards',
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
};
