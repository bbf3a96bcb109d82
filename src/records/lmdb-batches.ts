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
  /** About how many bytes of the file a batch holds; a larger value is a batch of its own. Default 4 MiB. */
  readonly batchBytes?: number;
  /** A batch ends when the next one is asked for: its memory is used again, and fresh memory costs as much as reading. Default false. */
  readonly reuse?: boolean;
  /** Read on the thread of the caller, which waits. Default false. */
  readonly blocking?: boolean;
  /** Looked at between batches. */
  readonly stop?: Stop | undefined;
}

const { key, keySize, value, valueSize, entryLength } = lmdbEntryColumn;

/** Entries that stand beside each other in the order of keys. */
export class LmdbBatch {
  /** Number of the first entry, counted from where reading began. */
  readonly first: number;
  readonly count: number;
  readonly #bytes: Uint8Array;
  readonly #rows: Float64Array;

  constructor(first: number, bytes: Uint8Array, rows: Float64Array) {
    this.first = first;
    this.count = rows.length / entryLength;
    this.#bytes = bytes;
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

  valueSize(i: number): number {
    return this.#rows[i * entryLength + valueSize]!;
  }

  #view(i: number, begin: number, size: number): Uint8Array {
    const at = this.#rows[i * entryLength + begin]!;
    return this.#bytes.subarray(at, at + this.#rows[i * entryLength + size]!);
  }
}

/** `values`: else batches hold keys alone. */
export async function* lmdbBatches(
  file: LmdbFile,
  source: string,
  values: boolean,
  { from = '', batchBytes = 4 << 20, reuse = false, blocking = false, stop }: LmdbBatchesOptions,
): AsyncGenerator<LmdbBatch> {
  const start = typeof from === 'string' ? Buffer.from(from) : from;
  const entries = new (native().LmdbEntries)(file, start, values);
  const blocks = blocksOf(batchBytes, reuse);
  let filled = 0;
  const fill = (): Promise<Filled> => takenUpLater(fillOne(entries, source, blocks(filled++), blocking));
  try {
    let first = 0;
    for (let next: Promise<Filled> | undefined = fill(); next !== undefined; ) {
      stop?.throwIfAborted();
      const given: Filled = await next;
      const { block, batch } = given;
      const more = !batch.done && batch.finding === null;
      next = more ? fill() : undefined;
      if (batch.rows.length > 0) yield new LmdbBatch(first, block, batch.rows);
      first += batch.rows.length / entryLength;
      if (batch.finding !== null) throw lmdbError(`read entry ${first} of`, source, lmdbFindings(batch.finding)[0]!);
    }
  } finally {
    entries.close();
  }
}

interface Filled {
  readonly block: Uint8Array;
  readonly batch: NativeLmdbBatch;
}

/** Memory of at least so many bytes. */
type Take = (atLeast: number) => Uint8Array;

/** Two by turns where they are used again, since one is filled while the other is in use. */
function blocksOf(batchBytes: number, reuse: boolean): (batch: number) => Take {
  const turns: (Uint8Array | undefined)[] = [];
  return (batch) => (atLeast) => {
    const kept = turns[batch % 2];
    if (kept !== undefined && kept.length >= atLeast) return kept;
    const block = allocate(Math.max(batchBytes, atLeast));
    if (reuse) turns[batch % 2] = block;
    return block;
  };
}

async function fillOne(entries: LmdbEntries, source: string, take: Take, blocking: boolean): Promise<Filled> {
  for (let atLeast = 0; ; ) {
    const block = take(atLeast);
    const batch = blocking
      ? attempt('read', source, () => entries.nextNow(block))
      : await waitFor(source, entries.next(block));
    if (batch.rows.length > 0 || batch.done || batch.finding !== null) return { block, batch };
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
