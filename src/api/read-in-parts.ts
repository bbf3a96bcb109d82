/** One long FLAC file on several threads: into memory that they share, for readAudio() with `workers`; decode-in-parts.ts has another end. */

import type { ByteSource } from '../bytes.ts';
import { createShared, requestStop } from '../counters.ts';
import type { AudioInfo, AudioNote, SampleArrays, SampleType } from '../formats/audio/audio.ts';
import { mostExpectedFrames, type Whole } from '../formats/audio/read.ts';
import { sampleBytes, samplesIn, willFill } from '../formats/audio/room.ts';
import { sampleHash } from '../formats/audio/sample-hash.ts';
import { type AudioShape, isShaped, planShape } from '../formats/audio/shape.ts';
import type { FlacInfo } from '../formats/flac/flac.ts';
import { cutFlac, type FlacPart } from '../formats/flac/parts.ts';
import {
  type FlacPartOptions,
  type FlacPartReceipt,
  type FlacPartUnit,
  flacPartModule,
} from '../jobs/decode/flac-part-unit.ts';
import { runUnits } from '../runners/local.ts';
import { resolveInputs } from '../storage/inputs.ts';
import { linked } from '../storage/links.ts';
import type { InputStamp } from '../storage/stamp.ts';
import { isRemote } from '../storage/uri.ts';
import type { Named } from './audio-input.ts';

export interface PartsOptions<D extends SampleType> extends AudioShape {
  readonly dtype: D;
  readonly planar: boolean;
  /** Threads can fill only memory that they share. */
  readonly into?: SampleArrays[D] | undefined;
  /** Of the whole recording. */
  readonly verify?: boolean | undefined;
  readonly workers: number;
  readonly stop?: AbortSignal | undefined;
  /** Compressed bytes that are not worth a part of their own. For tests. */
  readonly leastBytes?: number;
}

/** Decoded in a millisecond; a part costs a fraction of one to begin. To start a thread takes as long as to decode a file of eight or sixteen. */
const leastPart = 1 << 20;
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
  const { dtype, planar, verify, workers, stop } = options;
  if (!isFlac(info) || info.lostHeader !== undefined || (dtype === 'int16' && info.bitsPerSample > 16))
    return undefined;
  const checksMd5 = verify === true && info.md5 !== undefined;
  const hash = checksMd5 && (!planar || info.channels === 1) ? sampleHash(info, dtype) : undefined;
  if (checksMd5 && hash === undefined) return undefined;
  const threads = hash === undefined ? workers : partsToHash * workers;
  const parts = await cutForThreads(source, uri, info, { ...options, workers: threads });
  if (parts === undefined) return undefined;
  const { from } = parts[0]!;
  const frames = parts.at(-1)!.to - from;
  if (frames > mostExpectedFrames(source.byteLength)) return undefined;
  const size = source.byteLength;
  const input = version === undefined ? (await resolveInputs([uri]))[0]! : { ...linked(uri), size, version };
  if (input.size !== size) return undefined;

  const { channels, sampleRate } = info;
  const samples =
    options.into === undefined ? share(dtype, frames * channels) : within(options.into, frames * channels);
  if (samples === undefined) return undefined;
  let hashed = 0;
  const hashOn = (receipts: readonly FlacPartReceipt[]) => {
    for (; receipts[hashed] !== undefined; hashed++) {
      const part = parts[hashed]!;
      hash?.add(samples.subarray((part.from - from) * channels, (part.to - from) * channels));
    }
  };
  // One thread can hash, no more: this one, while the others decode.
  const how = hash === undefined ? { workers, short: true } : { workers: workers - 1, short: false, onPart: hashOn };
  const settings: FlacPartOptions = { info, dtype, planar, samples, from };
  const run = { ...how, stop };
  const receipts = await runParts<FlacPartReceipt>(flacPartModule, { parts, input }, settings, run);
  const notes = receipts && notesOf(receipts, info);
  if (notes === undefined || (hash !== undefined && hash.digest() !== info.md5)) return undefined;
  return { samples, channels, sampleRate, frames, gaps: [], notes };
}

/** Undefined as well for a shape that makes other samples of those in the file. */
export async function cutForThreads(
  source: ByteSource,
  uri: string,
  info: FlacInfo,
  options: AudioShape & Pick<PartsOptions<SampleType>, 'workers' | 'leastBytes'>,
): Promise<readonly FlacPart[] | undefined> {
  const { workers, leastBytes = leastPart } = options;
  const plan = planShape(info, options);
  if (workers < 2 || isShaped(info, plan)) return undefined;
  const { from, to } = plan;
  if (source.byteLength < 8 * leastBytes) return undefined;
  // Every cut in an object costs a request.
  const least = isRemote(uri) ? Math.max(leastBytes, source.byteLength / (4 * workers)) : leastBytes;
  return cutFlac(source, info, { from, to, threads: workers, leastBytes: Math.ceil(least) });
}

export function isFlac(info: AudioInfo): info is FlacInfo {
  return info.format === 'flac' && 'streamInfo' in info;
}

function share<D extends SampleType>(dtype: D, length: number): SampleArrays[D] | undefined {
  try {
    const memory = new SharedArrayBuffer(length * sampleBytes(dtype));
    willFill(memory);
    return samplesIn(dtype, memory);
  } catch {
    return undefined;
  }
}

/** One thread tells what is wrong with an array that is too short. */
function within<D extends SampleType>(into: SampleArrays[D], length: number): SampleArrays[D] | undefined {
  const isShared = into.buffer instanceof SharedArrayBuffer;
  return isShared && into.length >= length ? (into.subarray(0, length) as SampleArrays[D]) : undefined;
}

export interface PartsOfFile {
  readonly parts: readonly FlacPart[];
  readonly input: InputStamp;
}

/** One for each of so many threads, which then ask nobody for their next part; or one for each part, so that its end is told. */
function unitsOf({ parts, input }: PartsOfFile, threads: number | undefined): readonly FlacPartUnit[] {
  const counter = () => new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  if (threads === undefined) {
    return parts.map((part, i) => ({ id: `${i}`, input, parts: [part], first: i, taken: counter() }));
  }
  const taken = counter();
  return Array.from({ length: threads }, (_, i) => ({ id: `${i}`, input, parts, first: 0, taken }));
}

export interface PartsRun<R> {
  readonly workers: number;
  /** The calling thread is one of them. */
  readonly short: boolean;
  readonly stop?: AbortSignal | undefined;
  /** Told of all that are there whenever one more is, each in its place. */
  readonly onPart?: (receipts: readonly R[]) => void;
}

/** In the order of the parts; undefined as soon as one of them is not what it should be. */
export async function runParts<R extends FlacPartReceipt>(
  module: string,
  file: PartsOfFile,
  options: object,
  { workers, short, stop, onPart }: PartsRun<R>,
): Promise<readonly R[] | undefined> {
  const shared = createShared();
  const onAbort = () => requestStop(shared);
  stop?.addEventListener('abort', onAbort);
  try {
    stop?.throwIfAborted();
    const receipts: R[] = [];
    const context = { shared, outDir: '' };
    const units = unitsOf(file, onPart === undefined ? Math.min(workers, file.parts.length) : undefined);
    const ends = runUnits<FlacPartUnit, readonly R[]>(module, units, options, context, workers, { short });
    for await (const end of ends) {
      stop?.throwIfAborted();
      if (!('receipt' in end)) return undefined;
      for (const receipt of end.receipt) {
        if (!receipt.whole) return undefined;
        receipts[receipt.index] = receipt;
      }
      onPart?.(receipts);
    }
    return receipts;
  } finally {
    stop?.removeEventListener('abort', onAbort);
  }
}

/** What one thread would note; undefined when it might judge otherwise than a part that has not seen what came before. */
export function notesOf(receipts: readonly FlacPartReceipt[], { frames }: FlacInfo): readonly AudioNote[] | undefined {
  const notes = new Map<string, AudioNote>();
  for (const { kind, text } of receipts.flatMap((receipt) => receipt.notes)) {
    const isSure = kind === 'frame-size' || (kind === 'trailing-bytes' && frames !== undefined);
    if (!isSure) return undefined;
    notes.set(kind, { kind, text });
  }
  const order = ['trailing-bytes', 'frame-size'];
  return [...notes.values()].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}
