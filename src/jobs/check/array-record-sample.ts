/** The first records of an ArrayRecord file, or all, past chunks that are damaged: what `inspect` looks at. */

import type { Stop } from '../../bytes.ts';
import { chunkError, explainFinding } from '../../formats/records/array-record-faults.ts';
import {
  type ArrayRecordIndex,
  type ChunkSource,
  chunkBound,
  chunkCount,
  chunkOffset,
  decodedSize,
  firstRecordOf,
  recordsIn,
} from '../../formats/records/array-record-index.ts';
import { chunkFault, type NativeFinding } from '../../native/native.ts';
import { nativeError } from '../../native/native-errors.ts';
import { allocate, mostDecoded } from '../../records/array-record-source.ts';
import type { DamagedChunk } from '../../records/array-record-survey.ts';

/** Decoded in one call. Records of no bytes would else make a run without end. */
const runBytes = 1 << 20;
const runChunks = 4096;
/** Of a chunk that decodes to more, the records in so many of its bytes are looked at, where not all are wanted. */
const partBytes = 16 << 20;

export interface SampleSettings {
  readonly source: string;
  /** How many records are wanted; undefined for all. */
  readonly limit: number | undefined;
  readonly stop: Stop | undefined;
  readonly onDamage: (damage: DamagedChunk) => void;
}

/** One run of chunks is in memory at a time. Yields records in file order; behind a chunk of which only the first were looked at it ends. */
export async function* firstRecords(
  chunks: ChunkSource,
  index: ArrayRecordIndex,
  { source, limit, stop, onDamage }: SampleSettings,
): AsyncGenerator<readonly Uint8Array[]> {
  const count = chunkCount(index);
  let left = limit ?? Number.POSITIVE_INFINITY;
  for (let chunk = 0; chunk < count && left > 0; ) {
    stop?.throwIfAborted();
    const end = endOfRun(index, chunk, left);
    const isPart = limit !== undefined && decodedSize(index, chunk) > partBytes;
    const some = isPart ? await firstOf(chunks, index, chunk, source) : undefined;
    for (const records of some ?? (await recordsOf(chunks, index, chunk, end, source, onDamage))) {
      yield records.slice(0, left);
      left -= records.length;
    }
    if (some !== undefined) return;
    chunk = end;
  }
}

function endOfRun(index: ArrayRecordIndex, from: number, wanted: number): number {
  let end = from + 1;
  let bytes = decodedSize(index, from);
  let records = recordsIn(index, from);
  while (end < chunkCount(index) && end - from < runChunks && records < wanted) {
    bytes += decodedSize(index, end);
    if (bytes > runBytes) break;
    records += recordsIn(index, end++);
  }
  return end;
}

/** Undefined where the chunk has to be decoded whole: its first record is a giant, or it is transposed, or damaged. */
async function firstOf(chunks: ChunkSource, index: ArrayRecordIndex, chunk: number, source: string) {
  const values = allocate(partBytes);
  const lengths = await attemptDecoding(source, () => chunks.decodeFirst(chunk, values));
  if (!('fault' in lengths))
    return lengths.length === 0 && recordsIn(index, chunk) > 0 ? undefined : [cut(values, lengths)];
  return undefined;
}

/** Of chunks `from` to `end`, a list for each that is intact, or one for all. */
async function recordsOf(
  chunks: ChunkSource,
  index: ArrayRecordIndex,
  from: number,
  end: number,
  source: string,
  onDamage: (damage: DamagedChunk) => void,
): Promise<Uint8Array[][]> {
  const decoded = await decode(chunks, index, from, end, source);
  if (!('fault' in decoded)) return [decoded];
  const { code, reason } = explainFinding(decoded);
  // What cannot be read here is no damage.
  if (code === 'UNSUPPORTED') throw chunkError('inspect', source, decoded);
  if (end - from > 1) {
    const intact: Uint8Array[][] = [];
    for (let chunk = from; chunk < end; chunk++) {
      intact.push(...(await recordsOf(chunks, index, chunk, chunk + 1, source, onDamage)));
    }
    return intact;
  }
  const offset = chunkOffset(index, from);
  const [length, record, records] = [
    chunkBound(index, from) - offset,
    firstRecordOf(index, from),
    recordsIn(index, from),
  ];
  onDamage({ chunk: from, record, records, offset, length, code, reason });
  return [];
}

async function decode(
  chunks: ChunkSource,
  index: ArrayRecordIndex,
  from: number,
  end: number,
  source: string,
): Promise<Uint8Array[] | NativeFinding> {
  const run = Float64Array.from({ length: end - from }, (_, i) => from + i);
  const bytes = run.reduce((sum, chunk) => sum + decodedSize(index, chunk), 0);
  if (bytes > mostDecoded) return { fault: chunkFault.tooLarge, offset: chunkOffset(index, from), a: bytes, b: 0 };
  const values = allocate(bytes);
  const lengths = await attemptDecoding(source, () => chunks.decode(run, values));
  return 'fault' in lengths ? lengths : cut(values, lengths);
}

async function attemptDecoding<T>(source: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw nativeError('read', source, error);
  }
}

function cut(values: Uint8Array, lengths: Float64Array): Uint8Array[] {
  let at = 0;
  return Array.from(lengths, (length) => {
    at += length;
    return values.subarray(at - length, at);
  });
}
