/** The plan of a pack: which samples each shard holds, and by what a later run knows whether it would hold the same. */

import { createHash } from 'node:crypto';
import type { Stop } from '../../bytes.ts';
import { throwIfAborted } from '../../counters.ts';
import type { RowRange } from '../../samples/parquet/plan.ts';
import type { RowFindings, RowSource } from '../../samples/rows/source.ts';
import type { Spool } from '../../storage/local/spool.ts';
import type { Unit } from '../engine/types.ts';
import type { LookCounts } from '../rows/look.ts';
import { nothingIn, planTable } from '../rows/plan-table.ts';
import type { Spill } from '../rows/spill.ts';
import type { TableRange } from '../rows/table.ts';

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
  const { source, audio, allowOutside, samplesPerShard: rowsPerUnit, spool, spill, signal } = planning;
  const stop: Stop = { throwIfAborted: () => throwIfAborted(signal) };
  const plan = await planTable({ source, audio, allowOutside, rowsPerUnit, spool, spill, stop });
  const { rows, findings, counts, notices } = plan;
  if (rows === 0) throw nothingIn('pack', source.name);
  const labels = known(findings);
  const digits = digitsFor(rows);
  const units = plan.units.map(({ first, offset, bytes, size, digest, objects }, shard): PackUnit => {
    // The first part is what the unit can check when it has read everything.
    const version = [digest, labels, ...(objects === undefined ? [] : [objects])].join('-');
    const unit = packUnit(shard, { first, digits, from: { kind: 'rows', offset, bytes }, size, version });
    return findings.vocabulary === undefined ? unit : { ...unit, vocabulary: findings.vocabulary };
  });
  const { left, leftOut, vocabulary } = findings;
  return { units, findings: { rows, ...counts, left, leftOut, vocabulary: vocabulary ?? null }, notices };
}

function known({ vocabulary }: RowFindings): string {
  return createHash('sha256')
    .update(JSON.stringify(vocabulary ?? null))
    .digest('hex')
    .slice(0, 16);
}
