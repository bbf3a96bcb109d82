/** A long FLAC file in parts, one thread each: where it is cut, how the parts are done, and when one thread has to do the file after all. */

import type { ByteSource } from '../../bytes.ts';
import { createShared, requestStop } from '../../counters.ts';
import { BowerbirdError, isShortage, isThreadTrouble, isVerdict } from '../../errors.ts';
import type { AudioInfo, AudioNote } from '../../formats/audio/audio.ts';
import { type AudioShape, isShaped, planShape } from '../../formats/audio/shape.ts';
import type { FlacInfo } from '../../formats/flac/flac.ts';
import { cutFlac, type FlacPart } from '../../formats/flac/parts.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { isRemote } from '../../storage/uri.ts';
import type { RunUnits, WorkLength } from '../engine/job.ts';
import type { FlacPartReceipt, FlacPartUnit } from './flac-part-unit.ts';

/** Decoded in a millisecond; a part costs a fraction of one to begin. To start a thread takes as long as to decode a file of eight or sixteen. */
const leastPart = 1 << 20;

export interface CutOptions extends AudioShape {
  readonly workers: number;
  /** Compressed bytes that are not worth a part of their own. For tests. */
  readonly leastBytes?: number | undefined;
}

/** Undefined where it is not worth it, and for a shape that makes other samples of those in the file. */
export async function cutForThreads(
  source: ByteSource,
  uri: string,
  info: FlacInfo,
  options: CutOptions,
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

export interface PartsOfFile {
  readonly parts: readonly FlacPart[];
  readonly input: InputStamp;
}

/** Where the parts begin, and how much they are together. REQUIRES: there are some */
export function rangeOf(parts: readonly FlacPart[]): { readonly from: number; readonly frames: number } {
  const from = Math.min(...parts.map((part) => part.from));
  const to = Math.max(...parts.map((part) => part.to));
  return { from, frames: to - from };
}

export interface PartsRun<R> {
  readonly runUnits: RunUnits;
  /** Those that take the parts. */
  readonly threads: number;
  readonly work: WorkLength;
  readonly stop?: AbortSignal | undefined;
  /** Told why one thread has to do it, where that was an error. */
  readonly onGivenUp?: ((error: unknown) => void) | undefined;
  /** Told of all that are there whenever one more is, each in its place. */
  readonly onPart?: (receipts: readonly R[]) => void;
}

/** In the order of the parts; undefined as soon as one of them shows that one thread has to do the file. */
export async function runParts<R extends FlacPartReceipt>(
  module: string,
  file: PartsOfFile,
  options: object,
  { runUnits, threads, work, stop, onPart, onGivenUp }: PartsRun<R>,
): Promise<readonly R[] | undefined> {
  const shared = createShared();
  const onAbort = () => requestStop(shared);
  stop?.addEventListener('abort', onAbort);
  try {
    stop?.throwIfAborted();
    const receipts: R[] = [];
    const units = unitsOf(file, onPart === undefined ? Math.min(threads, file.parts.length) : undefined);
    const ends = runUnits<FlacPartUnit, readonly R[]>(module, units, options, { shared, outDir: '' }, { work });
    for await (const end of ends) {
      stop?.throwIfAborted();
      if ('error' in end) throw end.error;
      for (const receipt of end.receipt) {
        if (!receipt.whole) return undefined;
        receipts[receipt.index] = receipt;
      }
      onPart?.(receipts);
    }
    return receipts;
  } catch (error) {
    if (!isForOneThread(error)) throw error;
    onGivenUp?.(error);
    return undefined;
  } finally {
    stop?.removeEventListener('abort', onAbort);
  }
}

/**
 * What one thread that begins anew may do better: judge what is wrong with the file, of which it alone tells the place, or fills it with silence;
 * do without threads that the system refused, or took away; and with fewer open files, and less memory, than many. All else, a full disk or an
 * input that changed, it would only meet again.
 */
export function isForOneThread(error: unknown): boolean {
  return isVerdict(error) || isScarcity(error);
}

/** Threads, open files or memory: what was missing at this moment. */
export function isScarcity(error: unknown): boolean {
  return isThreadTrouble(error) || (error instanceof BowerbirdError && isShortage(error));
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
