/** The samples of a WAV file: any range of frames, block by block in constant memory, or all at once. */

import type { ByteSource, Stop } from '../../bytes.ts';
import { usage } from '../../options.ts';
import { takenUpLater } from '../../promises.ts';
import type { ChannelMode } from '../audio/audio.ts';
import { pcmToFloat, pcmToInt16, pcmToInt32, shapeChannels } from '../audio/pcm.ts';
import type { WavInfo } from './wav.ts';

/** About what one read asks for; frames are never cut. */
const blockBytes = 1 << 20;

export interface FrameRange {
  /** First frame; default 0. */
  readonly from?: number;
  /** First frame that is not wanted; default, and at most, `info.frames`. */
  readonly to?: number;
  readonly stop?: Stop | undefined;
}

/**
 * The bytes of whole frames, in order, valid until the next step. Reads nothing outside the range, and the next block while the caller works
 * on this one.
 */
export async function* wavFrameBytes(
  source: ByteSource,
  info: WavInfo,
  range: FrameRange = {},
): AsyncGenerator<Uint8Array, void, void> {
  const { from, to } = clamp(info, range);
  const step = Math.max(1, Math.floor(blockBytes / info.blockAlign));
  const memory = new TwoBuffers(Math.min(step, to - from) * info.blockAlign);
  const read = (at: number) =>
    at < to
      ? takenUpLater(
          memory.read(source, info.dataOffset + at * info.blockAlign, Math.min(step, to - at) * info.blockAlign),
        )
      : undefined;
  let next = read(from);
  for (let at = from; next !== undefined; ) {
    range.stop?.throwIfAborted();
    const block = await next;
    at += step;
    next = read(at);
    yield block;
  }
}

/** One is read into while the other is worked on: fresh memory for every block would pile up until the collector comes. */
class TwoBuffers {
  readonly #length: number;
  readonly #buffers: Uint8Array[] = [];
  #reads = 0;

  constructor(length: number) {
    this.#length = length;
  }

  async read(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
    if (source.readInto === undefined) return source.read(offset, length);
    const turn = this.#reads++ % 2;
    this.#buffers[turn] ??= new Uint8Array(this.#length);
    const bytes = this.#buffers[turn].subarray(0, length);
    await source.readInto(offset, bytes);
    return bytes;
  }
}

function clamp(info: WavInfo, { from = 0, to = info.frames }: FrameRange): { from: number; to: number } {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0) {
    throw usage(`Cannot read frames ${from} to ${to}: expected whole numbers from 0 on`);
  }
  const end = Math.min(to, info.frames);
  return { from: Math.min(from, end), to: end };
}

/** Float samples in [-1, 1), block by block: interleaved, or the mean or one of the channels. Blocks are the caller's. */
export async function* wavFloats(
  source: ByteSource,
  info: WavInfo,
  range: FrameRange = {},
  channels: Exclude<ChannelMode, 'planar'> = 'interleaved',
): AsyncGenerator<Float32Array, void, void> {
  for await (const bytes of wavFrameBytes(source, info, range)) {
    yield shapeChannels(pcmToFloat(bytes, info.layout), info.channels, channels);
  }
}

/** Integer samples in the scale of their container, interleaved. Refuses float files, and int16 for more than 16 bits. */
export async function* wavIntegers(
  source: ByteSource,
  info: WavInfo,
  type: 'int16' | 'int32',
  range: FrameRange = {},
): AsyncGenerator<Int16Array | Int32Array, void, void> {
  const convert = type === 'int16' ? pcmToInt16 : pcmToInt32;
  for await (const bytes of wavFrameBytes(source, info, range)) yield convert(bytes, info.layout);
}

/** A range in one array. `info.frames` was checked against the size of the file, so the array is no larger than that allows. */
export async function readWavFloats(
  source: ByteSource,
  info: WavInfo,
  range: FrameRange = {},
  channels: ChannelMode = 'interleaved',
): Promise<Float32Array> {
  const { from, to } = clamp(info, range);
  const streamed = channels === 'planar' ? 'interleaved' : channels;
  const width = streamed === 'interleaved' ? info.channels : 1;
  const all = new Float32Array((to - from) * width);
  let at = 0;
  for await (const block of wavFloats(source, info, range, streamed)) {
    all.set(block, at);
    at += block.length;
  }
  return channels === 'planar' ? shapeChannels(all, info.channels, 'planar') : all;
}
