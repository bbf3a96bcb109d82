/** LMDB files, looked into. */

import { BowerbirdError } from '../../errors.ts';
import { glimpseLmdb } from '../../formats/lmdb/glimpse.ts';
import type { LmdbStat } from '../../native/native.ts';
import { LmdbReader } from '../../records/lmdb-reader.ts';
import { openSource } from '../../storage/source.ts';
import { isRemote } from '../../storage/uri.ts';
import { FieldStats, type FieldSummary, keyText } from './lmdb-fields.ts';
import type { DamagedPage } from './lmdb-verify.ts';
import type { Inspected, InspectSettings } from './work.ts';

export type { DamagedPage, LmdbNote, VerifiedLmdb } from './lmdb-verify.ts';

export interface InspectedLmdb extends Inspected {
  readonly format: 'lmdb';
  /** Entries of the main database. */
  readonly records: number;
  /** Values looked at: of a file over a network none. */
  readonly inspected: number;
  /** Every value was looked at. */
  readonly complete: boolean;
  /** Of those. */
  readonly payloadBytes: number;
  readonly pageSize: number;
  /** The number of the last transaction. */
  readonly transaction: number;
  /** Levels of the tree; 0 for an empty one. */
  readonly depth: number;
  readonly pages: { readonly branch: number; readonly leaf: number; readonly overflow: number };
  readonly firstKey: string | null;
  /** Values looked at by their form, and how many of them cannot be read: verify() says why. */
  readonly forms: { readonly pickle: number; readonly msgpack: number; readonly other: number };
  readonly unread: number;
  /** Of those that are dicts. */
  readonly fields: readonly FieldSummary[];
  /** Set where names beyond the first thousand are left out of `fields`. */
  readonly moreFields?: true;
  /** First damage met, if any. */
  readonly damage?: DamagedPage;
  /** Why values were not looked at, where that is no damage. */
  readonly unlooked?: string;
}

export { verify } from './lmdb-verify.ts';

export async function inspect(source: string, settings: InspectSettings): Promise<InspectedLmdb> {
  if (isRemote(source)) return inspectRemote(source);
  const reader = await LmdbReader.open(source);
  const stats = new FieldStats();
  try {
    const { firstKey, damage, unlooked } = await lookAtValues(reader, stats, settings);
    const { values: inspected } = stats;
    return {
      ...factsOf(source, reader.stat),
      ...{ inspected, complete: inspected === reader.count, firstKey, ...stats.summary() },
      ...(damage && { damage }),
      ...(unlooked !== undefined && { unlooked }),
    };
  } finally {
    await reader.close();
  }
}

export interface LookedAt {
  readonly firstKey: string | null;
  readonly damage?: DamagedPage;
  readonly unlooked?: string;
}

/** Adds values to `stats` until these hold `limit`, or all of them. */
export async function lookAtValues(
  reader: LmdbReader,
  stats: FieldStats,
  { signal, all, limit }: InspectSettings,
): Promise<LookedAt> {
  let firstKey: string | null = null;
  try {
    for await (const batch of reader.batches({ reuse: true, stop: signal })) {
      for (let i = 0; i < batch.count && (all || stats.values < limit); i++) {
        const key = keyText(batch.key(i));
        firstKey ??= key;
        stats.add(key, batch.value(i), reader.source);
      }
      if (!all && stats.values >= limit) break;
    }
  } catch (error) {
    if (!(error instanceof BowerbirdError) || error.offset === undefined) throw error;
    const { code, message: reason, offset } = error;
    if (code === 'UNSUPPORTED') return { firstKey, unlooked: reason };
    const page = Math.floor(offset / reader.stat.pageSize);
    return { firstKey, damage: { page, key: null, offset, length: 0, code, reason } };
  }
  return { firstKey };
}

/** A few small reads: the values stay where they are. */
async function inspectRemote(source: string): Promise<InspectedLmdb> {
  const file = await openSource(source);
  try {
    const { stat, first } = await glimpseLmdb(file);
    const firstKey = first[0] === undefined ? null : keyText(first[0].key);
    const told = { inspected: 0, complete: stat.main.entries === 0, firstKey, ...new FieldStats().summary() };
    const unlooked = stat.main.entries === 0 ? {} : { unlooked: 'Values are not read over a network' };
    return { ...factsOf(source, stat), ...told, ...unlooked };
  } finally {
    await file.close();
  }
}

function factsOf(source: string, { fileSize: size, pageSize, transaction, main }: LmdbStat) {
  const { entries: records, depth, branchPages: branch, leafPages: leaf, overflowPages: overflow } = main;
  const pages = { branch, leaf, overflow };
  return { source, format: 'lmdb', size, records, pageSize, transaction, depth, pages } as const;
}
