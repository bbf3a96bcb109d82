/** `bowerbird decode`: its flags, in the order in which the help lists them. */

import { stdinLimit, workers } from './common.ts';
import { type Command, readSeconds, readWhole, type Setting, toggle, wholeNumber, words } from './flag.ts';
import { inputsOrStdin, jobFlags } from './job.ts';

const channel: Setting<number | 'mean'> = {
  kind: 'setting',
  name: 'channel',
  placeholder: 'K|mean',
  expected: 'a channel number, 0 or more, or mean',
  choices: ['0', 'mean'],
  help: 'One channel, counted from 0, or the mean of all',
  byDefault: 'all channels as they are',
  alsoKnownAs: ['mono', 'channels'],
  parse: (text) => (text === 'mean' ? 'mean' : readWhole(text, 0)),
};

const bits: Setting<16 | 24 | 32 | 'float'> = {
  kind: 'setting',
  name: 'bits',
  placeholder: '16|24|32|float',
  expected: 'one of 16, 24, 32, float',
  choices: ['16', '24', '32', 'float'],
  help: 'Bits of a sample in the output',
  byDefault: 'the fewest that lose nothing',
  more: 'float has 32 bits, and is what floats become. Integers become 8, 16, 24 or 32. Fewer bits than the recording has are rounded to nearest, without dither; of integers beyond 32 bits and floats of 64 a note tells.',
  alsoKnownAs: ['bit-depth', 'depth', 'dtype'],
  parse: (text) => (text === 'float' ? text : ([16, 24, 32] as const).find((choice) => String(choice) === text)),
};

function seconds(name: string, help: string, byDefault: string): Setting<number> {
  return {
    kind: 'setting',
    name,
    placeholder: 'SECONDS',
    expected: 'a number of seconds, 0 or more',
    help,
    byDefault,
    parse: readSeconds,
  };
}

const flags = {
  out: words('out', {
    placeholder: 'X.wav|DIR|-',
    expected: 'a .wav file, a folder, or - for stdout',
    required: true,
    completes: 'files',
    stdout: true,
    help: 'The output of a single input (- is stdout), or a folder for NAME.wav of each; made if missing',
    alsoKnownAs: ['output', 'outdir', 'output-dir', 'o', 'dest'],
  }),
  workers: {
    ...workers,
    more: 'Each thread works on one file at a time, but a single long FLAC file is shared by all.',
  },
  channel,
  sampleRate: wholeNumber('sample-rate', 1, {
    placeholder: 'HZ',
    help: 'Resample to this rate',
    byDefault: 'as recorded',
    more: 'Band-limited: 115 dB of attenuation from half the lower rate on, and 0.00002 dB of ripple up to 95 % of it.',
    alsoKnownAs: ['rate', 'sr', 'samplerate', 'resample', 'ar'],
  }),
  from: seconds('from', 'Where to begin', 'the start'),
  to: seconds('to', 'Where to end', 'the end'),
  bits,
  lenient: toggle('lenient', {
    help: 'Put silence in the place of what is damaged, and go on',
    more: 'Of the right length, so that times stay true. A second recording in the file is left out. Each place is listed, and the exit code is 3.',
    alsoKnownAs: ['ignore-errors', 'skip-errors', 'force-decode', 'through-errors'],
  }),
  stdinLimit,
  ...jobFlags,
} as const;

export const decode: Command<typeof flags> = {
  name: 'decode',
  summary: 'FLAC and other recordings to WAV, sample by sample the same',
  operand: inputsOrStdin,
  flags,
  examples: [
    ['bowerbird decode recording.flac --out recording.wav', 'one file'],
    ['bowerbird decode recordings/ --out wav/', 'a folder; run it again to go on after a stop'],
    [
      'bowerbird decode recording.flac --out part.wav --from 3600 --to 3605',
      'five seconds; only what is needed is read',
    ],
    ["bowerbird decode 'site_*/*.flac' --out wav/ --channel mean --sample-rate 32000", 'as a model wants it'],
    ['curl -s https://example.org/a.flac | bowerbird decode - --out - | sox -t wav - -d', 'in a pipe'],
    ['bowerbird decode damaged.flac --out rescued.wav --lenient', 'silence where it is damaged'],
  ],
  notes: [
    'Integers keep their bits (8 stay 8, 20 stay 20 of 24), floats stay floats, and every sample its value; LIST/INFO tags and their like in FLAC are kept. ' +
      'Channels stand in the order of WAV, that of Vorbis and Opus too, and the header says which speakers they belong to, where the recording does. ' +
      'Outputs appear whole or not at all, and are RF64 when they pass 4 GiB.',
    'In a folder DIR/decode.json lists every output, and an interrupted run is finished by running the same command again.',
  ],
};
