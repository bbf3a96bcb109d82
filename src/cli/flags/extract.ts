/** `bowerbird extract`: its flags, in the order in which the help lists them. */

import { workers } from './common.ts';
import { type Command, oneOf, positiveNumber, readWhole, type Setting, words } from './flag.ts';
import { inputs, jobFlags, maxRejects, onError } from './job.ts';

const channel: Setting<number | 'all'> = {
  kind: 'setting',
  name: 'channel',
  placeholder: 'K|all',
  expected: 'a channel number, 0 or more, or all',
  choices: ['0', 'all'],
  help: 'Channel to take from [windows, channels, width]',
  byDefault: '0',
  more: 'all makes one row a channel, and adds a "channel" key after "recording_offset_in_file".',
  parse: (text) => (text === 'all' ? 'all' : readWhole(text, 0)),
};

const flags = {
  out: words('out', {
    placeholder: 'DIR',
    expected: 'a folder',
    required: true,
    completes: 'folders',
    help: 'Folder for embeddings/, metadata/ and extract.json; made if missing',
    alsoKnownAs: ['output', 'outdir', 'output-dir', 'o', 'dest', 'to'],
  }),
  workers,
  onError: onError(
    'fail stops at the first one. skip leaves out intact records that do not fit (name, shape, dtype, missing feature) and lists ' +
      'them in DIR/rejects.jsonl. salvage also goes on behind damaged bytes, at the next intact record.',
  ),
  maxRejects,
  channel,
  hop: positiveNumber('hop', {
    placeholder: 'SECONDS',
    expected: 'a number of seconds above 0',
    help: 'From the start of one window to the start of the next',
    byDefault: '5',
  }),
  feature: words('feature', {
    placeholder: 'NAME',
    expected: 'the name of a feature',
    help: 'Feature that holds the embedding as a serialized TensorProto',
    byDefault: 'embedding',
    more: 'Its shape feature is NAME_shape; where present it must agree with the tensor.',
  }),
  names: words('names', {
    placeholder: 'a2o|a2o-strict|none|REGEX',
    expected: 'a2o, a2o-strict, none or a regular expression',
    choices: ['a2o', 'a2o-strict', 'none'],
    help: 'How the file names in the records are read',
    byDefault: 'a2o',
    more:
      'a2o reads the real names of the Australian Acoustic Observatory, with null for what a name does not hold; a2o-strict takes ' +
      "exactly the names that the archive's notebook takes; none keeps the name only. A regular expression with named groups, " +
      '(?<site>...) or (?P<site>...), gives one text key a group.',
  }),
  dtype: oneOf('dtype', ['float32', 'float16'], { help: 'Type of the .npy values', byDefault: 'float32' }),
  ...jobFlags,
} as const;

export const extract: Command<typeof flags> = {
  name: 'extract',
  summary: 'TFRecords of audio embeddings to .npy arrays and JSON',
  operand: inputs,
  flags,
  examples: [
    ['bowerbird extract one_percent_data_sample/ --out extracted/', 'a folder; run it again to go on after a stop'],
    ["bowerbird extract 'embeddings-*-of-00374' --out extracted/ --dry-run", 'what would be made'],
    ['bowerbird extract damaged/ --out extracted/ --on-error salvage', 'keep all that is intact'],
    [
      'bowerbird extract gs://bucket/embeddings --out s3://bucket/arrays',
      'from store to store; keys and endpoints as README says',
    ],
    ['bowerbird extract /shared/in/ --out /shared/out/ --units 0/4', 'the first of four machines'],
  ],
  notes: [
    'DIR/embeddings/NAME.npy and DIR/metadata/NAME.json are made for each input, and appear whole or not at all. ' +
      'An interrupted run is finished by running the same command again: what is done is skipped, what changed is done again.',
  ],
};
