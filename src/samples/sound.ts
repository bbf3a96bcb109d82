/** The sound of a file in memory, as processors take it. */

import { bytesSource } from '../bytes.ts';
import { readWhole } from '../formats/audio/read.ts';
import { openAudio } from '../formats/open-audio.ts';
import type { NdArray } from './sample.ts';

/** At `rate` Hz: shape [frames] of one channel, else [frames, channels]. @throws BowerbirdError as readAudio() */
export async function soundOf(bytes: Uint8Array, rate: number): Promise<NdArray> {
  const source = bytesSource(bytes, 'the bytes of the sample');
  const reader = await openAudio(source, {});
  const shape = reader.info.sampleRate === rate ? {} : { sampleRate: rate };
  const read = await readWhole(reader, source.name, source.byteLength, { ...shape, dtype: 'float32', planar: false });
  const data = read.samples as Float32Array;
  const frames = data.length / read.channels;
  return { data, shape: read.channels === 1 ? [frames] : [frames, read.channels] };
}
