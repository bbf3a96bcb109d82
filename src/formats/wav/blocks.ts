/** WAV as an AudioReader gives it: blocks of any type and layout, in memory that is used again or the caller's. */

import type { ByteSource } from '../../bytes.ts';
import type {
  AudioBlock,
  AudioGap,
  FilledRoom,
  ReadOptions,
  Room,
  RoomMaker,
  SampleArray,
  SampleType,
} from '../audio/audio.ts';
import { gapError, silence } from '../audio/gaps.ts';
import { deinterleave, pcmInto } from '../audio/pcm.ts';
import { BlockRoom, takeFrames } from '../audio/room.ts';
import { otherRecording } from '../sniff/following.ts';
import { wavFrameBytes } from './samples.ts';
import type { WavInfo } from './wav.ts';

/** A gap of more than so many times what is there, and a minute, is not believed: few bytes can promise years of silence. */
const mostTimes = 64;
const believedSeconds = 60;

/** What the end of a WAV file does not give: samples that its header promises, sound behind them. Known without reading samples. */
export function wavGaps({
  frames,
  sampleRate,
  blockAlign,
  dataOffset,
  dataBytes,
  dataFault,
  following,
}: WavInfo): AudioGap[] {
  const gaps: AudioGap[] = [];
  const here = { start: frames, seconds: frames / sampleRate, record: frames };
  if (dataFault?.fault === 'truncated') {
    const { missingBytes, reason } = dataFault;
    const missing = Math.floor((dataBytes + missingBytes) / blockAlign) - frames;
    const isBelieved = missing <= mostTimes * frames + believedSeconds * sampleRate;
    const place = { ...here, offset: dataOffset + dataBytes, length: 0, code: 'TRUNCATED' } as const;
    const doubt = isBelieved ? '' : `; the gap of ${missing} samples that it claims is not believed`;
    gaps.push({ ...place, frames: isBelieved ? missing : 0, reason: `${reason}${doubt}` });
  }
  if (following !== undefined) gaps.push({ ...here, frames: 0, ...otherRecording(following) });
  return gaps;
}

/**
 * Header and samples of a WAV file hold no checksums: what is there is what it is, and there are no gaps but at its end.
 *
 * @throws BowerbirdError USAGE for integers of a float file and int16 of more than 16 bits; TRUNCATED, CORRUPT behind the last sample
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
  if (to > info.frames) yield* atTheEnd(source.name, info, options, room);
}

/** A range that ends with the last sample asks for nothing behind it. */
async function* atTheEnd<D extends SampleType>(
  source: string,
  info: WavInfo,
  options: ReadOptions<D>,
  room: RoomMaker<D>,
): AsyncGenerator<FilledRoom<D>, void, void> {
  const { from, to } = takeFrames(options);
  let end = info.frames;
  for (const gap of wavGaps(info)) {
    if (to <= end) return;
    if (options.lenient !== true) throw gapError(source, gap);
    options.onGap?.({ ...gap, start: end, seconds: end / info.sampleRate });
    end += gap.frames;
    for (let start = Math.max(gap.start, from); start < Math.min(end, to); ) {
      options.stop?.throwIfAborted();
      const here = room(1);
      const frames = Math.min(here.frames, end - start, to - start);
      silence(here, frames, info.channels);
      yield { room: here, skip: 0, start, frames };
      start += frames;
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
