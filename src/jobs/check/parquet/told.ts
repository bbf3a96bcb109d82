/** What a shard of our own says of itself, held against what it is. */

import { factsKey, readFacts, type ShardFacts } from '../../../samples/parquet/write/shard-facts.ts';
import type { ParquetFindings } from './findings.ts';

/** What our writer says in a file of a dataset: which part of which chunk it is, and of what the chunk was made. */
export type ShardTold = Pick<
  ShardFacts,
  'chunk' | 'part' | 'parts' | 'identity' | 'config' | 'split' | 'rows' | 'rejects' | 'arrowBytes' | 'seconds'
>;

/** Undefined where the file has none of ours, or one that cannot be right. */
export function toldBy(keyValues: ReadonlyMap<string, string>): ShardTold | undefined {
  const facts = readFacts(keyValues);
  if (facts === undefined) return undefined;
  const { chunk, part, parts, identity, config, split, rows, rejects, arrowBytes, seconds } = facts;
  return { chunk, part, parts, identity, config, split, rows, rejects, arrowBytes, seconds };
}

/** A file of ours that tells of other rows was put together by somebody else. */
export function checkTold(keyValues: ReadonlyMap<string, string>, rows: number, findings: ParquetFindings): void {
  const told = toldBy(keyValues);
  if (told === undefined) {
    if (keyValues.has(factsKey)) findings.note('parts', `What its key "${factsKey}" holds is not read`);
  } else if (told.rows !== rows) {
    findings.add('parts', `It says that it holds ${told.rows} rows (key "${factsKey}"), and it holds ${rows}`);
  }
}
