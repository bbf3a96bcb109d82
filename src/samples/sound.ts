/** The sound of a file in memory, as processors take it. */

import { bytesSource } from '../bytes.ts';
import { readWhole } from '../formats/audio/read.ts';
import { openAudio } from '../formats/open-audio.ts';
import { checkArgument, checkBytes } from '../options.ts';
import type { NdArray } from './sample.ts';

/**
 * The sound of a file in memory, of any format that is read: float32 at `rate` Hz, all channels, shape [frames] of one channel, else
 * [frames, channels].
 *
 * @throws BowerbirdError CORRUPT, TRUNCATED, UNSUPPORTED, BAD_SCHEMA as readAudio()
 */
export async function soundOf(bytes: Uint8Array, rate: number): Promise<NdArray> {
  checkBytes(bytes, 'loadArray()');
  checkArgument(rate, isRate, 'a rate in Hz, 1 to 4294967295', 'loadArray()');
  const source = bytesSource(bytes, 'the bytes given');
  const reader = await openAudio(source);
  const { samples, channels, frames } = await readWhole(reader, source.name, bytes.length, {
    dtype: 'float32',
    planar: false,
    sampleRate: rate,
  });
  return { data: samples, shape: channels === 1 ? [frames] : [frames, channels] };
}

export function isRate(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 0xffffffff;
}
