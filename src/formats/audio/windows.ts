/** Cuts a stream of frames into windows of equal length: overlapping, side by side or apart, in memory of about two windows. */

import { unforeseen } from '../../errors.ts';
import { usage } from '../../options.ts';

export interface WindowSpec {
  /** Of the stream, in Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Seconds: length of a window. */
  readonly window: number;
  /** Seconds from one start to the next; default `window`. */
  readonly hop?: number;
  /**
   * What becomes of windows that begin before the end and reach beyond it. `zero` (default): silence follows; `drop`: they are left out;
   * `reflect`: the sound runs backwards from the end, as numpy.pad(mode='reflect') makes it.
   */
  readonly pad?: 'zero' | 'drop' | 'reflect';
  /** Seconds: start of the first window, default 0; and an end earlier than that of the stream. */
  readonly from?: number;
  readonly to?: number;
  /** Which frame of the recording the stream begins with, when its reader has seeked; default 0. Not beyond `from`. */
  readonly streamStart?: number;
  /**
   * Give every window the memory of the one before, whose array is detached (its length becomes 0) at the next step. Default false: windows are
   * the caller's.
   */
  readonly reuse?: boolean;
}

export interface AudioWindow {
  /** Interleaved. */
  readonly samples: Float32Array<ArrayBuffer>;
  /** Of these samples, in Hz. */
  readonly sampleRate: number;
  /** Of these samples. */
  readonly channels: number;
  readonly index: number;
  /** Frame of the recording, counted from 0, at `sampleRate`. */
  readonly startFrame: number;
  /** startFrame / sampleRate. */
  readonly startSeconds: number;
  /** Where the window ends, what was padded included: every window is as long. Its sound ends at (startFrame + validFrames) / sampleRate. */
  readonly endSeconds: number;
  /** Frames that are sound; fewer than the window has at the end. */
  readonly validFrames: number;
}

interface Plan {
  readonly length: number;
  readonly end: number;
  startOf(index: number): number;
}

/**
 * Window i begins at frame round((from + i * hop) * sampleRate), halves upward, and every window has round(window * sampleRate) frames: at
 * rates where a hop is no whole number of frames starts are off by at most half a frame, and that does not add up.
 */
export async function* audioWindows(
  blocks: AsyncIterable<Float32Array> | Iterable<Float32Array>,
  spec: WindowSpec,
): AsyncGenerator<AudioWindow, void, void> {
  const plan = planWindows(spec);
  const { sampleRate, channels, pad = 'zero', streamStart = 0 } = spec;
  const held = new HeldFrames(channels, streamStart);
  held.forget(plan.startOf(0));
  let index = 0;
  const memory = new WindowMemory(plan.length * channels, spec.reuse ?? false);
  const make = (samples: Float32Array<ArrayBuffer>, startFrame: number, validFrames: number): AudioWindow => ({
    samples,
    sampleRate,
    channels,
    index: index++,
    startFrame,
    startSeconds: startFrame / sampleRate,
    endSeconds: (startFrame + plan.length) / sampleRate,
    validFrames,
  });

  for await (const block of blocks) {
    held.append(block, plan.end);
    for (let start = plan.startOf(index); start + plan.length <= held.end; start = plan.startOf(index)) {
      yield make(held.copyTo(memory.take(), start, plan.length), start, plan.length);
    }
    // A reflection at the end looks back by up to a window.
    const next = plan.startOf(index);
    held.forget(pad === 'reflect' ? Math.min(next, held.end - plan.length) : next);
    if (held.end >= plan.end) break;
  }
  if (pad === 'drop') return;
  for (let start = plan.startOf(index); start < held.end; start = plan.startOf(index)) {
    const valid = held.end - start;
    const samples = held.copyTo(memory.take(), start, valid).fill(0, valid * channels);
    if (pad === 'reflect') {
      const first = Math.max(plan.startOf(0), held.start);
      for (let i = valid; i < plan.length; i++) {
        const frame = first + mirrored(start + i - first, held.end - first);
        held.copyTo(samples.subarray(i * channels), frame, 1);
      }
    }
    yield make(samples, start, valid);
  }
}

/** Where a place beyond the end lies when the sound runs to and fro between its ends, which are not repeated. */
function mirrored(place: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const inside = place % period;
  return inside < length ? inside : period - inside;
}

function planWindows({
  sampleRate,
  channels,
  window,
  hop = window,
  pad,
  from = 0,
  to,
  streamStart = 0,
}: WindowSpec): Plan {
  const fail = (state: string) => usage(`Cannot cut audio into windows: ${state}`);
  if (!(sampleRate > 0) || !Number.isFinite(sampleRate)) throw fail(`the sample rate is ${sampleRate}`);
  if (!Number.isInteger(channels) || channels < 1) throw fail(`the number of channels is ${channels}`);
  const length = Math.round(window * sampleRate);
  if (!Number.isSafeInteger(length * channels) || length < 1) {
    throw fail(`${window} seconds at ${sampleRate} Hz are ${length} frames, expected 1 or more`);
  }
  if (!Number.isFinite(hop) || hop * sampleRate < 1) {
    throw fail(`a hop of ${hop} seconds is less than a frame at ${sampleRate} Hz`);
  }
  if (!Number.isFinite(from) || from < 0) throw fail(`"from" is ${from}, expected seconds from 0 on`);
  if (to !== undefined && !(to >= from)) throw fail(`"to" is ${to}, expected seconds from ${from} on`);
  if (pad !== undefined && !['zero', 'drop', 'reflect'].includes(pad)) {
    throw fail(`"pad" is "${pad}", expected zero, drop or reflect`);
  }
  const startOf = (index: number) => Math.round((from + index * hop) * sampleRate);
  if (!Number.isInteger(streamStart) || streamStart < 0 || streamStart > startOf(0)) {
    throw fail(`the stream begins at frame ${streamStart}, expected a whole number up to ${startOf(0)}`);
  }
  return { length, end: to === undefined ? Number.POSITIVE_INFINITY : Math.round(to * sampleRate), startOf };
}

/** Where windows are made. */
class WindowMemory {
  readonly #length: number;
  readonly #reuse: boolean;
  #last: ArrayBuffer | undefined;

  constructor(length: number, reuse: boolean) {
    this.#length = length;
    this.#reuse = reuse;
  }

  /** Not zeroed. */
  take(): Float32Array<ArrayBuffer> {
    const last = this.#last;
    // A caller that has handed the buffer to a thread has detached it already.
    const buffer =
      last === undefined || last.byteLength === 0
        ? roomFor(4 * this.#length)
        : structuredClone(last, { transfer: [last] });
    if (this.#reuse) this.#last = buffer;
    return new Float32Array(buffer);
  }
}

function roomFor(bytes: number): ArrayBuffer {
  try {
    return new ArrayBuffer(bytes);
  } catch (error) {
    throw unforeseen(error, `make a window of ${bytes} bytes`) ?? error;
  }
}

/** The stretch of the stream that windows still need, by frames of the recording. */
class HeldFrames {
  readonly #channels: number;
  #samples = new Float32Array(0);
  /** Frame of #samples[0]. */
  #base: number;
  /** Samples, from 0, that are in use. */
  #filled = 0;
  /** Frames below this are not needed. */
  #start: number;

  constructor(channels: number, start: number) {
    this.#channels = channels;
    this.#base = start;
    this.#start = start;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#base + this.#filled / this.#channels;
  }

  /** Whole frames; what lies beyond frame `limit`, or before what is needed, is not kept. */
  append(block: Float32Array, limit: number): void {
    if (block.length % this.#channels !== 0) {
      throw usage(`Cannot cut ${block.length} samples of ${this.#channels} channels: expected whole frames`);
    }
    const frames = Math.max(0, Math.min(block.length / this.#channels, limit - this.end));
    // Between two windows that lie apart nothing is kept: the base runs ahead of the stream until the next window begins.
    const skip = this.#filled === 0 ? Math.min(frames, Math.max(0, this.#start - this.#base)) : 0;
    this.#base += skip;
    const fresh = block.subarray(skip * this.#channels, frames * this.#channels);
    this.#reserve(fresh.length);
    this.#samples.set(fresh, this.#filled);
    this.#filled += fresh.length;
  }

  forget(before: number): void {
    this.#start = Math.max(this.#start, before);
    // Moved down only when much of it is unused, so that every sample moves about once.
    const unused = Math.min((this.#start - this.#base) * this.#channels, this.#filled);
    if (2 * unused < this.#filled) return;
    this.#samples.copyWithin(0, unused, this.#filled);
    this.#filled -= unused;
    this.#base += unused / this.#channels;
  }

  copyTo(out: Float32Array<ArrayBuffer>, frame: number, frames: number): Float32Array<ArrayBuffer> {
    const at = (frame - this.#base) * this.#channels;
    out.set(this.#samples.subarray(at, at + frames * this.#channels));
    return out;
  }

  #reserve(more: number): void {
    if (this.#filled + more <= this.#samples.length) return;
    const larger = new Float32Array(Math.max(this.#filled + more, 2 * this.#samples.length));
    larger.set(this.#samples.subarray(0, this.#filled));
    this.#samples = larger;
  }
}
