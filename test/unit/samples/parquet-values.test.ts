/** Parquet files of every compression, encoding and type that pyarrow writes: the values are pyarrow's. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type ByteSource, bytesSource } from '../../../src/bytes.ts';
import { openParquet, parquetIn, type RowOptions } from '../../../src/samples/parquet/parquet.ts';
import { parquetNames, parquetPath, parquetRows, toldFields } from '../../support/parquet-files.ts';

async function read(name: string, options?: RowOptions) {
  const file = await openParquet(parquetPath(name));
  const rows = [];
  for await (const batch of file.rows(options)) rows.push(...batch);
  await file.close();
  return rows;
}

test('there are files, and values of all of them', () => {
  expect(parquetNames.length).toBeGreaterThan(25);
  expect(Object.keys(parquetRows).sort()).toEqual([...parquetNames].sort());
});

describe.each(parquetNames)('%s.parquet', (name) => {
  const expected = parquetRows[name]!;

  test('holds the values that pyarrow reads', async () => {
    const rows = await read(name);
    expect(rows.map(({ row }) => row)).toEqual(expected.map((_, i) => i));
    expect(rows.map(({ values }) => toldFields(values))).toEqual(expected);
  });

  test('gives any rows of any column alone', async () => {
    const columns = Object.keys(expected[0] ?? {});
    for (const column of columns) {
      for (const [first, count] of [
        [1, 1],
        [5, 12],
        [29, 2],
        [39, 1],
        [39, 9],
        [40, 5],
        [0, 0],
      ] as const) {
        const rows = await read(name, { first, count, columns: [column] });
        const part = expected.slice(first, first + count);
        expect(rows.map(({ row }) => row)).toEqual(part.map((_, i) => first + i));
        expect(rows.map(({ values }) => toldFields(values))).toEqual(part.map((row) => ({ [column]: row[column] })));
      }
    }
  });
});

describe('a page of sounds', () => {
  /** What is read of the file for rows of its column of bytes. */
  async function readFor(name: string, options: RowOptions) {
    const bytes = new Uint8Array(readFileSync(parquetPath(name)));
    const reads: number[] = [];
    const source = bytesSource(bytes, name);
    const counted: ByteSource = {
      name,
      byteLength: bytes.length,
      close: async () => {},
      read: (offset, length) => {
        reads.push(Math.min(length, bytes.length - offset));
        return source.read(offset, length);
      },
    };
    const file = await parquetIn(counted, name);
    reads.length = 0;
    for await (const _ of file.rows({ columns: ['needed'], ...options }));
    return { total: reads.reduce((sum, length) => sum + length, 0), size: bytes.length };
  }

  test('is passed over without its bytes', async () => {
    for (const name of ['sounds-v1', 'sounds-v2']) {
      const { total, size } = await readFor(name, { first: 22, count: 1 });
      expect(total, name).toBeLessThan(size / 3);
    }
  });
  test('is not even looked at where there is an index', async () => {
    const { total } = await readFor('sounds-index', { first: 23, count: 1 });
    // The index, the page that holds the row, and what is read ahead of it.
    expect(total).toBeLessThan(60_000);
  });
});

test('a column that is not there is named, with those that are', async () => {
  await expect(read('empty', { columns: ['sound'] })).rejects.toMatchObject({
    code: 'BAD_SCHEMA',
    message: expect.stringMatching(/no column "sound"; expected one of "id", "text", "bytes", "score", "flag"/),
  });
});
