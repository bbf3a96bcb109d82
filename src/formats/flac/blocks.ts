/** The samples of a FLAC file: any range of frames in constant memory, in blocks or in memory of the caller's. */

import type { ByteSource } from '../../bytes.ts';
import { usage } from '../../options.ts';
import type { AudioBlock, AudioGap, FilledRoom, RoomMaker, SampleType } from '../audio/audio.ts';
import { BlockRoom, takeFrames } from '../audio/room.ts';
import type { FlacInfo } from './flac.ts';
import { FlacReading, type FlacReadOptions } from './reading.ts';
import { seekFlac } from './seek.ts';

/**
 * Blocks in order. A strict read throws at the first damage in the range, after the blocks before it.
 *
 * @throws BowerbirdError CORRUPT, TRUNCATED with frame, byte and time; USAGE for int16 of more than 16 bits
 */
export async function* flacBlocks<D extends SampleType = 'float32'>(
  source: ByteSource,
  info: FlacInfo,
  options: FlacReadOptions<D> = {},
): AsyncGenerator<AudioBlock<D>, void, void> {
  const rooms = new BlockRoom(options.dtype ?? ('float32' as D), info.channels, options.planar ?? false);
  for await (const filled of flacFrames(source, info, options, rooms.make)) yield rooms.block(filled);
}

/** The same, into memory of the caller's. */
export async function* flacFrames<D extends SampleType>(
  source: ByteSource,
  info: FlacInfo,
  options: FlacReadOptions<D>,
  room: RoomMaker<D>,
): AsyncGenerator<FilledRoom<D>, void, void> {
  if (options.dtype === 'int16' && info.bitsPerSample > 16) {
    throw usage(`Cannot give ${info.bitsPerSample}-bit samples as int16: ask for float32 or int32`);
  }
  const { from, to } = takeFrames(options);
  if (to <= from) return;
  if (info.lostHeader !== undefined && options.lenient === true) options.onGap?.(lostHeader(info, info.lostHeader));
  const isWhole = from === 0 && to === Number.POSITIVE_INFINITY;
  const canSeek = info.container === 'native' && options.verify !== true;
  const place = options.place ?? (canSeek ? await seekFlac(source, info, from) : { offset: 0, frame: 0 });
  const reading = new FlacReading(source, info, options, place, isWhole);
  try {
    yield* reading.run(from, to, room);
  } finally {
    reading.close();
  }
}

/** Not one sample is known to be missing, but what the header would have proved. */
function lostHeader({ audioOffset }: FlacInfo, reason: string): AudioGap {
  const nowhere = { start: 0, seconds: 0, frames: 0, offset: 0, record: 0 };
  return { ...nowhere, length: audioOffset, code: 'CORRUPT', reason };
}
