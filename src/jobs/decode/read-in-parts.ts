/** One long FLAC file on several threads, into memory that they share: readAudio() with `workers`. decode-in-parts.ts has another end. */

import type { ByteSource } from '../../bytes.ts';
import type { AudioInfo, SampleArrays, SampleType } from '../../formats/audio/audio.ts';
import { mostExpectedFrames, type Whole } from '../../formats/audio/read.ts';
import { sampleBytes, samplesIn, willFill } from '../../formats/audio/room.ts';
import { sampleHash } from '../../formats/audio/sample-hash.ts';
import { resolveInputs } from '../../storage/inputs.ts';
import { linked } from '../../storage/links.ts';
import type { Named } from '../../storage/stamp.ts';
import type { RunUnits } from '../engine/job.ts';
import { type FlacPartOptions, type FlacPartReceipt, flacPartModule } from './flac-part-unit.ts';
import { type CutOptions, cutForThreads, isFlac, notesOf, rangeOf, runParts } from './parts.ts';

export interface PartsOptions<D extends SampleType> extends CutOptions {
  /** A runner with so many threads. */
  readonly runUnitsIn: (workers: number) => RunUnits;
  readonly dtype: D;
  readonly planar: boolean;
  /** Threads can fill only memory that they share. */
  readonly into?: SampleArrays[D] | undefined;
  /** Of the whole recording. */
  readonly verify?: boolean | undefined;
  readonly stop?: AbortSignal | undefined;
}

/** For who hashes part after part while they are decoded: not the first quarter of all at once. */
const partsToHash = 4;

/**
 * The samples that one thread would give, or undefined where one thread has to do it: for a recording that cannot be cut or is not worth it,
 * and for anything odd that a part met, so that there is one place that judges damage.
 */
export async function readInParts<D extends SampleType>(
  source: ByteSource,
  { uri, version }: Named,
  info: AudioInfo,
  options: PartsOptions<D>,
): Promise<Whole<D> | undefined> {
  const { dtype, planar, verify, workers, stop, runUnitsIn } = options;
  if (!isFlac(info) || info.lostHeader !== undefined || (dtype === 'int16' && info.bitsPerSample > 16))
    return undefined;
  const checksMd5 = verify === true && info.md5 !== undefined;
  const hash = checksMd5 && (!planar || info.channels === 1) ? sampleHash(info, dtype) : undefined;
  if (checksMd5 && hash === undefined) return undefined;
  const threads = hash === undefined ? workers : partsToHash * workers;
  const parts = await cutForThreads(source, uri, info, { ...options, workers: threads });
  if (parts === undefined) return undefined;
  const { from, frames } = rangeOf(parts);
  if (frames > mostExpectedFrames(source.byteLength)) return undefined;
  const size = source.byteLength;
  const input = version === undefined ? (await resolveInputs([uri]))[0] : { ...linked(uri), size, version };
  if (input?.size !== size) return undefined;

  const { channels, sampleRate } = info;
  const samples =
    options.into === undefined ? share(dtype, frames * channels) : within(options.into, frames * channels);
  if (samples === undefined) return undefined;
  let hashed = 0;
  const hashOn = (receipts: readonly FlacPartReceipt[]) => {
    for (const part of parts.slice(hashed)) {
      if (receipts[hashed] === undefined) return;
      hash?.add(samples.subarray((part.from - from) * channels, (part.to - from) * channels));
      hashed += 1;
    }
  };
  // One thread can hash, no more: this one, while the others decode.
  const [decoding, how] =
    hash === undefined
      ? [workers, { work: 'short' } as const]
      : [workers - 1, { work: 'long', onPart: hashOn } as const];
  const settings: FlacPartOptions = { info, dtype, planar, samples, from };
  const run = { ...how, threads: decoding, runUnits: runUnitsIn(decoding), stop };
  const receipts = await runParts<FlacPartReceipt>(flacPartModule, { parts, input }, settings, run);
  const notes = receipts && notesOf(receipts, info);
  if (notes === undefined || (hash !== undefined && hash.digest() !== info.md5)) return undefined;
  return { samples, channels, sampleRate, frames, gaps: [], notes };
}

function share<D extends SampleType>(dtype: D, length: number): SampleArrays[D] | undefined {
  try {
    const memory = new SharedArrayBuffer(length * sampleBytes(dtype));
    willFill(memory);
    return samplesIn(dtype, memory);
  } catch (error) {
    // There is not so much memory at once: one thread begins with less.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** One thread tells what is wrong with an array that is too short. */
function within<D extends SampleType>(into: SampleArrays[D], length: number): SampleArrays[D] | undefined {
  const isShared = into.buffer instanceof SharedArrayBuffer;
  return isShared && into.length >= length ? (into.subarray(0, length) as SampleArrays[D]) : undefined;
}
