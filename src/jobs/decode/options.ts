/** The options of `decode`, in the order in which its help lists them. */

import type { OptionTable } from '../../option-tables.ts';
import { flag, integer, number, requiredText, wholeNumber } from '../../options.ts';
import { rateForms, rateWords, timeForms, timeWords } from '../../quantities.ts';
import { bits, inputs, runOptions, workers } from '../engine/options.ts';

const isTime = (v: number) => v >= 0;

/** What becomes of the samples. */
export const decodeChoices = {
  channel: {
    fallback: 'all',
    expected: 'a channel number, 0 or more',
    accepts: (v: unknown): v is number => Number.isSafeInteger(v) && (v as number) >= 0,
    fromText: wholeNumber,
    decides: 'bytes',
    flag: {
      placeholder: 'K',
      help: 'One channel, counted from 0',
      byDefault: 'all channels as they are',
      alsoKnownAs: ['channels'],
      hint: (typed) => (/^(mean|mono)$/i.test(typed) ? 'did you mean "--mono"?' : undefined),
    },
  },
  mono: {
    ...flag(false),
    decides: 'bytes',
    flag: { help: 'Take the mean of all channels', alsoKnownAs: ['downmix', 'mix'] },
  },
  sampleRate: {
    ...integer(1, 0xffffffff, null),
    decides: 'bytes',
    flag: {
      ...rateWords,
      help: 'Resample to this rate',
      byDefault: 'as recorded',
      more: `${rateForms} Band-limited: 115 dB of attenuation from half the lower rate on, and 0.00002 dB of ripple up to 95 % of it.`,
      alsoKnownAs: ['rate', 'sr', 'samplerate', 'resample', 'ar'],
    },
  },
  from: {
    ...number('a number of seconds, 0 or more', isTime, 0),
    decides: 'bytes',
    flag: {
      ...timeWords('of 0 or more'),
      help: 'Where to begin',
      byDefault: 'the start',
      more: `${timeForms} A recording that ends before is refused.`,
    },
  },
  to: {
    ...number('a number of seconds, 0 or more', isTime, null),
    decides: 'bytes',
    flag: {
      ...timeWords('of 0 or more'),
      help: 'Where to end',
      byDefault: 'the end',
      more: `${timeForms} A recording that ends earlier gives what it has.`,
    },
  },
  bits: {
    ...bits('same'),
    flag: {
      help: 'Bits of a sample in the output',
      byDefault: 'the fewest that lose nothing',
      more: 'float has 32 bits, and is what floats become. Integers become 8, 16, 24 or 32. Fewer bits than the recording has are rounded to nearest, without dither; of integers beyond 32 bits and floats of 64 a note tells.',
      alsoKnownAs: ['bit-depth', 'depth', 'dtype'],
    },
  },
} as const satisfies OptionTable;

export const decodeOptions = {
  inputs,
  out: {
    ...requiredText('a .wav file or a folder'),
    decides: 'place',
    flag: {
      short: 'o',
      placeholder: 'X.wav|DIR|-',
      expected: 'a .wav file, a folder, or - for stdout',
      completes: 'files',
      stdout: true,
      help: 'The output of a single input (- is stdout), or a folder for NAME.wav of each; made if missing',
      alsoKnownAs: ['output', 'outdir', 'output-dir', 'dest'],
    },
  },
  workers: workers('Each thread works on one file at a time, but a single long FLAC file is shared by all.'),
  ...decodeChoices,
  lenient: {
    ...flag(false),
    decides: 'policy',
    flag: {
      help: 'Put silence in the place of what is damaged, and go on',
      more: 'Of the right length, so that times stay true. A second recording in the file is left out. Each place is listed, and the exit code is 3.',
      alsoKnownAs: ['ignore-errors', 'skip-errors', 'force-decode', 'through-errors'],
    },
  },
  ...runOptions,
} as const satisfies OptionTable;
