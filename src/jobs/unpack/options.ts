/** The options of `unpack`, in the order in which its help lists them. */

import type { OptionTable } from '../../option-tables.ts';
import { requiredText } from '../../options.ts';
import { bits, inputs, rejectOptions, runOptions, workers } from '../engine/options.ts';

/** What becomes of sound that is stored as floats. */
export const unpackChoices = {
  bits: {
    ...bits('float'),
    flag: {
      help: 'Bits of a sample in WAV files of sound that is stored as float32',
      more: 'float is what is stored, bit for bit. Integers are rounded to nearest, without dither, and what is beyond full scale is clipped to it and counted. Encoded sound (FLAC, MP3 and others) and sound that is stored as integers stay as they are.',
      alsoKnownAs: ['bit-depth', 'depth', 'dtype'],
    },
  },
} as const satisfies OptionTable;

export const unpackOptions = {
  inputs,
  out: {
    ...requiredText('a folder'),
    decides: 'place',
    flag: {
      short: 'o',
      placeholder: 'DIR',
      completes: 'folders',
      help: 'Folder for the files of samples, manifest.jsonl and unpack.json; made if missing',
      alsoKnownAs: ['output', 'outdir', 'output-dir', 'dest', 'to'],
    },
  },
  workers: workers('Each thread works on a few samples at a time.'),
  ...rejectOptions(
    'fail stops at the first one. skip leaves out samples that cannot be read (no dict, more than plain data, sound that does not fit its ' +
      'shape) and lists them in DIR/rejects.jsonl. salvage also goes on behind damaged pages, at the next sample that can be found.',
  ),
  ...unpackChoices,
  ...runOptions,
} as const satisfies OptionTable;
