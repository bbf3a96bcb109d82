/** LMDB files, looked into and checked. LMDB has no checksums: what can be checked is that all pages fit together, and that values can be read. */

import { addCount, SharedStop } from '../../counters.ts';
import { BowerbirdError } from '../../errors.ts';
import { explainLmdbFinding } from '../../formats/lmdb/faults.ts';
import { glimpseLmdb } from '../../formats/lmdb/glimpse.ts';
import type { LmdbStat } from '../../native/native.ts';
import type { Damage } from '../../records/damage.ts';
import { LmdbReader } from '../../records/lmdb-reader.ts';
import { openSource } from '../../storage/source.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { isRemote } from '../../storage/uri.ts';
import type { UnitContext } from '../engine/types.ts';
import { FieldStats, type FieldSummary, isSample, readValue } from './lmdb-fields.ts';
import type { Inspected, InspectSettings, Verified } from './work.ts';

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

/** A page that is not sound, or an entry whose value cannot be read. */
export interface DamagedPage extends Damage {
  /** Null where it is a value. */
  readonly page: number | null;
  /** Of the entry, where it is a value. */
  readonly key: string | null;
}

/** What is odd about a file that is sound. */
export interface LmdbNote {
  readonly fault: 'leaked-pages' | 'unread-values' | 'refused-values' | 'long-keys' | 'unlisted-damage';
  readonly reason: string;
}

export interface VerifiedLmdb extends Verified {
  readonly format: 'lmdb';
  /** Entries that could be read. */
  readonly records: number;
  readonly payloadBytes: number;
  /** Places that are damaged: `damaged` lists the first two hundred pages, and a hundred values. */
  readonly faults: number;
  readonly damaged: readonly DamagedPage[];
  readonly notes: readonly LmdbNote[];
}

const mostValues = 100;

export async function inspect(source: string, settings: InspectSettings): Promise<InspectedLmdb> {
  if (isRemote(source)) return inspectRemote(source);
  const reader = await LmdbReader.open(source);
  const stats = new FieldStats();
  const { signal, all, limit } = settings;
  let firstKey: string | null = null;
  let damage: DamagedPage | undefined;
  let unlooked: string | undefined;
  try {
    for await (const batch of reader.batches({ reuse: true, stop: signal })) {
      for (let i = 0; i < batch.count && (all || stats.values < limit); i++) {
        const key = keyText(batch.key(i));
        firstKey ??= key;
        stats.add(key, batch.value(i), source);
      }
      if (!all && stats.values >= limit) break;
    }
  } catch (error) {
    if (!(error instanceof BowerbirdError) || error.offset === undefined) throw error;
    const { code, message: reason, offset } = error;
    if (code === 'UNSUPPORTED') unlooked = reason;
    else damage = { page: Math.floor(offset / reader.stat.pageSize), key: null, offset, length: 0, code, reason };
  } finally {
    await reader.close();
  }
  const { values: inspected } = stats;
  const told = { inspected, complete: inspected === reader.count, firstKey, ...stats.summary() };
  return {
    ...factsOf(source, reader.stat),
    ...told,
    ...(damage && { damage }),
    ...(unlooked !== undefined && { unlooked }),
  };
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

function keyText(key: Uint8Array): string {
  return Buffer.from(key).toString('utf8');
}

export async function verify(input: InputStamp, { shared }: UnitContext): Promise<VerifiedLmdb> {
  const { uri: source, size } = input;
  const findings = new LmdbFindings(size);
  const facts = () => ({ source, format: 'lmdb', size, ...findings.told() }) as const;
  if (isRemote(source)) {
    const message = `Cannot verify "${source}": expected an LMDB file of this machine, whose pages are read in no order; copy it here first`;
    return { ...facts(), ok: false, error: new BowerbirdError('UNSUPPORTED', message, { source }).toJSON() };
  }
  let reader: LmdbReader;
  try {
    reader = await LmdbReader.open(source);
  } catch (error) {
    if (!(error instanceof BowerbirdError)) throw error;
    // A format that is not read cannot be judged.
    if (error.code !== 'CORRUPT' && error.code !== 'TRUNCATED') return { ...facts(), ok: false, error: error.toJSON() };
    findings.unsound(error);
    return { ...facts(), ok: false };
  }
  try {
    const report = await reader.verify({ shared });
    for (const finding of report.findings) {
      const { code, reason } = explainLmdbFinding(finding);
      const { page, offset } = finding;
      findings.add({ page, key: null, offset, length: Math.min(reader.stat.pageSize, size - offset), code, reason });
    }
    findings.faults = report.faults;
    if (report.leakedPages > 0) {
      const where = `the first is page ${report.firstLeaked}`;
      findings.note(
        'leaked-pages',
        `Pages that are neither in use nor free: ${report.leakedPages}, ${where}; lost space, no damage`,
      );
    }
    if (report.longKeys > 0) {
      findings.note('long-keys', `Keys of more than the 511 bytes that LMDB takes by default: ${report.longKeys}`);
    }
    await readValues(reader, findings, shared);
  } finally {
    await reader.close();
  }
  return { ...facts(), ok: findings.faults === 0 };
}

/** Every value, as far as the pages lead to it. */
async function readValues(reader: LmdbReader, findings: LmdbFindings, shared: SharedArrayBuffer): Promise<void> {
  const { pageSize } = reader.stat;
  try {
    for await (const batch of reader.batches({ reuse: true, stop: new SharedStop(shared) })) {
      let behindFirst = 0;
      for (let i = 0; i < batch.count; i++) {
        const value = batch.value(i);
        findings.value(batch.key(i), value, reader.source);
        // The walk counted the pages of the tree, and the first of each large value.
        if (value.length > pageSize) behindFirst += value.length - pageSize;
      }
      addCount(shared, 'records', batch.count);
      addCount(shared, 'bytes', behindFirst);
    }
  } catch (error) {
    if (!(error instanceof BowerbirdError) || error.code === 'INTERRUPTED') throw error;
    if (error.code === 'UNSUPPORTED') findings.note('unread-values', error.message);
    else if (findings.faults === 0) findings.unsound(error);
  }
}

function noSample(source: string): BowerbirdError {
  return new BowerbirdError('BAD_SCHEMA', 'Expected a pickle or MessagePack, found neither', { source });
}

class LmdbFindings {
  faults = 0;
  readonly #size: number;
  readonly #damaged: DamagedPage[] = [];
  readonly #notes: LmdbNote[] = [];
  #records = 0;
  #bytes = 0;
  #values = 0;
  #refused: { readonly first: string; count: number } | undefined;
  #unknown = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(damage: DamagedPage): void {
    this.#damaged.push(damage);
  }

  note(fault: LmdbNote['fault'], reason: string): void {
    this.#notes.push({ fault, reason });
  }

  /** Found where the file was opened, or read. */
  unsound({ code, message: reason, offset = 0 }: BowerbirdError): void {
    this.faults++;
    this.add({ page: null, key: null, offset, length: Math.max(0, this.#size - offset), code, reason });
  }

  value(key: Uint8Array, value: Uint8Array, source: string): void {
    const name = keyText(key);
    try {
      if (!isSample(name)) this.#unknown++;
      else if (readValue(value, source) === undefined) throw noSample(source);
    } catch (error) {
      if (!(error instanceof BowerbirdError)) throw error;
      const { code, message: reason } = error;
      if (code !== 'UNSUPPORTED') {
        this.faults++;
        if (this.#values++ < mostValues)
          this.add({ page: null, key: name, offset: 0, length: value.length, code, reason });
        return;
      }
      this.#refused ??= { first: `${name}: ${reason}`, count: 0 };
      this.#refused.count++;
    }
    this.#records++;
    this.#bytes += value.length;
  }

  told() {
    const notes = [...this.#notes];
    const unlisted = this.faults - this.#damaged.length;
    if (unlisted > 0) {
      notes.push({ fault: 'unlisted-damage', reason: `Places that are damaged and not listed: ${unlisted}` });
    }
    if (this.#refused !== undefined) {
      const { count, first } = this.#refused;
      notes.push({
        fault: 'refused-values',
        reason: `Samples that hold more than plain data, and are not read: ${count}, the first ${first}`,
      });
    }
    if (this.#unknown > 0) {
      const reason = `Values whose keys are not those of samples (sample_00000000): ${this.#unknown}; only that their pages are sound is known`;
      notes.push({ fault: 'unread-values', reason });
    }
    return { records: this.#records, payloadBytes: this.#bytes, faults: this.faults, damaged: this.#damaged, notes };
  }
}
