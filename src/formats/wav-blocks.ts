/** WAV as an AudioReader gives it: blocks of any type and layout, in memory that is used again or the caller's. */

import type { ByteSource } from '../bytes.ts';
import type { AudioBlock, FilledRoom, ReadOptions, Room, RoomMaker, SampleArray, SampleType } from './audio.ts';
import { deinterleave, pcmInto } from './audio-pcm.ts';
import { BlockRoom, takeFrames } from './audio-room.ts';
import type { WavInfo } from './wav.ts';
import { wavFrameBytes } from './wav-samples.ts';

/**
 * Header and samples of a WAV file hold no checksums: what is there is what it is, and what a header promised beyond was told by
 * readWavInfo(), so there are no gaps.
 *
 * @throws BowerbirdError USAGE for integers of a float file and int16 of more than 16 bits
 */
export async function* wavBlocksOf<D extends SampleType = 'float32'>(
  source: ByteSource,
  info: WavInfo,
  options: ReadOptions<D> = {},
): AsyncGenerator<AudioBlock<D>, void, void> {
  const rooms = new BlockRoom(options.dtype ?? ('float32' as D), info.channels, options.planar ?? false);
  for await (const filled of wavFrames(source, info, options, rooms.make)) yield rooms.block(filled);
}

export async function* wavFrames<D extends SampleType>(
  source: ByteSource,
  info: WavInfo,
  options: ReadOptions<D>,
  room: RoomMaker<D>,
): AsyncGenerator<FilledRoom<D>, void, void> {
  const { from, to } = takeFrames(options);
  let start = from;
  const range = { from, to: Math.min(to, info.frames), stop: options.stop };
  const scratch: Scratch = {};
  for await (const bytes of wavFrameBytes(source, info, range)) {
    for (let done = 0; done < bytes.length; ) {
      const here = room(1);
      const frames = Math.min(here.frames, (bytes.length - done) / info.blockAlign);
      const some = bytes.subarray(done, done + frames * info.blockAlign);
      write(some, info, here, scratch);
      yield { room: here, skip: 0, start, frames };
      start += frames;
      done += some.length;
    }
  }
}

/** Where samples lie before they are put into planes; used again, since memory that is touched for the first time is dear. */
interface Scratch {
  interleaved?: SampleArray;
}

function write(bytes: Uint8Array, { layout, channels }: WavInfo, { array, at, plane }: Room, scratch: Scratch): void {
  const values = bytes.length / layout.bytes;
  if (plane === 0) {
    pcmInto(bytes, layout, array.subarray(at, at + values));
    return;
  }
  if (scratch.interleaved === undefined || scratch.interleaved.length < values) {
    scratch.interleaved = new (array.constructor as new (length: number) => SampleArray)(values);
  }
  const interleaved = scratch.interleaved.subarray(0, values);
  pcmInto(bytes, layout, interleaved);
  deinterleave(interleaved, channels, array, at, plane);
}
