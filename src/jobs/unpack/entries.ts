/** The entries of a shard in the order of their keys, and behind damage those that can still be found. */

import type { Stop } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { keyText, utf8Of } from '../../formats/lmdb/key-text.ts';
import type { OnError } from '../../on-error.ts';
import type { LmdbReader } from '../../records/lmdb-reader.ts';
import { nextKey } from './keys.ts';

export type ShardEntry =
  /** Views that die at the next step. */
  | { readonly kind: 'entry'; readonly key: Uint8Array; readonly value: Uint8Array }
  /** `key`: null where it is not known. `entries`: how many are lost with it, where it ends here. */
  | { readonly kind: 'lost'; readonly key: string | null; readonly entries: number; readonly error: BowerbirdError };

export interface EntriesOptions {
  /** Which errors are an entry that is lost, not the end. */
  readonly isLoss: (error: BowerbirdError) => boolean;
  readonly stop: Stop;
}

/** A key of several values, or a database inside, is as intact as the sample beside it. */
export function isLossOfEntry(error: BowerbirdError, onError: OnError): boolean {
  if (onError === 'fail') return false;
  return error.code === 'UNSUPPORTED' || (isDamage(error) && onError === 'salvage');
}

export function isDamage({ code }: BowerbirdError): boolean {
  return code === 'CORRUPT' || code === 'TRUNCATED';
}

/** As many in all, the lost ones too, as the file says. */
export async function* shardEntries(
  reader: LmdbReader,
  { isLoss, stop }: EntriesOptions,
): AsyncGenerator<ShardEntry, void, void> {
  let last: Uint8Array | undefined;
  let met = 0;
  /** Where reading was to go on, and how far it had come: no second time from the same place. */
  let tried = '';
  for (let from: Uint8Array | undefined = new Uint8Array(0); from !== undefined; ) {
    try {
      for await (const batch of reader.batches({ from, reuse: true, stop })) {
        for (let i = 0; i < batch.count; i++) {
          met += 1;
          yield { kind: 'entry', key: batch.key(i), value: batch.value(i) };
        }
        last = batch.key(batch.count - 1).slice();
      }
      return yield* missing(reader, met, isLoss);
    } catch (error) {
      if (!(error instanceof BowerbirdError) || !isLoss(error)) throw error;
      const place: string = `${met} ${from === undefined ? '' : Buffer.from(from).toString('latin1')}`;
      const isStuck = place === tried;
      tried = place;
      from = undefined;
      for await (const entry of lostBehind(reader, last, {
        error,
        left: entriesLeft(reader, met),
        isStuck,
        isLoss,
        stop,
      })) {
        if (entry instanceof Uint8Array) from = entry;
        else {
          met += entry.entries;
          last = entry.key === null ? last : Buffer.from(entry.key);
          yield entry;
        }
      }
    }
  }
}

/** What damage has hidden without being seen itself: a number in the header tells of it. */
function* missing(reader: LmdbReader, met: number, isLoss: EntriesOptions['isLoss']): Generator<ShardEntry> {
  const { count, source } = reader;
  if (met === count) return;
  const message = `Cannot read all entries of "${source}": expected ${count}, as its header says, found ${met}`;
  const error = new BowerbirdError('CORRUPT', message, { source });
  if (!isLoss(error)) throw error;
  if (met < count) yield { kind: 'lost', key: null, entries: count - met, error };
}

/** The header may be what is damaged. */
function entriesLeft({ count, stat }: LmdbReader, met: number): number {
  return Math.max(0, Math.min(count, Math.floor(stat.fileSize / leastEntry)) - met);
}

/** Of bytes: a node without key or value, and where it begins. */
const leastEntry = 10;

interface Behind extends EntriesOptions {
  readonly error: BowerbirdError;
  /** Entries that nobody has seen yet. */
  readonly left: number;
  /** The next entry can be found by its key, and is not read nonetheless. */
  readonly isStuck: boolean;
}

/**
 * Entries that are lost behind `last`, then the key from which reading goes on. A damaged value is behind a key that can be read. A damaged page of
 * the tree hides keys; where these are numbered, each is asked for until one is found.
 */
async function* lostBehind(
  reader: LmdbReader,
  last: Uint8Array | undefined,
  { error, left, isStuck, isLoss, stop }: Behind,
): AsyncGenerator<Extract<ShardEntry, { kind: 'lost' }> | Uint8Array> {
  const key = await keyBehind(reader, last);
  const name = key === undefined ? undefined : utf8Of(key);
  if (key !== undefined) {
    const failure = lossOf(reader, key, isLoss) ?? (isStuck ? error : undefined);
    if (failure === undefined) return yield key;
    yield { kind: 'lost', key: name ?? keyText(key), entries: 1, error: failure };
    return yield behind(key);
  }
  const start = last === undefined ? undefined : utf8Of(last);
  let lost = 0;
  for (let step = 1; start !== undefined && lost < left && step <= left; step++) {
    stop.throwIfAborted();
    const next = nextKey(start, step);
    if (next === undefined) break;
    const found = valueOrLoss(reader, next, isLoss);
    if (found === 'there') return yield Buffer.from(next);
    if (found === 'none') continue;
    lost += 1;
    yield { kind: 'lost', key: next, entries: 1, error: found };
  }
  if (lost < left) yield { kind: 'lost', key: null, entries: left - lost, error };
}

/** The first key behind one that was read, where the pages that lead to it are sound. */
async function keyBehind(reader: LmdbReader, last: Uint8Array | undefined): Promise<Uint8Array | undefined> {
  try {
    const from = last === undefined ? new Uint8Array(0) : behind(last);
    for await (const key of reader.keys({ from, batchBytes: 1 << 16 })) return key.slice();
  } catch (error) {
    if (!(error instanceof BowerbirdError)) throw error;
  }
  return undefined;
}

/** The least key that is greater. */
function behind(key: Uint8Array): Uint8Array {
  return Buffer.concat([key, new Uint8Array(1)]);
}

function valueOrLoss(
  reader: LmdbReader,
  key: string | Uint8Array,
  isLoss: EntriesOptions['isLoss'],
): 'there' | 'none' | BowerbirdError {
  try {
    return reader.getNow(key) === undefined ? 'none' : 'there';
  } catch (error) {
    if (error instanceof BowerbirdError && isLoss(error)) return error;
    throw error;
  }
}

function lossOf(reader: LmdbReader, key: Uint8Array, isLoss: EntriesOptions['isLoss']): BowerbirdError | undefined {
  const found = valueOrLoss(reader, key, isLoss);
  return typeof found === 'string' ? undefined : found;
}

/**
 * Values of keys that a walk has met, in the order of `keys`. Damage beside an entry that was met on the way from one to the next may hide it from
 * whoever asks for it by its key: then all are met once more. Undefined for what is no longer there.
 */
export async function valuesOf(
  reader: LmdbReader,
  keys: readonly Uint8Array[],
  options: EntriesOptions,
): Promise<(Uint8Array | undefined)[]> {
  try {
    const values = await reader.getMany(keys);
    if (!values.includes(undefined)) return values;
  } catch (error) {
    if (!(error instanceof BowerbirdError) || !isDamage(error)) throw error;
  }
  const text = (key: Uint8Array) => Buffer.from(key).toString('latin1');
  const wanted = new Map<string, number[]>();
  for (const [i, key] of keys.entries()) wanted.set(text(key), [...(wanted.get(text(key)) ?? []), i]);
  const values: (Uint8Array | undefined)[] = keys.map(() => undefined);
  let left = keys.length;
  for await (const entry of shardEntries(reader, options)) {
    const i = entry.kind === 'entry' ? wanted.get(text(entry.key))?.shift() : undefined;
    if (entry.kind !== 'entry' || i === undefined) continue;
    values[i] = entry.value.slice();
    left -= 1;
    if (left === 0) break;
  }
  return values;
}
