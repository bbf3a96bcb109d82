/** Finds the footer of an ArrayRecord file and says in which chunk each record is. */

import type { ByteSource } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { chunkEntries, chunkFault, type NativeFinding, native, needBytes } from '../../native/native.ts';
import { lastStartingBy } from '../../search.ts';
import { blockBytes } from '../sniff/riegeli-signature.ts';
import { chunkError } from './array-record-faults.ts';
import { isArrayRecordFile } from './array-record-sniff.ts';

export interface ArrayRecordIndex {
  readonly records: number;
  /** What the writer stored about its options; undefined in files from before October 2022. */
  readonly options: string | undefined;
  readonly footerOffset: number;
  /** Offset, decoded size and number of records of each data chunk, in file order. */
  readonly chunks: Float64Array;
  /** Number of the first record of each chunk; undefined where every chunk but the last holds `groupSize`. */
  readonly starts: Float64Array | undefined;
  /** Records of the first chunk; 1 in an empty file. */
  readonly groupSize: number;
}

/** Reads the last 64 KiB and the footer, and nothing else. */
export async function readArrayRecordIndex(source: ByteSource): Promise<ArrayRecordIndex> {
  return await readFooterAt(source, await findFooter(source));
}

/** Where the postscript says that the footer is. */
export async function findFooter(source: ByteSource): Promise<number> {
  const { name, byteLength } = source;
  if (byteLength < 2 * blockBytes || byteLength % blockBytes !== 0) throw await noFooter(source);
  const tail = byteLength - blockBytes;
  const footerOffset = native().arrayRecordPostscript(await source.read(tail, blockBytes), tail, byteLength);
  if (typeof footerOffset === 'number') return footerOffset;
  // Whatever ails the last chunk, what is missing is the postscript.
  throw (await isArrayRecordFile(source)) ? chunkError('find the footer', name, footerOffset) : foreign(source);
}

/** The footers of most files are read in one request; of a longer one its own header tells how long it is, and not who points to it. */
const firstLook = 1 << 20;

export async function readFooterAt(source: ByteSource, footerOffset: number): Promise<ArrayRecordIndex> {
  const { name, byteLength } = source;
  const most = byteLength - footerOffset;
  const tail = byteLength - blockBytes;
  let length = Math.min(firstLook, tail > footerOffset ? tail - footerOffset : most);
  let footer = native().arrayRecordFooter(await source.read(footerOffset, length), footerOffset, byteLength);
  while ('fault' in footer && footer.fault === needBytes && footer.a - footerOffset > length) {
    length = Math.min(footer.a - footerOffset, most);
    footer = native().arrayRecordFooter(await source.read(footerOffset, length), footerOffset, byteLength);
  }
  if ('fault' in footer) throw chunkError('read the footer', name, footer);
  return {
    records: footer.records,
    options: footer.options,
    footerOffset,
    chunks: footer.index,
    ...grouping(footer.index),
  };
}

async function noFooter(source: ByteSource): Promise<BowerbirdError> {
  if (!(await isArrayRecordFile(source))) return foreign(source);
  const { name, byteLength } = source;
  const expected =
    byteLength < 2 * blockBytes ? `at least ${2 * blockBytes} bytes` : `a multiple of ${blockBytes} bytes`;
  const message =
    `Cannot find the footer of "${name}": expected ${expected}, found ${byteLength}; was the writer closed, and is the file whole? ` +
    '"bowerbird repair" rebuilds it';
  return new BowerbirdError('TRUNCATED', message, { source: name, offset: byteLength });
}

function foreign({ name }: ByteSource): BowerbirdError {
  const message = `Cannot read "${name}": expected an ArrayRecord file, found no signature of one`;
  return new BowerbirdError('UNSUPPORTED', message, { source: name, offset: 0 });
}

function grouping(chunks: Float64Array): { starts: Float64Array | undefined; groupSize: number } {
  const count = chunkEntries.count(chunks);
  const groupSize = count === 0 ? 1 : chunkEntries.records(chunks, 0);
  let uniform = true;
  for (let i = 0; i < count && uniform; i++) {
    const records = chunkEntries.records(chunks, i);
    uniform = i < count - 1 ? records === groupSize : records <= groupSize;
  }
  return { groupSize, starts: uniform ? undefined : prefixSums(chunks, count) };
}

function prefixSums(chunks: Float64Array, count: number): Float64Array {
  const starts = new Float64Array(count);
  for (let i = 0, at = 0; i < count; i++) {
    starts[i] = at;
    at += chunkEntries.records(chunks, i);
  }
  return starts;
}

/** REQUIRES: 0 <= record < index.records */
export function chunkOf({ starts, groupSize }: ArrayRecordIndex, record: number): number {
  if (starts === undefined) return Math.floor(record / groupSize);
  return lastStartingBy(starts.length, (chunk) => starts[chunk]!, record);
}

export function firstRecordOf({ starts, groupSize }: ArrayRecordIndex, chunk: number): number {
  return starts === undefined ? chunk * groupSize : starts[chunk]!;
}

export const chunkCount = ({ chunks }: ArrayRecordIndex): number => chunkEntries.count(chunks);
export const chunkOffset = ({ chunks }: ArrayRecordIndex, chunk: number): number => chunkEntries.offset(chunks, chunk);
export const decodedSize = ({ chunks }: ArrayRecordIndex, chunk: number): number =>
  chunkEntries.decodedSize(chunks, chunk);
export const recordsIn = ({ chunks }: ArrayRecordIndex, chunk: number): number => chunkEntries.records(chunks, chunk);

/** Where the chunk ends at the latest: behind it may be padding. */
export function chunkBound(index: ArrayRecordIndex, chunk: number): number {
  return chunk + 1 < chunkCount(index) ? chunkOffset(index, chunk + 1) : index.footerOffset;
}

/** Where its chunks of records begin, in order, and the footer. */
export function placesOf(index: ArrayRecordIndex): Float64Array {
  const count = chunkCount(index);
  return Float64Array.from({ length: count + 1 }, (_, i) => (i < count ? chunkOffset(index, i) : index.footerOffset));
}

/** What chunks are decoded from: a local file in the addon, or any ByteSource. */
export interface ChunkSource {
  /** Decodes chunks (ascending) into `out`, one behind the other; the lengths of their records. */
  decode(chunks: Float64Array, out: Uint8Array): Promise<Float64Array | NativeFinding>;
  /** The first records of one chunk, as many as `out` holds; the fault needWhole where that cannot be told before all are decoded. */
  decodeFirst(chunk: number, out: Uint8Array): Promise<Float64Array | NativeFinding>;
  /** All of one chunk on this thread, where that needs no waiting: null where it does. Undefined stands for one record. */
  decodeNow(chunk: number, out: Uint8Array): Float64Array | undefined | NativeFinding | null;
  close(): Promise<void>;
}

/** Adjacent chunks of a source that is not local are fetched in one request of about this size. */
const requestBytes = 8 << 20;

export function chunksOfSource(source: ByteSource, index: ArrayRecordIndex): ChunkSource {
  return {
    decodeNow: () => null,
    close: () => source.close(),
    async decodeFirst(chunk, out) {
      const begin = chunkOffset(index, chunk);
      const bytes = await source.read(begin, chunkBound(index, chunk) - begin);
      const decoded = native().arrayRecordChunk(bytes, begin, source.byteLength, out.length);
      if ('fault' in decoded) return decoded.fault === needBytes ? mismatch(index, chunk, 0) : decoded;
      out.set(decoded.values);
      return decoded.lengths;
    },
    async decode(chunks, out) {
      const lengths: Float64Array[] = [];
      let at = 0;
      for (let i = 0; i < chunks.length; ) {
        let next = i + 1;
        const begin = chunkOffset(index, chunks[i]!);
        let end = chunkBound(index, chunks[i]!);
        while (next < chunks.length && chunks[next] === chunks[next - 1]! + 1 && end - begin < requestBytes) {
          end = chunkBound(index, chunks[next++]!);
        }
        const bytes = await source.read(begin, end - begin);
        for (; i < next; i++) {
          const offset = chunkOffset(index, chunks[i]!);
          const decoded = native().arrayRecordChunk(bytes.subarray(offset - begin), offset, source.byteLength);
          if ('fault' in decoded) return decoded.fault === needBytes ? mismatch(index, chunks[i]!, 0) : decoded;
          if (!isAsIndexed(decoded.values.length, decoded.lengths.length, index, chunks[i]!)) {
            return mismatch(index, chunks[i]!, decoded.lengths.length);
          }
          out.set(decoded.values, at);
          at += decoded.values.length;
          lengths.push(decoded.lengths);
        }
      }
      return concat(lengths);
    },
  };
}

function isAsIndexed(bytes: number, records: number, index: ArrayRecordIndex, chunk: number): boolean {
  return bytes === decodedSize(index, chunk) && records === recordsIn(index, chunk);
}

function mismatch(index: ArrayRecordIndex, chunk: number, found: number): NativeFinding {
  return { fault: chunkFault.indexMismatch, offset: chunkOffset(index, chunk), a: recordsIn(index, chunk), b: found };
}

function concat(parts: readonly Float64Array[]): Float64Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Float64Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
