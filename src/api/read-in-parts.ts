/** One long FLAC file on several threads: into memory that they share, for readAudio() with `workers`; decode-in-parts.ts has another end. */

import type { ByteSource } from '../bytes.ts';
import type { AudioInfo, AudioNote, SampleType } from '../formats/audio.ts';
import { mostExpectedFrames, type Whole } from '../formats/audio-read.ts';
import { sampleBytes, samplesIn, willFill } from '../formats/audio-room.ts';
import { type AudioShape, isShaped, planShape } from '../formats/audio-shape.ts';
import type { FlacInfo } from '../formats/flac.ts';
import { cutFlac, type FlacPart } from '../formats/flac-parts.ts';
import { sampleHash } from '../formats/sample-hash.ts';
import {
  type FlacPartOptions,
  type FlacPartReceipt,
  type FlacPartUnit,
  flacPartModule,
} from '../jobs/flac-part-unit.ts';
import { createShared, requestStop } from '../jobs/shared.ts';
import type { InputStamp } from '../jobs/types.ts';
import { runUnits } from '../runners/local.ts';
import { resolveInputs } from '../storage/inputs.ts';
import { isRemote } from '../storage/uri.ts';
import type { Named } from './audio-input.ts';

export interface PartsOptions<D extends SampleType> extends AudioShape {
  readonly dtype: D;
  readonly planar: boolean;
  /** Of the whole recording. */
  readonly verify?: boolean | undefined;
  readonly workers: number;
  readonly stop?: AbortSignal | undefined;
  /** Compressed bytes that are not worth a part of their own. For tests. */
  readonly leastBytes?: number;
}

/** A file of two is cut. To start a thread takes as long as to decode one or two of them. */
const leastPart = 4 << 20;
/** A part costs a fraction of a millisecond to begin; the last one is waited for. */
const mostPart = 8 << 20;
/** For each thread: one that starts late, or is held up by other work of the machine, is not waited for long. */
const partsPerThread = 4;

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
  if (!isFlac(info) || (dtype === 'int16' && info.bitsPerSample > 16)) return undefined;
  const checksMd5 = verify === true && info.md5 !== undefined;
  const hash = checksMd5 && (!planar || info.channels === 1) ? sampleHash(info, dtype) : undefined;
  if (checksMd5 && hash === undefined) return undefined;
  const parts = await cutForThreads(source, uri, info, options);
  if (parts === undefined) return undefined;
  const { from } = parts[0]!;
  const frames = parts.at(-1)!.to - from;
  if (frames > mostExpectedFrames(source.byteLength)) return undefined;
  const size = source.byteLength;
  const input = version === undefined ? (await resolveInputs([uri]))[0]! : { uri, size, version };
  if (input.size !== size) return undefined;

  const memory = share(frames * info.channels * sampleBytes(dtype));
  if (memory === undefined) return undefined;
  const samples = samplesIn(dtype, memory);
  const { channels, sampleRate } = info;
  let hashed = 0;
  const hashOn = (receipts: readonly FlacPartReceipt[]) => {
    for (; receipts[hashed] !== undefined; hashed++) {
      const part = parts[hashed]!;
      hash?.add(samples.subarray((part.from - from) * channels, (part.to - from) * channels));
    }
  };
  // One thread can hash, no more: this one, while the others decode.
  const how = hash === undefined ? { workers, short: true } : { workers: workers - 1, short: false, onPart: hashOn };
  const settings: FlacPartOptions = { info, dtype, planar, memory, from };
  const receipts = await runParts<FlacPartReceipt>(flacPartModule, unitsOf(parts, input), settings, { ...how, stop });
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
  // Every cut in an object costs a request.
  const mostBytes = isRemote(uri) ? Number.POSITIVE_INFINITY : mostPart;
  return cutFlac(source, info, { from, to, parts: workers * partsPerThread, leastBytes, mostBytes });
}

export function unitsOf(parts: readonly FlacPart[], input: InputStamp): readonly FlacPartUnit[] {
  return parts.map((part, i) => ({ id: `${i}`, input, part }));
}

export function isFlac(info: AudioInfo): info is FlacInfo {
  return info.format === 'flac' && 'streamInfo' in info;
}

function share(bytes: number): SharedArrayBuffer | undefined {
  try {
    const memory = new SharedArrayBuffer(bytes);
    willFill(memory);
    return memory;
  } catch {
    return undefined;
  }
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
  units: readonly FlacPartUnit[],
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
    for await (const end of runUnits<FlacPartUnit, R>(module, units, options, context, workers, { short })) {
      stop?.throwIfAborted();
      if (!('receipt' in end) || !end.receipt.whole) return undefined;
      receipts[Number(end.unit.id)] = end.receipt;
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
    const isSure = kind === 'sample-rate' || (kind === 'trailing-bytes' && frames !== undefined);
    if (!isSure) return undefined;
    notes.set(kind, { kind, text });
  }
  const order = ['trailing-bytes', 'sample-rate'];
  return [...notes.values()].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}
