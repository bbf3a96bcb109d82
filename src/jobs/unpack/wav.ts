/** The WAV file of a sample: what is stored, bit for bit, or as integers where that is asked for. */

import { encodeWavHeader, encodeWavSamples } from '../../formats/wav/writer.ts';
import { named, type Options } from '../../options.ts';
import { floatsOf, type Sound } from '../../samples/stored-sound.ts';
import type { unpackChoices } from './options.ts';

export type Bits = Options<typeof unpackChoices>['bits'];

type Samples = Extract<Sound, { kind: 'samples' }>;

/** `note`: told of what is not the same in the file. */
export function wavPieces(sound: Samples, bits: Bits, note: (text: string) => void): Uint8Array[] {
  const { sampleRate, channels, frames } = sound;
  const isRounded = sound.type === 'float32' && bits !== 'float';
  const type = isRounded ? (`int${bits}` as const) : sound.type;
  let { bytes } = sound;
  if (isRounded) {
    const samples = floatsOf(bytes);
    const clipped = beyondFullScale(samples);
    if (clipped > 0)
      note(`${clipped} samples beyond full scale were clipped to it; ${named('bits', 'float')} keeps them`);
    bytes = encodeWavSamples(samples, type);
  }
  // Samples of an odd number of bytes are followed by a zero.
  return [encodeWavHeader({ sampleRate, channels, frames, type }), bytes, new Uint8Array(bytes.length % 2)];
}

/** What is no number counts too. */
function beyondFullScale(samples: Float32Array): number {
  let count = 0;
  for (let i = 0; i < samples.length; i++) if (!(samples[i]! <= 1 && samples[i]! >= -1)) count += 1;
  return count;
}
