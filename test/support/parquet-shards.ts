/** Files of a dataset, as the builder writes them, for tests of who reads them. */

import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ParquetColumn } from '../../src/samples/parquet/write/columns.ts';
import { factsKey, factsText, type ShardFacts } from '../../src/samples/parquet/write/shard-facts.ts';
import { ParquetShardWriter } from '../../src/samples/parquet/write/shard-writer.ts';
import { wav } from './labelled.ts';

export const speechColumns: readonly ParquetColumn[] = [
  { name: 'audio', kind: 'audio', samplingRate: 16_000 },
  { name: 'text', kind: 'string' },
  { name: 'seconds', kind: 'float32' },
];

export interface ShardRow {
  readonly [column: string]: unknown;
}

/** A recording of so many samples. */
export function tone(samples = 800): Buffer {
  return wav(Array.from({ length: samples }, (_, i) => Math.round(9000 * Math.sin(i / 5))));
}

export function speech(i: number): ShardRow {
  return { audio: { bytes: tone(), path: `segment_${i}.wav` }, text: `words ${i}`, seconds: i / 4 };
}

export interface ShardOptions {
  readonly columns?: readonly ParquetColumn[];
  readonly groupBytes?: number;
  /** Facts that differ from those of a chunk of one part; none: no facts are written. */
  readonly facts?: Partial<ShardFacts>;
}

export async function writeShard(path: string, rows: readonly ShardRow[], options: ShardOptions = {}): Promise<void> {
  const { columns = speechColumns, groupBytes = 1 << 20, facts } = options;
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, 'w+');
  try {
    const writer = await ParquetShardWriter.open(fd, path, { columns, groupBytes });
    for (const row of rows) writer.add(row);
    writer.finish(facts === undefined ? {} : { [factsKey]: factsText({ ...plainFacts(rows.length), ...facts }) });
  } finally {
    closeSync(fd);
  }
}

function plainFacts(rows: number): ShardFacts {
  const chunk = { version: 1, chunk: 'en-0', part: 0, parts: 1, identity: 'ab'.repeat(32) } as const;
  const none = { speakers: { count: 0, hashes: '' }, dnsmos: null, seconds: 0, unknownSeconds: 0 };
  return { ...chunk, config: 'en', split: 'train', rows, rejects: 0, arrowBytes: 1000, ...none };
}
