/** `bowerbird decode`: what its help says, and its flags. */

import { decodeOptions } from '../../jobs/decode/options.ts';
import { inputsOrStdin, jobExitCodes, stdinLimit, telling } from './common.ts';
import { type Command, flagsOf, listedBehind } from './flag.ts';
import { summaries } from './overview.ts';

const flags = { ...listedBehind(flagsOf(decodeOptions), 'lenient', { stdinLimit }), ...telling } as const;

export const decode: Command<typeof flags> = {
  name: 'decode',
  summary: summaries.decode,
  operand: inputsOrStdin,
  flags,
  examples: [
    ['bowerbird decode recording.flac --out recording.wav', 'one file'],
    ['bowerbird decode recordings/ --out wav/', 'a folder; run it again to go on after a stop'],
    [
      'bowerbird decode recording.flac --out part.wav --from 3600 --to 3605',
      'five seconds; only what is needed is read',
    ],
    ["bowerbird decode 'site_*/*.flac' --out wav/ --mono --sample-rate 32000", 'as a model wants it'],
    ['curl -s https://example.org/a.flac | bowerbird decode - --out - | sox -t wav - -d', 'in a pipe'],
    ['bowerbird decode damaged.flac --out rescued.wav --lenient', 'silence where it is damaged'],
  ],
  notes: [
    'Integers keep their bits (8 stay 8, 20 stay 20 of 24), floats stay floats, and every sample its value; LIST/INFO tags and their like in FLAC are kept. ' +
      'Channels stand in the order of WAV, that of Vorbis and Opus too, and the header says which speakers they belong to, where the recording does. ' +
      'Outputs appear whole or not at all, and are RF64 when they pass 4 GiB.',
    'In a folder DIR/decode.json lists every output, and an interrupted run is finished by running the same command again.',
  ],
  exitCodes: jobExitCodes(
    'finished, but silence stands in the place of what is damaged, or something was left out, under --lenient: each place is listed',
  ),
};
