/** Batches of entries of an LMDB file: views of one block of memory each, the next two filled while the caller works on this one. */

import type { Stop } from '../bytes.ts';
import { BowerbirdError } from '../errors.ts';
import { lmdbError, lmdbFindings } from '../formats/lmdb/faults.ts';
import { type LmdbEntries, type LmdbFile, lmdbEntryColumn, type NativeLmdbBatch, native } from '../native/native.ts';
import { attempt, nativeError } from '../native/native-errors.ts';
import { takenUpLater } from '../promises.ts';
import { allocate, mostDecoded } from './array-record-source.ts';

export interface LmdbBatchesOptions {
  /** Begins at the first key that is not less. A text is taken as UTF-8. */
  readonly from?: string | Uint8Array;
  /** About how many bytes of the file a batch holds; a larger value is a batch of its own. Default 1 MiB. */
  readonly batchBytes?: number;
  /** A batch ends when the next one is asked for: its memory is used again, and fresh memory costs as much as reading. Default false. */
  readonly reuse?: boolean;
  /** Read on the thread of the caller, which waits. Default false. */
  readonly blocking?: boolean;
  /** Looked at between batches. */
  readonly stop?: Stop | undefined;
}

/** What stays in the cache of a processor between whoever fills it and whoever reads it. */
const usualBatch = 1 << 20;
const mostRows = 16_384;
/** Two threads copy faster than one, and none waits until this one has asked for more. */
const mostAhead = 2;
/** A value of more has a block of its own, and others begin with the usual size again. */
const mostKept = 16 << 20;

const { key, keySize, value, valueSize, entryLength } = lmdbEntryColumn;

/** Entries that stand beside each other in the order of keys. */
export class LmdbBatch {
  /** Number of the first entry, counted from where reading began. */
  readonly first: number;
  readonly count: number;
  /** The block: keys, values and what stands between them. */
  readonly bytes: Uint8Array;
  readonly #rows: Uint32Array;

  /** `rows`: {@link lmdbEntryColumn} of each entry. */
  constructor(first: number, bytes: Uint8Array, rows: Uint32Array, count: number) {
    this.first = first;
    this.count = count;
    this.bytes = bytes;
    this.#rows = rows;
  }

  /** A view of the block. REQUIRES: i < count */
  key(i: number): Uint8Array {
    return this.#view(i, key, keySize);
  }

  /** A view of the block: it keeps all of that in memory. REQUIRES: i < count */
  value(i: number): Uint8Array {
    return this.#view(i, value, valueSize);
  }

  /** Where the value begins in `bytes`: a view costs more than to read a small value. REQUIRES: i < count */
  valueBegin(i: number): number {
    return this.#rows[i * entryLength + value]!;
  }

  valueSize(i: number): number {
    return this.#rows[i * entryLength + valueSize]!;
  }

  #view(i: number, begin: number, size: number): Uint8Array {
    const at = this.#rows[i * entryLength + begin]!;
    return this.bytes.subarray(at, at + this.#rows[i * entryLength + size]!);
  }
}

/** `values`: else batches hold keys alone. */
export async function* lmdbBatches(
  file: LmdbFile,
  source: string,
  values: boolean,
  { from = '', batchBytes = usualBatch, reuse = false, blocking = false, stop }: LmdbBatchesOptions,
): AsyncGenerator<LmdbBatch> {
  const start = typeof from === 'string' ? Buffer.from(from) : from;
  const entries = new (native().LmdbEntries)(file, start, values);
  const places = new Places(batchBytes, reuse, blocking ? 1 : mostAhead);
  const fill = () => takenUpLater(fillOne(entries, source, places.next(), blocking));
  const ahead: Promise<Filled>[] = [];
  try {
    for (let [first, ended] = [0, false]; ; ) {
      stop?.throwIfAborted();
      while (!ended && ahead.length < places.ahead) ahead.push(fill());
      const next = ahead.shift();
      if (next === undefined) return;
      const { block, rows, batch }: Filled = await next;
      const { count, finding, done, needed }: NativeLmdbBatch = batch;
      if (needed > 0) {
        // Those behind it got nothing.
        await Promise.all(ahead.splice(0));
        if (needed > mostDecoded) throw tooLarge(source, needed);
        places.need(needed);
        entries.goOn();
        continue;
      }
      // What is not used again is as large as it has to be.
      const own = reuse ? rows : rows.slice(0, count * entryLength);
      ended ||= done || finding !== null;
      if (!ended) ahead.push(fill());
      if (count > 0) yield new LmdbBatch(first, block, own, count);
      first += count;
      if (finding !== null) throw lmdbError(`read entry ${first} of`, source, lmdbFindings(finding)[0]!);
    }
  } finally {
    entries.close();
  }
}

/** Memory for a batch. */
interface Place {
  readonly block: Uint8Array;
  readonly rows: Uint32Array;
}

interface Filled extends Place {
  readonly batch: NativeLmdbBatch;
}

/** Where batches go: by turns where memory is used again, one in use while others are filled. */
class Places {
  /** So many are filled beside the one in use. */
  readonly ahead: number;
  #bytes: number;
  readonly #reuse: boolean;
  readonly #blocks: (Uint8Array | undefined)[] = [];
  readonly #rows: Uint32Array[];
  #turn = 0;
  readonly #usual: number;

  constructor(bytes: number, reuse: boolean, ahead: number) {
    this.#bytes = bytes;
    this.#reuse = reuse;
    this.ahead = ahead;
    this.#usual = bytes;
    this.#rows = Array.from({ length: ahead + 1 }, () => new Uint32Array(mostRows * entryLength));
  }

  next(): Place {
    const turn = this.#turn++ % this.#rows.length;
    const kept = this.#blocks[turn];
    const block = kept !== undefined && kept.length >= this.#bytes ? kept : allocate(this.#bytes);
    if (this.#reuse) this.#blocks[turn] = block;
    if (this.#bytes > mostKept) this.#bytes = this.#usual;
    return { block, rows: this.#rows[turn]! };
  }

  /** Others may be as large, but for giants. */
  need(bytes: number): void {
    this.#bytes = Math.max(this.#bytes, bytes);
  }
}

async function fillOne(entries: LmdbEntries, source: string, place: Place, blocking: boolean): Promise<Filled> {
  const { block, rows } = place;
  const batch = blocking
    ? attempt('read', source, () => entries.nextNow(block, rows))
    : await waitFor(source, entries.next(block, rows));
  return { block, rows, batch };
}

async function waitFor<T>(source: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw nativeError('read', source, error);
  }
}

export function tooLarge(source: string, bytes: number): BowerbirdError {
  const message = `Cannot read "${source}": a value takes ${bytes} bytes of memory, more than half of this machine's, or than 4 GiB`;
  return new BowerbirdError('UNSUPPORTED', message, { source });
}
