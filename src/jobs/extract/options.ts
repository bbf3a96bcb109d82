/** The options of `extract`, in the order in which its help lists them. */

import type { OptionTable } from '../../option-tables.ts';
import { number, oneOf, requiredText, text, wholeNumber } from '../../options.ts';
import { timeWords } from '../../quantities.ts';
import { inputs, rejectOptions, runOptions, workers } from '../engine/options.ts';

/** What to take out of a record. */
export const extractChoices = {
  channel: {
    fallback: 0,
    expected: 'a channel number, 0 or more, or "all"',
    accepts: (v: unknown): v is number | 'all' => v === 'all' || (Number.isSafeInteger(v) && (v as number) >= 0),
    fromText: (typed: string) => (typed === 'all' ? typed : wholeNumber(typed)),
    decides: 'bytes',
    flag: {
      placeholder: 'K|all',
      choices: ['0', 'all'],
      help: 'Channel to take from [windows, channels, width]',
      more: 'all makes one row a channel, and adds a "channel" key after "recording_offset_in_file".',
    },
  },
  hop: {
    ...number('a number of seconds above 0', (v) => v > 0, 5),
    decides: 'bytes',
    flag: { ...timeWords('above 0'), help: 'From the start of one window to the start of the next' },
  },
  feature: {
    ...text('embedding', 'the name of a feature'),
    decides: 'bytes',
    flag: {
      placeholder: 'NAME',
      help: 'Feature that holds the embedding as a serialized TensorProto',
      more: 'Its shape feature is NAME_shape; where present it must agree with the tensor.',
    },
  },
  names: {
    ...text('a2o', 'a2o, a2o-strict, none or a regular expression'),
    decides: 'bytes',
    flag: {
      placeholder: 'a2o|a2o-strict|none|REGEX',
      choices: ['a2o', 'a2o-strict', 'none'],
      help: 'How the file names in the records are read',
      more:
        'a2o reads the real names of the Australian Acoustic Observatory, with null for what a name does not hold; a2o-strict takes ' +
        "exactly the names that the archive's notebook takes; none keeps the name only. A regular expression with named groups, " +
        '(?<site>...) or (?P<site>...), gives one text key a group.',
    },
  },
  dtype: { ...oneOf(['float32', 'float16'], 'float32'), decides: 'bytes', flag: { help: 'Type of the .npy values' } },
} as const satisfies OptionTable;

export const extractOptions = {
  inputs,
  out: {
    ...requiredText('a folder'),
    decides: 'place',
    flag: {
      short: 'o',
      placeholder: 'DIR',
      completes: 'folders',
      help: 'Folder for embeddings/, metadata/ and extract.json; made if missing',
      alsoKnownAs: ['output', 'outdir', 'output-dir', 'dest', 'to'],
    },
  },
  workers: workers(),
  ...rejectOptions(
    'fail stops at the first one. skip leaves out intact records that do not fit (name, shape, dtype, missing feature) and lists ' +
      'them in DIR/rejects.jsonl. salvage also goes on behind damaged bytes, at the next intact record.',
  ),
  ...extractChoices,
  ...runOptions,
} as const satisfies OptionTable;

/** In journals and manifests. */
export const extractOrder = ['feature', 'channel', 'hop', 'names', 'dtype', 'onError'] as const;
