/** Files of ParquetShardWriter for its tests, and how they are read again. */

import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadataAsync } from 'hyparquet';
import { afterAll, beforeAll } from 'vitest';
import { PythonFloat } from '../../src/formats/python/values.ts';
import { openParquet } from '../../src/samples/parquet/parquet.ts';
import type { ParquetColumn } from '../../src/samples/parquet/write/columns.ts';
import { type FinishedShard, ParquetShardWriter } from '../../src/samples/parquet/write/shard-writer.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bowerbird-parquet-write-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export const speech: readonly ParquetColumn[] = [
  { name: 'audio', kind: 'audio', samplingRate: 16000 },
  { name: 'text', kind: 'string' },
  { name: 'speaker_id', kind: 'string' },
  { name: 'duration_seconds', kind: 'float32' },
  { name: 'dnsmos', kind: 'float32' },
  { name: 'language', kind: 'string' },
];

/** Bytes that do not compress, the same each time. */
export function noise(seed: string, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
    createHash('sha256').update(`${seed} ${i}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

export function speechRow(i: number, bytes = 3000) {
  return {
    audio: { bytes: noise(String(i), bytes + (i % 7)), path: `episode_${String(i).padStart(6, '0')}.mp3` },
    text: `What was said in segment ${i}, in a few words: žluťoučký kůň ${i % 3}`,
    speaker_id: `SPEAKER_${i % 4}`,
    duration_seconds: i / 3,
    dnsmos: 3 + (i % 10) / 7,
    language: 'cs',
  };
}

export type Row = { readonly [column: string]: unknown };

export interface Made {
  readonly path: string;
  readonly bytes: Buffer;
  readonly finished: FinishedShard;
}

/** A float is a number here, and bytes are text, which is compared quickly. */
export function plain(value: unknown): unknown {
  if (value instanceof PythonFloat) return value.value;
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('latin1') };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

let files = 0;

/** A name that no file has. */
export function newPath(): string {
  return join(folder, `${files++}.parquet`);
}

export async function made(
  columns: readonly ParquetColumn[],
  rows: Iterable<Row>,
  groupBytes = 1 << 20,
  keyValues: { readonly [key: string]: string } = {},
): Promise<Made> {
  const path = newPath();
  const fd = openSync(path, 'w+');
  try {
    const writer = await ParquetShardWriter.open(fd, path, { columns, groupBytes });
    for (const row of rows) writer.add(row);
    const finished = writer.finish(keyValues);
    return { path, bytes: readFileSync(path), finished };
  } finally {
    closeSync(fd);
  }
}

export async function readBack(path: string): Promise<Row[]> {
  const file = await openParquet(path);
  try {
    const rows: Row[] = [];
    for await (const batch of file.rows()) rows.push(...batch.map(({ values }) => plain(values) as Row));
    return rows;
  } finally {
    await file.close();
  }
}

/** As hyparquet tells it, which knows of more than our reader asks. */
export async function metadataOf({ bytes }: Made) {
  return parquetMetadataAsync({
    byteLength: bytes.length,
    slice: (from, to) => new Uint8Array(bytes.subarray(from, to)).buffer as ArrayBuffer,
  });
}
