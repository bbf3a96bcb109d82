/** Batches of entries of an LMDB file: views of one block of memory each, the next one filled while the caller works on this one. */

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
  const places = placesOf(batchBytes, reuse);
  let filled = 0;
  const fill = (): Promise<Filled> => takenUpLater(fillOne(entries, source, places(filled++), blocking));
  try {
    let first = 0;
    for (let next: Promise<Filled> | undefined = fill(); next !== undefined; ) {
      stop?.throwIfAborted();
      const { block, rows, batch }: Filled = await next;
      const { count, finding, done }: NativeLmdbBatch = batch;
      // What is not used again is as large as it has to be.
      const own = reuse ? rows : rows.slice(0, count * entryLength);
      next = !done && finding === null ? fill() : undefined;
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
  /** Of at least so many bytes. */
  block(atLeast: number): Uint8Array;
  readonly rows: Uint32Array;
}

interface Filled {
  readonly block: Uint8Array;
  readonly rows: Uint32Array;
  readonly batch: NativeLmdbBatch;
}

/** Two by turns where they are used again, since one is filled while the other is in use. */
function placesOf(batchBytes: number, reuse: boolean): (batch: number) => Place {
  const blocks: (Uint8Array | undefined)[] = [];
  const rows = Array.from({ length: reuse ? 2 : 1 }, () => new Uint32Array(mostRows * entryLength));
  return (batch) => ({
    rows: rows[batch % rows.length]!,
    block(atLeast) {
      const kept = blocks[batch % 2];
      if (kept !== undefined && kept.length >= atLeast) return kept;
      const block = allocate(Math.max(batchBytes, atLeast));
      if (reuse) blocks[batch % 2] = block;
      return block;
    },
  });
}

async function fillOne(entries: LmdbEntries, source: string, place: Place, blocking: boolean): Promise<Filled> {
  const { rows } = place;
  for (let atLeast = 0; ; ) {
    const block = place.block(atLeast);
    const batch = blocking
      ? attempt('read', source, () => entries.nextNow(block, rows))
      : await waitFor(source, entries.next(block, rows));
    if (batch.count > 0 || batch.done || batch.finding !== null) return { block, rows, batch };
    atLeast = batch.needed;
    if (atLeast > mostDecoded) throw tooLarge(source, atLeast);
  }
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
