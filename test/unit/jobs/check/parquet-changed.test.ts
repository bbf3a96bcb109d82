/** What verify() finds of Parquet files that were changed, or made to do harm: each byte counts, and no claim costs memory or time. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bytesSource } from '../../../../src/bytes.ts';
import { createShared } from '../../../../src/counters.ts';
import type { VerifiedParquet } from '../../../../src/jobs/check/parquet/types.ts';
import { verifySource } from '../../../../src/jobs/check/parquet/verify.ts';
import { ChunkBytes } from '../../../../src/samples/parquet/chunk-bytes.ts';
import { readFooter } from '../../../../src/samples/parquet/footer.ts';
import { loadLibrary } from '../../../../src/samples/parquet/library.ts';
import { readPageHeader } from '../../../../src/samples/parquet/page-header.ts';
import { parquetIn } from '../../../../src/samples/parquet/parquet.ts';
import { parquetPath, toldFields } from '../../../support/parquet-files.ts';

function verified(bytes: Uint8Array): Promise<VerifiedParquet> {
  const input = { uri: 'x.parquet', size: bytes.length, version: '' };
  const settings = { proof: false, check: 'header', viewer: false } as const;
  return verifySource(bytesSource(bytes, input.uri), input, createShared(), settings);
}

/** All that a reader gets of it. */
async function contents(bytes: Uint8Array): Promise<string> {
  const file = await parquetIn(bytesSource(bytes, 'x'), 'x');
  const rows: unknown[] = [];
  for await (const batch of file.rows()) rows.push(...batch.map(({ values }) => toldFields(values)));
  return JSON.stringify([file.columns.map(({ name }) => name), rows]);
}

/** The bytes of pages behind their headers: where no checksum is, nobody can tell what stood there. */
async function pageBodies(bytes: Uint8Array): Promise<readonly (readonly [from: number, to: number])[]> {
  const source = bytesSource(bytes, 'x');
  const { groups, schema } = await readFooter(source, 'x');
  const { parquetHeader: parse } = await loadLibrary();
  const bodies: (readonly [number, number])[] = [];
  for (const { chunks } of groups) {
    for (const [i, { from, to }] of chunks.entries()) {
      const column = schema.leaves[i]!.path;
      for (let at = from; at < to; ) {
        const header = await readPageHeader(
          new ChunkBytes(source, to, false, 1, undefined),
          at,
          { uri: 'x', column, parse },
          true,
        );
        bodies.push([header.at, header.at + header.packed]);
        at = header.at + header.packed;
      }
    }
  }
  return bodies;
}

/** Changed bytes that verify() does not find, and that change what is read. */
async function missed(
  whole: Uint8Array,
  first: number,
  step: number,
): Promise<{ readonly missed: number[]; readonly found: number }> {
  const expected = await contents(whole);
  const places: number[] = [];
  let found = 0;
  for (let at = first; at < whole.length; at += step) {
    const bytes = whole.slice();
    bytes[at]! ^= 1 << (((at - first) / step) % 8);
    if (!(await verified(bytes)).ok) found++;
    else if ((await contents(bytes).catch(() => 'an error')) !== expected) places.push(at);
  }
  return { missed: places, found };
}

describe('a changed byte', () => {
  test('is found, or what is read is the same, where pages have checksums', async () => {
    const whole = new Uint8Array(readFileSync(parquetPath('gzip-v1')));
    expect(await verified(whole)).toMatchObject({ ok: true });
    const { missed: places, found } = await missed(whole, 0, 5);
    expect(places).toEqual([]);
    expect(found).toBeGreaterThan(whole.length / 5 / 2);
  });

  test.each([
    ['floats', 1],
    ['decimals-as-integers', 1],
    ['snappy-v2', 11],
    ['nested-v2-index', 17],
  ])('of headers, indices and footer of %s too, where they have none', async (name, step) => {
    const whole = new Uint8Array(readFileSync(parquetPath(name)));
    const bodies = await pageBodies(whole);
    const { missed: places } = await missed(whole, 1, step);
    const others = places.filter((at) => !bodies.some(([from, to]) => at >= from && at < to));
    // A schema that lost the word by which a group is a list is a sound schema, of another table.
    const kinds = await kindsOf(whole);
    for (const at of others) {
      const bytes = whole.slice();
      bytes[at]! ^= 1 << (((at - 1) / step) % 8);
      expect([at, await kindsOf(bytes)]).not.toEqual([at, kinds]);
    }
    expect(others.length).toBeLessThan(10);
  });
});

/** What groups and values there are, in words. */
async function kindsOf(bytes: Uint8Array): Promise<string> {
  const { schema } = await readFooter(bytesSource(bytes, 'x'), 'x');
  return JSON.stringify(schema.columns, (key, value) => (key === 'element' ? undefined : value));
}

describe('a file that is cut off', () => {
  test.each(['gzip-v1', 'nested-v1-index', 'sounds-v1'])('anywhere is damaged: %s', async (name) => {
    const whole = new Uint8Array(readFileSync(parquetPath(name)));
    for (const part of [0, 1, 3, 5, 11, 40, whole.length / 2, whole.length - 9, whole.length - 1]) {
      const file = await verified(whole.slice(0, part));
      expect([part, file.ok, file.records, file.error]).toEqual([part, false, 0, undefined]);
      expect(file.damaged[0]).toMatchObject({ fault: 'footer', code: 'TRUNCATED' });
    }
  });
  test('or is zeros from somewhere on', async () => {
    const whole = new Uint8Array(readFileSync(parquetPath('gzip-v1')));
    expect((await verified(new Uint8Array(5000))).damaged).toMatchObject([{ fault: 'footer' }]);
    const file = await verified(whole.fill(0, 500, 900));
    expect(file.ok).toBe(false);
    for (const damage of file.damaged) expect(damage).toMatchObject({ group: 0, fault: 'page' });
  });
});

/** Of Thrift's compact protocol: a field of a structure by its number after the one before. */
const varint = (n: number | bigint): number[] => {
  let rest = BigInt(n);
  const bytes: number[] = [];
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return bytes;
};
const zigzag = (n: number | bigint) => varint(BigInt(n) * 2n);
const i32 = (step: number, n: number) => [(step << 4) | 5, ...zigzag(n)];
const i64 = (step: number, n: number | bigint) => [(step << 4) | 6, ...zigzag(n)];
const text = (step: number, s: string) => [(step << 4) | 8, ...varint(s.length), ...Buffer.from(s)];
const list = (step: number, items: readonly (readonly number[])[], type = 12) => [
  (step << 4) | 9,
  ...(items.length < 15 ? [(items.length << 4) | type] : [0xf0 | type, ...varint(items.length)]),
  ...items.flat(),
];
const struct = (step: number, fields: readonly number[]) => [(step << 4) | 12, ...fields, 0];

interface Claims {
  readonly rows?: number | bigint;
  readonly values?: number | bigint;
  readonly size?: number | bigint;
  readonly at?: number | bigint;
  readonly schema?: readonly (readonly number[])[];
}

/** A file of one INT64 column, of one page, whose footer may say anything. */
function claiming(
  { rows = 1, values = rows, size = 40, at = 4, schema }: Claims,
  page: readonly number[] = onePage,
): Uint8Array {
  const column = struct(1, [
    ...i32(1, 2), // type INT64
    ...list(1, [zigzag(0)], 5),
    ...list(1, [[...varint(1), 120]], 8),
    ...i32(1, 0), // codec
    ...i64(1, values),
    ...i64(1, size),
    ...i64(1, size),
    ...i64(2, at),
  ]);
  const root = [...text(4, 'schema'), ...i32(1, 1), 0];
  const leaf = [...i32(1, 2), ...i32(2, 0), ...text(1, 'x'), 0];
  const group = [...list(1, [[...i64(2, at), ...column, 0]]), ...i64(1, size), ...i64(1, rows), 0];
  const footer = [...i32(1, 2), ...list(1, schema ?? [root, leaf]), ...i64(1, rows), ...list(1, [group]), 0];
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return new Uint8Array([...Buffer.from('PAR1'), ...page, ...footer, ...length, ...Buffer.from('PAR1')]);
}

/** 40 bytes in all: a page of version 1 of one value. */
const pageOf = (values: number, body: number) => {
  const header = [
    ...i32(1, 0),
    ...i32(1, body),
    ...i32(1, body),
    ...struct(2, [...i32(1, values), ...i32(1, 0), ...i32(1, 3), ...i32(1, 3)]),
    0,
  ];
  return [...header, ...new Array<number>(body).fill(1)];
};
const onePage = pageOf(1, 8);

const manyValues = { rows: 1 << 24, size: pageOf(1 << 24, 8).length };
const largePage = [...i32(1, 0), ...i32(1, 2 ** 31 - 1), ...i32(1, 2 ** 31 - 1), ...onePage.slice(6), ...onePage];

describe('a hostile file', () => {
  test('of the same making is read when it claims nothing', async () => {
    expect(await verified(claiming({ size: onePage.length }))).toMatchObject({ ok: true, records: 1 });
  });
  test.each<[string, Claims, readonly number[] | undefined, RegExp]>([
    ['2^31 rows', { rows: 2 ** 31, size: onePage.length }, undefined, /1 values, and the footer says 2147483648/],
    ['2^53 rows', { rows: 2n ** 53n }, undefined, /does not say how many rows/],
    ['2^62 values', { values: 2n ** 62n }, undefined, /does not say where it is/],
    ['bytes beyond the file', { size: 1 << 30 }, undefined, /should be 1073741824 bytes at byte 4, where it cannot be/],
    ['a place beyond the file', { at: 1 << 30 }, undefined, /where it cannot be/],
    ['a page of 16 million values in 8 bytes', manyValues, pageOf(1 << 24, 8), /ends before its values do/],
    ['a page of 2^31 bytes', { size: 40 }, largePage, /a page of 2147483647 bytes/],
  ])('that claims %s ends with damage, and no memory', async (_, claims, page, reason) => {
    const before = process.memoryUsage().rss;
    const file = await verified(claiming(claims, page));
    expect(file).toMatchObject({ ok: false, records: 0 });
    expect(file.damaged[0]!.reason).toMatch(reason);
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
  });
  test('whose schema goes on and on downward', async () => {
    const deep = Array.from({ length: 5000 }, (_, i) => [...i32(3, 1), ...text(1, `g${i}`), ...i32(1, 1), 0]);
    const root = [...text(4, 'schema'), ...i32(1, 1), 0];
    const leaf = [...i32(1, 2), ...i32(2, 0), ...text(1, 'x'), 0];
    const file = await verified(claiming({ schema: [root, ...deep, leaf] }));
    expect(file.ok).toBe(false);
    expect(file.error?.message).toMatch(/schema is more than 64 deep/);
  });
  test('whose schema promises what it does not hold', async () => {
    const file = await verified(claiming({ schema: [[...text(4, 'schema'), ...i32(1, 2 ** 30), 0]] }));
    expect(file.damaged).toMatchObject([{ fault: 'footer', reason: expect.stringMatching(/lacks elements/) }]);
  });
});
