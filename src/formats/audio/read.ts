/** A recording, or a part of it, in one array. */

import { usage } from '../../options.ts';
import type { AudioGap, AudioNote, AudioReader, ReadOptions, SampleArray, SampleArrays, SampleType } from './audio.ts';
import { deinterleave, pickChannel } from './pcm.ts';
import { GrowingRoom, tooShort } from './room.ts';
import { type AudioShape, isShaped, planShape, type ShapePlan, shapedFloats } from './shape.ts';

export interface WholeOptions<D extends SampleType>
  extends AudioShape,
    Pick<ReadOptions<D>, 'lenient' | 'verify' | 'stop'> {
  readonly dtype: D;
  readonly planar: boolean;
  /** Filled from its start instead of an array of our own. */
  readonly into?: SampleArrays[D] | undefined;
}

export interface Whole<D extends SampleType> {
  readonly samples: SampleArrays[D];
  readonly channels: number;
  readonly sampleRate: number;
  readonly frames: number;
  readonly gaps: readonly AudioGap[];
  readonly notes: readonly AudioNote[];
}

/** Longer than this for each byte of the file no recording is taken to be before it has been decoded: a bit a sample. */
const mostFramesPerByte = 8;
const firstFrames = 1 << 16;

export function mostExpectedFrames(byteLength: number): number {
  return Math.max(firstFrames, byteLength * mostFramesPerByte);
}

/** `byteLength` of the file bounds what is allocated on the word of its header. */
export async function readWhole<D extends SampleType>(
  reader: AudioReader,
  name: string,
  byteLength: number,
  options: WholeOptions<D>,
): Promise<Whole<D>> {
  const { info } = reader;
  const { dtype, planar, into, lenient, verify, stop } = options;
  const plan = planShape(info, options);
  const gaps: AudioGap[] = [];
  const notes: AudioNote[] = [];
  const read = {
    lenient,
    verify,
    stop,
    onGap: (gap: AudioGap) => gaps.push(gap),
    onNote: (note: AudioNote) => notes.push(note),
  };
  const expected = Math.min(expectedFrames(reader, plan), mostExpectedFrames(byteLength));
  if (into !== undefined && info.frames !== undefined && expected * plan.channels > into.length) {
    throw tooShort(name, into.length, plan.channels, expected);
  }
  const room = new GrowingRoom(dtype, plan.channels, planar, expected, name, into);
  const shaped = isShaped(info, plan);
  if (shaped && dtype !== 'float32' && (plan.mode === 'mean' || plan.sampleRate !== info.sampleRate)) {
    throw usage(`Cannot mix or resample to ${dtype}: ask for float32`);
  }
  if (!shaped && reader.fill !== undefined) {
    const range = { from: plan.from, to: plan.to, dtype, planar };
    for await (const filled of reader.fill<D>({ ...read, ...range }, room.make)) room.take(filled);
  } else if (dtype === 'float32') {
    await gather(shapedFloats(reader, plan, read), plan, planar, room);
  } else {
    const channelOf = plan.mode;
    const range = { from: plan.from, to: plan.to, dtype };
    const picked = async function* () {
      for await (const { samples } of reader.blocks<D>({ ...read, ...range })) {
        yield typeof channelOf === 'number' ? pickChannel(samples, info.channels, channelOf) : samples;
      }
    };
    await gather(picked(), { ...plan, streamStart: plan.from }, planar, room);
  }
  const { channels, sampleRate } = plan;
  return { samples: room.samples(), channels, sampleRate, frames: room.frames, gaps, notes };
}

function expectedFrames({ info }: AudioReader, { from, to, sampleRate }: ShapePlan): number {
  const total = info.frames === undefined ? firstFrames : Math.ceil((info.frames * sampleRate) / info.sampleRate);
  return Math.max(0, Math.min(to ?? total, total) - from);
}

/** Puts the wanted part of interleaved blocks behind each other. */
async function gather<D extends SampleType>(
  blocks: AsyncIterable<SampleArray>,
  { channels, streamStart, from, to = Number.POSITIVE_INFINITY }: ShapePlan,
  planar: boolean,
  room: GrowingRoom<D>,
): Promise<void> {
  let start = streamStart;
  for await (const block of blocks) {
    const frames = block.length / channels;
    const end = Math.min(start + frames, to);
    for (let at = Math.max(start, from); at < end; ) {
      const here = room.make(1);
      const some = Math.min(here.frames, end - at);
      const part = block.subarray((at - start) * channels, (at - start + some) * channels);
      if (planar && channels > 1) deinterleave(part, channels, here.array, here.at, here.plane);
      else here.array.set(part, here.at);
      room.take({ room: here, skip: 0, frames: some });
      at += some;
    }
    start += frames;
  }
}
