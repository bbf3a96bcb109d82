/** The plan of a pack: which samples each shard holds, and by what a later run knows whether it would hold the same. */

import { createHash } from 'node:crypto';
import type { Stop } from '../../bytes.ts';
import { throwIfAborted } from '../../counters.ts';
import { BowerbirdError, named } from '../../errors.ts';
import type { RowRange } from '../../samples/parquet/plan.ts';
import type { RowFindings, RowSource, SourceRow } from '../../samples/rows/source.ts';
import type { Spool } from '../../storage/local/spool.ts';
import { recordingUri, shown } from '../../storage/uri.ts';
import type { Unit } from '../engine/types.ts';
import { binOf, hash53 } from '../rows/hash.ts';
import { type LookCounts, RecordingLook } from '../rows/look.ts';
import { listObjects, sightingWidth, statesOfRows } from '../rows/objects.ts';
import { Bins, type Spill } from '../rows/spill.ts';
import { digestOf, eachOf, rowStamp } from '../rows/stamps.ts';
import { cellsOf, type TableRange, tableLine, tableRow } from './table.ts';

/** Where a shard takes its samples from. */
export type ShardInput =
  /** Rows of the table in the state folder. */
  | ({ readonly kind: 'rows' } & TableRange)
  /** A part of a converter. */
  | { readonly kind: 'part'; readonly part: unknown }
  /** Samples that a converter gave already, in a file without a name. */
  | ({ readonly kind: 'spool'; readonly fd: number } & TableRange)
  /** Rows of Parquet files. */
  | { readonly kind: 'parquet'; readonly ranges: readonly RowRange[] };

export interface PackUnit extends Unit {
  readonly outputs: readonly [data: string, lock: string];
  readonly shard: number;
  /** Number of its first sample in all; undefined where samples before it are not counted yet. */
  readonly first: number | undefined;
  /** Of the numbers in keys. */
  readonly digits: number;
  readonly from: ShardInput;
  /** Names of labels in the order of their ids. */
  readonly vocabulary?: readonly string[];
}

/** What the plan found, for the manifest and whoever reports. */
export interface PackFindings extends LookCounts {
  /** Undefined where only making the shards tells. */
  readonly rows: number | undefined;
  /** Columns of which no field is made. */
  readonly left: readonly string[];
  readonly leftOut: readonly string[];
  /** Names of labels in the order of their ids. */
  readonly vocabulary: readonly string[] | null;
}

export interface PackPlan {
  readonly units: readonly PackUnit[];
  readonly findings: PackFindings;
  readonly notices: readonly string[];
}

const leastDigits = 8;
/** Rows between two looks at the signal; looking at files blocks. */
const rowsATurn = 1024;
/** Bins are blocks of numbers: rows of every shard by their order, without an order to keep. */
const only = 0;

export function digitsFor(samples: number): number {
  return Math.max(leastDigits, String(Math.max(0, samples - 1)).length);
}

export function shardName(shard: number): string {
  return `shard_${String(shard).padStart(5, '0')}`;
}

/** `version`: what makes the same shard of the same input. */
export function packUnit(
  shard: number,
  {
    first,
    digits,
    from,
    size,
    version,
  }: Pick<PackUnit, 'first' | 'digits' | 'from'> & { size: number; version: string },
): PackUnit {
  const id = shardName(shard);
  const outputs = [`${id}/data.mdb`, `${id}/lock.mdb`] as const;
  return { id, input: { uri: id, size, version }, outputs, shard, first, digits, from };
}

export interface RowsPlanning {
  readonly source: RowSource;
  readonly audio: string;
  readonly allowOutside: boolean;
  readonly samplesPerShard: number;
  /** Takes the table. */
  readonly spool: Spool;
  /** Open as long as the plan is made. */
  readonly spill: Spill;
  readonly signal: AbortSignal | undefined;
}

/** One pass over the rows. */
export async function planRows(planning: RowsPlanning): Promise<PackPlan> {
  const { source, samplesPerShard, spool, spill, audio, signal } = planning;
  const stop: Stop = { throwIfAborted: () => throwIfAborted(signal) };
  const look = new RecordingLook(audio, planning.allowOutside);
  const stamps = new Bins(spill, 1);
  const sightings = new Bins(spill, sightingWidth);
  const starts: { readonly offset: number; readonly bytes: number }[] = [];
  let rows = 0;
  const take = (found: SourceRow) => {
    const uri = found.audio === '' ? '' : recordingUri(audio, found.audio);
    const row = tableRow(found, uri);
    if (rows % samplesPerShard === 0) starts.push({ offset: spool.length, bytes: look.counts.bytes });
    spool.append(Buffer.from(tableLine(row)));
    stamps.add(only, rowStamp(uri, cellsOf(row), uri === '' ? undefined : look.at(uri)));
    const path = hash53(uri === '' ? `${rows}\0` : uri);
    sightings.add(binOf(path), path, rows, 0);
    rows++;
  };
  for await (const batch of source.rows(stop)) {
    for (const row of batch) {
      take(row);
      if (rows % rowsATurn === 0) await breathe(stop);
    }
  }
  if (rows === 0) throw nothingIn(source.name);
  const findings = source.findings();
  const { remote } = look.counts;
  const listed = remote === 0 ? undefined : await listObjects(audio, rows, spill, stop);
  const states =
    listed &&
    (
      await statesOfRows(
        sightings,
        listed,
        (row) => row,
        spill,
        () => breathe(stop),
      )
    ).blocks(rows);
  const digests = digestsOf(stamps.blocks(only), states, known(findings));
  const digits = digitsFor(rows);
  const end = { offset: spool.length, bytes: look.counts.bytes };
  const units = starts.map(({ offset, bytes: before }, shard): PackUnit => {
    const first = shard * samplesPerShard;
    const count = Math.min(samplesPerShard, rows - first);
    const next = starts[shard + 1] ?? end;
    const bytes = next.offset - offset;
    const size = next.bytes - before;
    const unit = packUnit(shard, {
      first,
      digits,
      from: { kind: 'rows', offset, bytes },
      size,
      version: digests(count),
    });
    return findings.vocabulary === undefined ? unit : { ...unit, vocabulary: findings.vocabulary };
  });
  const { left, leftOut, vocabulary } = findings;
  const counts = look.counts;
  return {
    units,
    findings: { rows, ...counts, left, leftOut, vocabulary: vocabulary ?? null },
    notices: [...findings.notices, ...noticesOf(rows, counts, audio)],
  };
}

/** Of the next `count` rows. The first part is what the unit can check when it has read everything. */
function digestsOf(
  stamps: Iterable<Float64Array>,
  states: Iterable<Float64Array> | undefined,
  known: string,
): (count: number) => string {
  const [ofRows, ofObjects] = [eachOf(stamps), states && eachOf(states)];
  return (count) => {
    const parts = [digestOf(ofRows, count), known];
    if (ofObjects !== undefined) parts.push(digestOf(ofObjects, count).slice(0, 16));
    return parts.join('-');
  };
}

function known({ vocabulary }: RowFindings): string {
  return createHash('sha256')
    .update(JSON.stringify(vocabulary ?? null))
    .digest('hex')
    .slice(0, 16);
}

async function breathe(stop: Stop): Promise<void> {
  stop.throwIfAborted();
  await new Promise((resolve) => setImmediate(resolve));
}

function nothingIn(name: string): BowerbirdError {
  return new BowerbirdError('NOT_FOUND', `Cannot pack "${name}": it has no row`, { source: name });
}

function noticesOf(rows: number, { missing, outside }: LookCounts, audio: string): string[] {
  const notices: string[] = [];
  if (outside > 0) {
    notices.push(
      `${outside} of ${rows} rows name a recording outside of "${shown(audio)}"; ${named('allowOutside')} reads them`,
    );
  }
  if (missing > 0) {
    const hint = missing === rows ? `; is "${shown(audio)}" where their paths begin (${named('audio')})?` : '';
    notices.push(`${missing} of ${rows} rows name a recording that is not there${hint}`);
  }
  return notices;
}
