/** LMDB files, checked: that all pages fit together, and that every value can be read. LMDB has no checksums. */

import { addCount, SharedStop } from '../../counters.ts';
import { BowerbirdError } from '../../errors.ts';
import { explainLmdbFinding } from '../../formats/lmdb/faults.ts';
import { type PythonData, PythonFloat } from '../../formats/python/values.ts';
import type { Damage } from '../../records/damage.ts';
import { LmdbReader } from '../../records/lmdb-reader.ts';
import { linkOf } from '../../storage/links.ts';
import { withLocalCopy } from '../../storage/local/copy.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { isRemote } from '../../storage/uri.ts';
import type { UnitContext } from '../engine/types.ts';
import { isSample, keyText, readValue } from './lmdb-fields.ts';
import type { Verified } from './work.ts';

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

/** What the entries that could be reached hold. */
export interface LmdbContents {
  entries: number;
  /** As text; null where there is none. */
  firstKey: string | null;
  lastKey: string | null;
  /** Sum of the field "duration" of samples, and how many have one. */
  duration: number;
  withDuration: number;
}

const mostValues = 100;

/** Pages are read in no order: of an object a copy is made. */
export async function verify(input: InputStamp, context: UnitContext): Promise<VerifiedLmdb> {
  if (!isRemote(input.uri)) return (await verifyContents(input, context)).file;
  const stop = new SharedStop(context.shared);
  return withLocalCopy(linkOf(input), { version: input.version, stop }, async (uri) => {
    const { size, version } = input;
    const { file } = await verifyContents({ uri, size, version }, context);
    // Told of the object, not of its copy.
    return JSON.parse(
      JSON.stringify(file).replaceAll(JSON.stringify(uri).slice(1, -1), JSON.stringify(input.uri).slice(1, -1)),
    );
  });
}

/** Besides what is wrong with a file, what it holds. */
export async function verifyContents(
  { uri: source, size }: InputStamp,
  { shared }: UnitContext,
): Promise<{ readonly file: VerifiedLmdb; readonly contents: LmdbContents }> {
  const findings = new LmdbFindings(size);
  const told = (ok: boolean, more: { readonly error?: VerifiedLmdb['error'] } = {}) => ({
    file: { source, format: 'lmdb', size, ...findings.told(), ok, ...more } as VerifiedLmdb,
    contents: findings.contents,
  });
  let reader: LmdbReader;
  try {
    reader = await LmdbReader.open(source);
  } catch (error) {
    if (!(error instanceof BowerbirdError)) throw error;
    // A format that is not read cannot be judged.
    if (error.code !== 'CORRUPT' && error.code !== 'TRUNCATED') return told(false, { error: error.toJSON() });
    findings.unsound(error);
    return told(false);
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
  return told(findings.faults === 0);
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
  readonly contents: LmdbContents = { entries: 0, firstKey: null, lastKey: null, duration: 0, withDuration: 0 };
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
    this.contents.entries++;
    this.contents.firstKey ??= name;
    this.contents.lastKey = name;
    try {
      if (!isSample(name)) this.#unknown++;
      else this.#sample(readValue(value, source), source);
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

  #sample(data: PythonData | undefined, source: string): void {
    if (data === undefined) throw noSample(source);
    const duration = data instanceof Map ? data.get('duration') : undefined;
    const seconds = duration instanceof PythonFloat ? duration.value : duration;
    if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return;
    this.contents.duration += seconds;
    this.contents.withDuration++;
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
