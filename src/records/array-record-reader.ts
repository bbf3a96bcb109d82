/** ArrayRecordReader: the records of one ArrayRecord file by number, in batches, or one after another. */

import { type ByteSource, isByteSource, type Stop } from '../bytes.ts';
import { BowerbirdError } from '../errors.ts';
import { chunkError } from '../formats/records/array-record-faults.ts';
import {
  type ArrayRecordIndex,
  type ChunkSource,
  chunkCount,
  chunkOf,
  chunkOffset,
  chunksOfSource,
  decodedSize,
  firstRecordOf,
  readArrayRecordIndex,
  recordsIn,
} from '../formats/records/array-record-index.ts';
import { chunkFault, type NativeFinding } from '../native/native.ts';
import { attempt, nativeError } from '../native/native-errors.ts';
import { checkArgument, checkPath, integer, isIterable, optional, readOptions, show, usage } from '../options.ts';
import { takenUpLater } from '../promises.ts';
import { openSource } from '../storage/source.ts';
import { isRemote } from '../storage/uri.ts';
import { allocate, mostDecoded, openLocalChunks } from './array-record-source.ts';

const defaultBatchBytes = 4 << 20;
/** A chunk above this is never decoded on the caller's thread, nor kept. */
const smallChunk = 1 << 20;

export interface ArrayRecordBatch {
  /** Number of the first record. */
  readonly from: number;
  /** Views of memory that is never written again: keep them as long as you like. */
  readonly records: readonly Uint8Array[];
}

export interface ArrayRecordBatchesOptions {
  /** First record. Default 0. */
  readonly from?: number;
  /** The record behind the last. Default: all. */
  readonly to?: number;
  /** About how many bytes of records a batch holds; a chunk is never cut. Default 4 MiB. */
  readonly batchBytes?: number;
  /** Stops between batches. */
  readonly signal?: AbortSignal;
}

interface DecodedChunk {
  readonly chunk: number;
  readonly values: Uint8Array;
  /** Where each record begins, and the end of the last. */
  readonly edges: Float64Array;
}

/**
 * Reads only what it is asked for: the last 64 KiB and the footer at open(), then the chunks of the records. Every hash is verified.
 * Reads may run at the same time; each thread opens a reader of its own.
 *
 * @example
 * const reader = await ArrayRecordReader.open('train-00000-of-00016.arrayrecord');
 * const record = await reader.read(reader.length - 1);
 * for await (const { records } of reader.batches({ from: 1000, to: 2000 })) consume(records);
 * await reader.close();
 */
export class ArrayRecordReader {
  /** Path or URI. */
  readonly source: string;
  readonly #index: ArrayRecordIndex;
  #chunks: ChunkSource | undefined;
  #last: DecodedChunk | undefined;

  private constructor(source: string, index: ArrayRecordIndex, chunks: ChunkSource) {
    this.source = source;
    this.#index = index;
    this.#chunks = chunks;
  }

  /**
   * Opens a file under a path or URI, or anything that can read ranges of bytes; the reader closes it.
   *
   * @throws BowerbirdError UNSUPPORTED for another format, TRUNCATED without a footer, CORRUPT_RECORD, NOT_FOUND, IO
   */
  static async open(source: string | ByteSource): Promise<ArrayRecordReader> {
    if (typeof source === 'string') {
      checkPath(source, 'ArrayRecordReader.open()');
      if (!isRemote(source)) return ArrayRecordReader.#openLocal(source);
      return ArrayRecordReader.open(await openSource(source));
    }
    checkArgument(source, isByteSource, 'a path, a URI or a byte source', 'ArrayRecordReader.open()');
    try {
      const index = await readArrayRecordIndex(source);
      return new ArrayRecordReader(source.name, index, chunksOfSource(source, index));
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  static async #openLocal(path: string): Promise<ArrayRecordReader> {
    const local = openLocalChunks(path);
    try {
      const index = await readArrayRecordIndex(local.bytes);
      return new ArrayRecordReader(path, index, local.chunks(index));
    } catch (error) {
      await local.bytes.close();
      throw error;
    }
  }

  /** Number of records. */
  get length(): number {
    return this.#index.records;
  }

  /** The options that the writer stored, such as "group_size:1,...,zstd:3,..."; undefined in old files. */
  get options(): string | undefined {
    return this.#index.options;
  }

  /** Records in each chunk but the last. */
  get groupSize(): number {
    return this.#index.groupSize;
  }

  /** Where the chunks are. */
  get index(): ArrayRecordIndex {
    return this.#index;
  }

  /** One record. The bytes are the caller's. */
  async read(record: number): Promise<Uint8Array> {
    this.#check(record);
    const chunk = chunkOf(this.#index, record);
    if (recordsIn(this.#index, chunk) === 1) return this.#readSingle(chunk, record);
    let decoded = this.#last;
    if (decoded?.chunk !== chunk) {
      decoded = await this.#decodeChunk(chunk, record);
      if (decoded.values.length <= smallChunk) this.#last = decoded;
    }
    // A copy, so that one record does not hold its whole chunk in memory.
    return recordOf(decoded, record - firstRecordOf(this.#index, chunk)).slice();
  }

  /** Records in the order of `numbers`, which may repeat. */
  async readMany(numbers: Iterable<number>): Promise<Uint8Array[]> {
    checkArgument(numbers, isIterable, 'a list of numbers', 'readMany()');
    const wanted = [...numbers];
    for (const record of wanted) this.#check(record);
    const chunkOfEach = wanted.map((record) => chunkOf(this.#index, record));
    const chunks = Float64Array.from(new Set(chunkOfEach)).sort();
    const places = new Map<number, number[]>();
    chunkOfEach.forEach((chunk, i) => {
      const at = places.get(chunk);
      if (at === undefined) places.set(chunk, [i]);
      else at.push(i);
    });
    const found: Uint8Array[] = new Array(wanted.length);
    // Two at a time, unless one is a giant: one is decoded while the other's records are handed out.
    const runs = [...this.#runs(chunks, defaultBatchBytes)];
    const take = async (next: Iterator<Float64Array>) => {
      for (let run = next.next(); run.done !== true; run = next.next()) {
        for (const decoded of await this.#decodeRun(run.value)) this.#handOut(decoded, places, wanted, found);
      }
    };
    const shared = runs[Symbol.iterator]();
    const together = runs.every((run) => this.#isWithin(run, defaultBatchBytes)) ? 2 : 1;
    await Promise.all(Array.from({ length: together }, () => take(shared)));
    return found;
  }

  /** Records in file order, a batch of a few megabytes at a time; the next batch is on its way while the caller works on this one. */
  async *batches(options: ArrayRecordBatchesOptions = {}): AsyncGenerator<ArrayRecordBatch> {
    const shape = {
      from: integer(0, Number.MAX_SAFE_INTEGER, 0),
      to: integer(0, Number.MAX_SAFE_INTEGER, undefined),
      batchBytes: integer(1, 1 << 30, defaultBatchBytes),
      signal: optional<Stop>('an AbortSignal', (v) => typeof (v as Stop | null)?.throwIfAborted === 'function'),
    };
    const given = readOptions(options, shape, 'batches()');
    const [from, to] = [given.from, given.to ?? this.length];
    if (from > to || to > this.length) {
      throw usage(
        `Cannot read records ${from} to ${to} of "${this.source}": expected a range within 0 to ${this.length}`,
      );
    }
    if (from === to) return;
    const last = chunkOf(this.#index, to - 1);
    const runs = [...this.#runs(range(chunkOf(this.#index, from), last + 1), given.batchBytes)];
    const start = (i: number) => takenUpLater(this.#decodeRun(runs[i]!));
    // A chunk that is larger than a batch takes its memory alone.
    const isSmall = (i: number) => this.#isWithin(runs[i]!, given.batchBytes);
    let next: ReturnType<typeof start> | undefined;
    for (let i = 0; i < runs.length; i++) {
      given.signal?.throwIfAborted();
      const run = await (next ?? start(i));
      next = i + 1 < runs.length && isSmall(i) && isSmall(i + 1) ? start(i + 1) : undefined;
      yield this.#cutBatch(run, from, to);
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const { records } of this.batches()) yield* records;
  }

  /** Safe to call twice. Reads that are under way end in peace. */
  async close(): Promise<void> {
    const chunks = this.#chunks;
    this.#chunks = undefined;
    this.#last = undefined;
    await chunks?.close();
  }

  /** close(), for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #open(): ChunkSource {
    if (this.#chunks === undefined) throw usage(`Cannot read "${this.source}": the reader is closed`);
    return this.#chunks;
  }

  #check(record: number): void {
    if (Number.isInteger(record) && record >= 0 && record < this.length) return;
    const expected = this.length === 0 ? 'it holds none' : `expected 0 to ${this.length - 1}`;
    throw new BowerbirdError('USAGE', `Cannot read record ${show(record)} of "${this.source}": ${expected}`, {
      source: this.source,
    });
  }

  async #readSingle(chunk: number, record: number): Promise<Uint8Array> {
    const values = allocate(this.#decodedSize(chunk));
    if (values.length <= smallChunk) {
      const lengths = attempt('read', this.source, () => this.#open.decodeNow(chunk, values));
      if (lengths === undefined) return values;
      if (lengths !== null && 'fault' in lengths) throw this.#error(lengths, record);
    }
    this.#expectLengths(await this.#decodeInto(Float64Array.of(chunk), values), record);
    return values;
  }

  async #decodeChunk(chunk: number, record: number): Promise<DecodedChunk> {
    const values = allocate(this.#decodedSize(chunk));
    let lengths: Float64Array | undefined | NativeFinding | null = null;
    if (values.length <= smallChunk) lengths = attempt('read', this.source, () => this.#open.decodeNow(chunk, values));
    lengths ??= await this.#decodeInto(Float64Array.of(chunk), values);
    return { chunk, values, edges: edgesOf(this.#expectLengths(lengths, record)) };
  }

  /** A run of chunks into one block of memory. */
  async #decodeRun(chunks: Float64Array): Promise<DecodedChunk[]> {
    let total = 0;
    for (const chunk of chunks) total += this.#decodedSize(chunk);
    const values = allocate(total);
    const lengths = this.#expectLengths(await this.#decodeInto(chunks, values), undefined);
    const decoded: DecodedChunk[] = [];
    let [at, record] = [0, 0];
    for (const chunk of chunks) {
      const [bytes, count] = [decodedSize(this.#index, chunk), recordsIn(this.#index, chunk)];
      const edges = edgesOf(lengths.subarray(record, record + count));
      decoded.push({ chunk, values: values.subarray(at, at + bytes), edges });
      at += bytes;
      record += count;
    }
    return decoded;
  }

  #isWithin(chunks: Float64Array, most: number): boolean {
    return chunks.length !== 1 || decodedSize(this.#index, chunks[0]!) <= most;
  }

  /** Chunk numbers in order, cut so that a run decodes to about `most` bytes. */
  *#runs(chunks: Float64Array, most: number): Generator<Float64Array> {
    for (let i = 0; i < chunks.length; ) {
      const start = i;
      let bytes = decodedSize(this.#index, chunks[i++]!);
      while (i < chunks.length && bytes + decodedSize(this.#index, chunks[i]!) <= most) {
        bytes += decodedSize(this.#index, chunks[i++]!);
      }
      yield chunks.subarray(start, i);
    }
  }

  #handOut(
    decoded: DecodedChunk,
    places: ReadonlyMap<number, number[]>,
    wanted: readonly number[],
    found: Uint8Array[],
  ): void {
    const first = firstRecordOf(this.#index, decoded.chunk);
    const at = places.get(decoded.chunk)!;
    // Where a few records of a large chunk are wanted, they are copied, so that they do not hold all of it in memory.
    const copies = 2 * at.length < recordsIn(this.#index, decoded.chunk);
    for (const i of at) {
      const record = recordOf(decoded, wanted[i]! - first);
      found[i] = copies ? record.slice() : record;
    }
  }

  #cutBatch(run: readonly DecodedChunk[], from: number, to: number): ArrayRecordBatch {
    const records: Uint8Array[] = [];
    const start = Math.max(from, firstRecordOf(this.#index, run[0]!.chunk));
    for (const decoded of run) {
      const first = firstRecordOf(this.#index, decoded.chunk);
      const end = Math.min(to - first, decoded.edges.length - 1);
      for (let i = Math.max(0, from - first); i < end; i++) records.push(recordOf(decoded, i));
    }
    return { from: start, records };
  }

  #decodedSize(chunk: number): number {
    const size = decodedSize(this.#index, chunk);
    if (size <= mostDecoded) return size;
    throw chunkError('read a chunk', this.source, {
      fault: chunkFault.tooLarge,
      offset: chunkOffset(this.#index, chunk),
      a: size,
      b: 0,
    });
  }

  async #decodeInto(chunks: Float64Array, out: Uint8Array): Promise<Float64Array | NativeFinding> {
    try {
      return await this.#open.decode(chunks, out);
    } catch (error) {
      throw nativeError('read', this.source, error);
    }
  }

  #expectLengths(lengths: Float64Array | undefined | NativeFinding, record: number | undefined): Float64Array {
    if (lengths === undefined) return Float64Array.of();
    if ('fault' in lengths) throw this.#error(lengths, record);
    return lengths;
  }

  #error(finding: NativeFinding, record: number | undefined): BowerbirdError {
    const chunk = chunkAt(this.#index, finding.offset);
    const number = record ?? firstRecordOf(this.#index, chunk);
    return chunkError(`read record ${number}`, this.source, finding, number);
  }
}

function recordOf({ values, edges }: DecodedChunk, i: number): Uint8Array {
  return values.subarray(edges[i], edges[i + 1]);
}

function edgesOf(lengths: Float64Array): Float64Array {
  const edges = new Float64Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i++) edges[i + 1] = edges[i]! + lengths[i]!;
  return edges;
}

function range(from: number, to: number): Float64Array {
  return Float64Array.from({ length: to - from }, (_, i) => from + i);
}

function chunkAt(index: ArrayRecordIndex, offset: number): number {
  for (let i = 0; i < chunkCount(index); i++) {
    if (chunkOffset(index, i) === offset) return i;
  }
  return 0;
}
