/** LmdbReader: the entries of a local LMDB file in the order of their keys, values by their keys, and whether the file is sound. */

import { createShared, interrupted, requestStop } from '../counters.ts';
import { BowerbirdError } from '../errors.ts';
import { type LmdbFinding, lmdbError, lmdbFindings } from '../formats/lmdb/faults.ts';
import {
  type LmdbFile,
  type LmdbGetOutcome,
  type LmdbStat,
  lmdbGetColumn,
  lmdbGetOutcome,
  type NativeLmdbFindings,
  type NativeLmdbPlaces,
  type NativeLmdbReport,
  native,
} from '../native/native.ts';
import { attempt, nativeError } from '../native/native-errors.ts';
import { checkFile } from '../storage/local/regular-file.ts';
import { allocate, mostDecoded } from './array-record-source.ts';
import { type LmdbBatch, type LmdbBatchesOptions, lmdbBatches, tooLarge } from './lmdb-batches.ts';

export interface LmdbEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** What a walk over all pages found. */
export interface LmdbReport extends Omit<NativeLmdbReport, 'findings' | 'stopped'> {
  /** The first 200 of them. */
  readonly findings: readonly LmdbFinding[];
}

/** Memory for a value of which nothing is known yet, and the most that is held out in the hope that the next one is as large. */
const leastGuessed = 512;
const mostGuessed = 1 << 20;

/** Small values share their memory: to make it costs more than to fill it. */
const [mostPooled, poolBytes] = [4096, 1 << 16];

/** Values that are read together are of one block of memory up to this size. */
const mostTogether = 1 << 26;

/**
 * Reads data format v1 (LMDB 0.9, 64-bit little-endian) as it was when the file was opened. No lock is taken and none is heeded: a writer that
 * is at work may make a read fail, and never ends the process. Each thread opens a reader of its own.
 */
export class LmdbReader {
  readonly source: string;
  readonly stat: LmdbStat;
  #file: LmdbFile | undefined;
  readonly #answer = new Float64Array(lmdbGetColumn.getLength);
  #guess = leastGuessed;
  #pool: Uint8Array = new Uint8Array(0);
  #pooled = 0;

  private constructor(source: string, file: LmdbFile, stat: LmdbStat) {
    this.source = source;
    this.stat = stat;
    this.#file = file;
  }

  /**
   * `path` is that of the file: "shard_00000/data.mdb".
   *
   * @throws BowerbirdError UNSUPPORTED for other formats, each by its name, and for what is no LMDB file; TRUNCATED, CORRUPT, NOT_FOUND, IO
   */
  static async open(path: string): Promise<LmdbReader> {
    checkFile(path);
    const file = attempt('open', path, () => new (native().LmdbFile)(path));
    const stat = file.stat();
    if (!isFindings(stat)) return new LmdbReader(path, file, stat);
    file.close();
    throw lmdbError('open', path, lmdbFindings(stat)[0]!);
  }

  /** Entries of the main database. */
  get count(): number {
    return this.stat.main.entries;
  }

  /** The value of a key, undefined where there is none. The bytes are the caller's; small values share their memory. A text is taken as UTF-8. */
  async get(key: string | Uint8Array): Promise<Uint8Array | undefined> {
    const file = this.#open();
    const answer = new Float64Array(lmdbGetColumn.getLength);
    for (let out = this.#memory(); ; out = this.#allocate(answer[lmdbGetColumn.getBegin]!)) {
      const outcome = await this.#wait(file.get(key, out, answer));
      if (outcome !== lmdbGetOutcome.tooLarge) return this.#valueOf(key, outcome, out, answer);
    }
  }

  /** The same on this thread, which waits for the disk: where every processor has a thread that reads. */
  getNow(key: string | Uint8Array): Uint8Array | undefined {
    const file = this.#open();
    const answer = this.#answer;
    for (let out = this.#memory(); ; out = this.#allocate(answer[lmdbGetColumn.getBegin]!)) {
      const outcome = this.#attempt(() => file.getNow(key, out, answer));
      if (outcome !== lmdbGetOutcome.tooLarge) return this.#valueOf(key, outcome, out, answer);
    }
  }

  /** Values in the order of `keys`. Small ones share their memory. */
  async getMany(keys: readonly (string | Uint8Array)[]): Promise<(Uint8Array | undefined)[]> {
    const file = this.#open();
    const asked = packed(keys);
    const places = this.#placesOf(keys, await this.#wait(file.locate(asked.bytes, asked.lengths)));
    const values: (Uint8Array | undefined)[] = [];
    for (let first = 0; first < keys.length; ) {
      let [bytes, last] = [0, first];
      do bytes += places[2 * last++ + 1]!;
      while (last < keys.length && bytes + places[2 * last + 1]! <= mostTogether);
      const block = this.#allocate(bytes);
      if (bytes > 0) await this.#wait(file.read(places.subarray(2 * first, 2 * last), block));
      for (let at = 0; first < last; first++) {
        const size = places[2 * first + 1]!;
        values.push(places[2 * first] === 0 ? undefined : block.subarray(at, at + size));
        at += size;
      }
    }
    return values;
  }

  /**
   * All entries in the order of their keys, or from one on, about a megabyte at a time; the next two batches are read while the caller works on
   * this one. Entries before damage are given, then it is thrown.
   *
   * @throws BowerbirdError CORRUPT, TRUNCATED; UNSUPPORTED at a key with several values and at a named database; IO
   */
  async *batches(options: LmdbBatchesOptions = {}): AsyncGenerator<LmdbBatch> {
    yield* lmdbBatches(this.#open(), this.source, true, options);
  }

  /** The same one by one: the key and the value are the caller's. */
  async *entries(options: Omit<LmdbBatchesOptions, 'reuse'> = {}): AsyncGenerator<LmdbEntry> {
    for await (const batch of this.batches(options)) {
      for (let i = 0; i < batch.count; i++) yield { key: batch.key(i), value: batch.value(i) };
    }
  }

  /** The keys alone; values are not read. */
  async *keys(options: Omit<LmdbBatchesOptions, 'reuse'> = {}): AsyncGenerator<Uint8Array> {
    for await (const batch of lmdbBatches(this.#open(), this.source, false, options)) {
      for (let i = 0; i < batch.count; i++) yield batch.key(i);
    }
  }

  /**
   * Walks every page but those behind the first of a value, on another thread. Bytes are counted in `shared` (src/counters.ts), whose flag
   * stops the walk, as `signal` does.
   *
   * @throws BowerbirdError INTERRUPTED, IO. What is wrong with the file is in the report
   */
  async verify(options: { shared?: SharedArrayBuffer; signal?: AbortSignal } = {}): Promise<LmdbReport> {
    const { shared = createShared(), signal } = options;
    if (signal?.aborted) throw interrupted(signal.reason);
    const stop = () => requestStop(shared);
    signal?.addEventListener('abort', stop);
    try {
      const { findings, stopped, ...rest } = await this.#wait(this.#open().verify(new Uint8Array(shared)));
      if (stopped) throw interrupted(signal?.reason);
      return { findings: lmdbFindings(findings), ...rest };
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  async close(): Promise<void> {
    this.#file?.close();
    this.#file = undefined;
  }

  #open(): LmdbFile {
    if (this.#file !== undefined) return this.#file;
    throw new BowerbirdError('USAGE', `Cannot read "${this.source}": the reader is closed`, { source: this.source });
  }

  #attempt<T>(work: () => T): T {
    return attempt('read', this.source, work);
  }

  async #wait<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw nativeError('read', this.source, error);
    }
  }

  /** Values of a file are mostly of one size: as much as the last one took. */
  #memory(): Uint8Array {
    const size = this.#guess;
    if (size > mostPooled) return allocate(size);
    if (this.#pool.length - this.#pooled < size) [this.#pool, this.#pooled] = [allocate(poolBytes), 0];
    const out = this.#pool.subarray(this.#pooled, this.#pooled + size);
    this.#pooled += size;
    return out;
  }

  /** Of the memory that was held out, or a copy where that is much larger. */
  #valueOf(
    key: string | Uint8Array,
    outcome: LmdbGetOutcome,
    out: Uint8Array,
    answer: Float64Array,
  ): Uint8Array | undefined {
    const { getBegin, getSize, getFinding, getLength } = lmdbGetColumn;
    if (outcome === lmdbGetOutcome.none) return undefined;
    if (outcome === lmdbGetOutcome.finding) {
      throw this.#notFound(key, Float64Array.from(answer.subarray(getFinding, getLength)));
    }
    const [begin, size] = [answer[getBegin]!, answer[getSize]!];
    this.#guess = Math.min(Math.max(begin + size, leastGuessed), mostGuessed);
    return 2 * size >= out.length ? out.subarray(begin, begin + size) : out.slice(begin, begin + size);
  }

  #allocate(bytes: number): Uint8Array {
    if (bytes <= mostDecoded) return allocate(bytes);
    throw tooLarge(this.source, bytes);
  }

  #placesOf(keys: readonly (string | Uint8Array)[], { places, finding }: NativeLmdbPlaces): Float64Array {
    if (finding === null) return places;
    throw this.#notFound(keys[places.length / 2]!, finding);
  }

  #notFound(key: string | Uint8Array, finding: NativeLmdbFindings): BowerbirdError {
    const shown = JSON.stringify(typeof key === 'string' ? key : Buffer.from(key).toString());
    return lmdbError(`find key ${shown} in`, this.source, lmdbFindings(finding)[0]!);
  }
}

function isFindings(stat: LmdbStat | NativeLmdbFindings): stat is NativeLmdbFindings {
  return stat instanceof Float64Array;
}

/** Keys one behind the other, and how long each is. */
function packed(keys: readonly (string | Uint8Array)[]): { bytes: Uint8Array; lengths: Float64Array } {
  const bytes = keys.map((key) => (typeof key === 'string' ? Buffer.from(key) : key));
  return { bytes: Buffer.concat(bytes), lengths: Float64Array.from(bytes, ({ length }) => length) };
}
