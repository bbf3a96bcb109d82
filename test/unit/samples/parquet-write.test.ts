/** ParquetShardWriter: what it writes, read again by our reader, which pyarrow's files prove; limits of groups; what it refuses. */

import { createHash } from 'node:crypto';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadataAsync } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytesSource } from '../../../src/bytes.ts';
import { crc32c } from '../../../src/formats/records/crc32c.ts';
import { openParquet, parquetIn } from '../../../src/samples/parquet/parquet.ts';
import type { ParquetColumn } from '../../../src/samples/parquet/write/columns.ts';
import { type FinishedShard, ParquetShardWriter } from '../../../src/samples/parquet/write/shard-writer.ts';
import { told } from '../../support/parquet-files.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bowerbird-parquet-write-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const speech: readonly ParquetColumn[] = [
  { name: 'audio', kind: 'audio', samplingRate: 16000 },
  { name: 'text', kind: 'string' },
  { name: 'speaker_id', kind: 'string' },
  { name: 'duration_seconds', kind: 'float32' },
  { name: 'dnsmos', kind: 'float32' },
  { name: 'language', kind: 'string' },
];

/** Bytes that do not compress, the same each time. */
function noise(seed: string, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
    createHash('sha256').update(`${seed} ${i}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

function speechRow(i: number, bytes = 3000) {
  return {
    audio: { bytes: noise(String(i), bytes + (i % 7)), path: `episode_${String(i).padStart(6, '0')}.mp3` },
    text: `What was said in segment ${i}, in a few words: žluťoučký kůň ${i % 3}`,
    speaker_id: `SPEAKER_${i % 4}`,
    duration_seconds: i / 3,
    dnsmos: 3 + (i % 10) / 7,
    language: 'cs',
  };
}

type Row = { readonly [column: string]: unknown };

interface Made {
  readonly path: string;
  readonly bytes: Buffer;
  readonly finished: FinishedShard;
  /** Before it was finished. */
  readonly estimate: number;
}

let files = 0;
async function made(
  columns: readonly ParquetColumn[],
  rows: Iterable<Row>,
  groupBytes = 1 << 20,
  keyValues: { readonly [key: string]: string } = {},
): Promise<Made> {
  const path = join(folder, `${files++}.parquet`);
  const fd = openSync(path, 'w+');
  try {
    const writer = await ParquetShardWriter.open(fd, path, { columns, groupBytes });
    for (const row of rows) writer.add(row);
    const estimate = writer.bytes;
    const finished = writer.finish(keyValues);
    return { path, bytes: readFileSync(path), finished, estimate };
  } finally {
    closeSync(fd);
  }
}

async function readBack(path: string): Promise<Row[]> {
  const file = await openParquet(path);
  try {
    const rows: Row[] = [];
    for await (const batch of file.rows()) rows.push(...batch.map(({ values }) => values));
    return rows;
  } finally {
    await file.close();
  }
}

/** As hyparquet tells it, which knows of more than our reader asks. */
async function metadataOf({ bytes }: Made) {
  return parquetMetadataAsync({
    byteLength: bytes.length,
    slice: (from, to) => new Uint8Array(bytes.subarray(from, to)).buffer as ArrayBuffer,
  });
}

describe('ParquetShardWriter', () => {
  test('gives back each row, byte for byte, over several groups', async () => {
    const rows = Array.from({ length: 100 }, (_, i) => speechRow(i));
    const file = await made(speech, rows, 64 << 10, { bowerbird: '{}' });
    const found = await readBack(file.path);
    expect(found.map(told)).toEqual(
      rows
        .map((row) =>
          told({
            ...row,
            duration_seconds: Math.fround(row.duration_seconds),
            dnsmos: Math.fround(row.dnsmos),
          }),
        )
        .map((row) => withFloats(row, ['duration_seconds', 'dnsmos'])),
    );
    expect(file.finished).toMatchObject({
      rows: 100,
      bytes: file.bytes.length,
      crc32c: crc32c(file.bytes).toString(16).padStart(8, '0'),
      sha256: createHash('sha256').update(file.bytes).digest('hex'),
    });
    expect(file.finished.groups).toBeGreaterThan(3);
  });
});

function withFloats(row: unknown, _names: readonly string[]) {
  return row;
}
