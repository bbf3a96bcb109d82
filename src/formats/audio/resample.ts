/**
 * Changes the sample rate of a stream: a band-limited, zero-phase polyphase filter (native/core/sound/resample.h has the method and the figures).
 */

import { BowerbirdError } from '../../errors.ts';
import { native, type ResampleFilter, type ResampleStream, resampleQuality } from '../../native/native.ts';
import { usage } from '../../options.ts';

/**
 * With r the lower of the two rates: where the pass-band ends, its ripple, and the attenuation from r/2 on.
 * `high` 0.95 r/2, 0.00002 dB, 115 dB; `medium` 0.90 r/2, 0.001 dB, 80 dB; `low` 0.80 r/2, 0.01 dB, 60 dB.
 */
export type ResampleQuality = keyof typeof resampleQuality;

/** The greatest change of rate in one step, up or down. */
const mostFactor = 4096;

/** A filter takes milliseconds to compute and up to 4 MiB: a job over many files uses one or two. */
const filters = new Map<string, ResampleFilter>();
const mostFilters = 4;

/** @throws BowerbirdError UNSUPPORTED: a recording may have any rate */
function filterFor(from: number, to: number, quality: ResampleQuality): ResampleFilter {
  if (Math.max(from / to, to / from) > mostFactor) {
    throw new BowerbirdError(
      'UNSUPPORTED',
      `Cannot resample from ${from} to ${to} Hz: expected a factor of at most ${mostFactor}`,
    );
  }
  const key = `${from} ${to} ${quality}`;
  const filter = filters.get(key) ?? new (native().ResampleFilter)(from, to, resampleQuality[quality]);
  // The one used last stands last, so the first is the one to forget.
  filters.delete(key);
  filters.set(key, filter);
  if (filters.size > mostFilters) filters.delete(filters.keys().next().value!);
  return filter;
}

/** Input frames on either side that one output frame depends on; none at equal rates. */
export function resampleReach(from: number, to: number, quality: ResampleQuality = 'high'): number {
  return from === to ? 0 : filterFor(from, to, quality).describe().taps / 2 + 1;
}

/** Frames that `frames` frames become: ceil(frames * to / from), exactly. */
export function resampledFrames(frames: number, from: number, to: number): number {
  return Number((BigInt(frames) * BigInt(to) + BigInt(from) - 1n) / BigInt(from));
}

/**
 * One signal of interleaved frames. Output frame n lies at input frame n * from / to; all pushes and the flush together give
 * `resampledFrames(n, from, to)` frames, and the same samples however the input is cut. Holds about one filter length of input. Samples may
 * pass 1 a little where the input was clipped.
 */
export class Resampler {
  readonly from: number;
  readonly to: number;
  readonly channels: number;
  readonly #stream: ResampleStream | undefined;
  #flushed = false;

  constructor(from: number, to: number, channels = 1, quality: ResampleQuality = 'high') {
    for (const rate of [from, to]) {
      if (!Number.isInteger(rate) || rate < 1 || rate > 0xffffffff) {
        throw usage(`Cannot resample from ${from} to ${to} Hz: expected whole numbers, 1 to 4294967295`);
      }
    }
    if (Math.max(from / to, to / from) > mostFactor) {
      throw usage(`Cannot resample from ${from} to ${to} Hz: expected a factor of at most ${mostFactor}`);
    }
    if (!Number.isInteger(channels) || channels < 1 || channels > 0xffff) {
      throw usage(`Cannot resample ${channels} channels: expected a whole number, 1 to 65535`);
    }
    if (!Object.hasOwn(resampleQuality, quality)) {
      throw usage(
        `Cannot resample with quality "${quality}": expected one of ${Object.keys(resampleQuality).join(', ')}`,
      );
    }
    this.from = from;
    this.to = to;
    this.channels = channels;
    // Equal rates: samples pass as they are, not through the filter.
    if (from !== to) this.#stream = new (native().ResampleStream)(filterFor(from, to, quality), channels);
  }

  /** Takes whole frames and returns those that they complete, perhaps none. At equal rates it returns what it was given. */
  push(interleaved: Float32Array): Float32Array {
    this.#check();
    if (interleaved.length % this.channels !== 0) {
      throw usage(`Cannot resample ${interleaved.length} samples of ${this.channels} channels: expected whole frames`);
    }
    return this.#stream?.push(interleaved) ?? interleaved;
  }

  /** The frames that were waiting for what comes after the end, which is taken as silence. Nothing may be pushed afterwards. */
  flush(): Float32Array {
    this.#check();
    this.#flushed = true;
    return this.#stream?.flush() ?? new Float32Array(0);
  }

  #check(): void {
    if (this.#flushed) throw usage('Cannot resample more: the stream was flushed; make a Resampler for each signal');
  }
}

/** A stream of blocks at another rate. */
export async function* resampleBlocks(
  blocks: AsyncIterable<Float32Array> | Iterable<Float32Array>,
  resampler: Resampler,
): AsyncGenerator<Float32Array, void, void> {
  for await (const block of blocks) {
    const out = resampler.push(block);
    if (out.length > 0) yield out;
  }
  const last = resampler.flush();
  if (last.length > 0) yield last;
}
