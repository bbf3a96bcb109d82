/** A look at LMDB files through ranges of bytes, as an object store gives them: the same keys and values that the reader of local files finds. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ByteSource, bytesSource } from '../../../src/bytes.ts';
import { BowerbirdError } from '../../../src/errors.ts';
import { glimpseLmdb } from '../../../src/formats/lmdb/glimpse.ts';

const folder = fileURLToPath(new URL('../../data/lmdb/', import.meta.url));
const golden = (name: string): Buffer => readFileSync(`${folder}${name}.mdb`);
const facts = JSON.parse(readFileSync(`${folder}expected-0.9.29.json`, 'utf8'));

/** Counts what is asked for. */
function counting(bytes: Uint8Array): { source: ByteSource; asked: number[] } {
  const asked: number[] = [];
  const whole = bytesSource(bytes, 's3://bucket/shard/data.mdb');
  const source = {
    ...whole,
    read: (offset: number, length: number) => {
      asked.push(length);
      return whole.read(offset, length);
    },
  };
  return { source, asked };
}

const names = Object.keys(facts).filter((name) => facts[name].pairs !== undefined);

describe.each(names)('%s', (name) => {
  test('its first keys and sizes are those that py-lmdb reads, and values stand where they are said to', async () => {
    const bytes = golden(name);
    const { source, asked } = counting(bytes);
    const { stat, first } = await glimpseLmdb(source);
    const { pageSize, entries, depth, pairs } = facts[name];
    expect({ pageSize: stat.pageSize, entries: stat.main.entries, depth: stat.main.depth }).toEqual({
      pageSize,
      entries,
      depth,
    });
    const found = first.map(({ key, size }) => [
      key.length < 40 ? Buffer.from(key).toString('hex') : `${key.length} bytes`,
      size,
    ]);
    expect(found).toEqual(pairs.slice(0, first.length));
    expect(depth > 1 || first.length === entries).toBe(true);
    expect(first.length > 0 || entries === 0).toBe(true);
    for (const { offset, size } of first) expect(bytes.subarray(offset, offset + size).length).toBe(size);
    // The head, and then no more than a page a level.
    expect(asked.length).toBeLessThanOrEqual(1 + depth);
    expect(asked.slice(1).every((length) => length === pageSize)).toBe(true);
  });
});

test('a value is read by its place alone', async () => {
  const bytes = golden('small');
  const { first } = await glimpseLmdb(counting(bytes).source);
  expect(Buffer.from(first[0]!.key).toString()).toBe('a');
  expect(bytes.subarray(first[0]!.offset, first[0]!.offset + first[0]!.size).toString()).toBe('1');
});

test('what is more than one value is told', async () => {
  const { first } = await glimpseLmdb(counting(golden('named')).source);
  expect(first.map(({ key, kind }) => [Buffer.from(key).toString(), kind])).toEqual([
    ['backwards', 'database'],
    ['fixed', 'database'],
    ['numbers', 'database'],
    ['plain', 'database'],
  ]);
  const duplicates = await glimpseLmdb(counting(golden('pages-512-duplicates')).source);
  expect(duplicates.first.map(({ key, kind }) => [Buffer.from(key).toString(), kind])).toEqual([
    ['few', 'values'],
    ['many', 'values'],
    ['one', 'value'],
  ]);
});

test('other formats are refused by name', async () => {
  await expect(glimpseLmdb(counting(golden('lmdb-1.0')).source)).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringContaining('data format v3 (LMDB 1.0)'),
  });
});

test('whatever bytes change, it answers or throws an error of ours', async () => {
  const change = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) });
  const property = fc.asyncProperty(
    fc.constantFrom('deep', 'values', 'pages-256-deep', 'pages-512-fixed', 'pages-256-extents'),
    fc.array(change, { minLength: 1, maxLength: 4 }),
    fc.nat(),
    async (name, changes, cut) => {
      const bytes = golden(name);
      for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
      const source = bytesSource(cut % 4 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes, name);
      try {
        for (const { offset, size, kind } of (await glimpseLmdb(source)).first) {
          if (kind === 'value') expect(offset + size).toBeLessThanOrEqual(source.byteLength);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(BowerbirdError);
      }
    },
  );
  await fc.assert(property, { numRuns: 500 });
});
