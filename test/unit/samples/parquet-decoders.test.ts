/** Parts of the Parquet reader on bytes that no file of others holds: encodings by their specification, and claims that cost memory. */

import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { SchemaElement } from 'hyparquet';
import { describe, expect, test } from 'vitest';
import { readDelta, readDeltaLengths, readDeltaStrings } from '../../../src/samples/parquet/delta.ts';
import { readHybrid } from '../../../src/samples/parquet/hybrid.ts';
import { type Leaf, schemaOf } from '../../../src/samples/parquet/schema.ts';
import { unpackPage } from '../../../src/samples/parquet/unpack.ts';
import { converterOf } from '../../../src/samples/parquet/values.ts';

const bytes = (...values: number[]) => new Uint8Array(values);
const damage = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('readHybrid()', () => {
  test("reads the specification's example: 0 to 7 in 3 bits", () => {
    // https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE
    const out = new Uint8Array(8);
    readHybrid(bytes(0x03, 0b10001000, 0b11000110, 0b11111010), 0, 4, 3, out);
    expect([...out]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
  test('reads runs, and numbers of up to 32 bits', () => {
    const out = new Uint32Array(5);
    readHybrid(bytes(6, 0xff, 0xff, 0xff, 0xff, 4, 1, 0, 0, 0x80), 0, 10, 32, out);
    expect([...out]).toEqual([0xffffffff, 0xffffffff, 0xffffffff, 0x80000001, 0x80000001]);
    const packed = new Uint32Array(2);
    readHybrid(bytes(3, 0xff, 0xff, 0xff, 0x7f, 1, 0, 0, 0x40), 0, 9, 31, packed);
    expect([...packed]).toEqual([0x7fffffff, 2]);
  });
  test('a run of a thousand million is as long as what is asked for', () => {
    const out = new Uint8Array(3);
    readHybrid(bytes(0xfe, 0xff, 0xff, 0xff, 0x07, 1), 0, 6, 1, out);
    expect([...out]).toEqual([1, 1, 1]);
  });
  test.each([
    ['no bytes', [], 1, 'TRUNCATED'],
    ['a run without a value', [6], 1, 'TRUNCATED'],
    ['packed values without bytes', [0x7f, 1], 8, 'TRUNCATED'],
    ['a number that does not end', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 1, 'CORRUPT'],
    ['33 bits', [2, 1, 1, 1, 1, 1], 33, 'CORRUPT'],
  ])('refuses %s', (_, given, width, code) => {
    expect(() => readHybrid(bytes(...given), 0, given.length, width, new Uint32Array(100))).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

/** A stream of `count` numbers that begin with `first` and grow by `step`, each in zigzag of one byte. */
function steady(count: number, first: number, step: number): number[] {
  const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(n >>> 7)]);
  const blocks = Array.from({ length: Math.ceil((count - 1) / 128) }, () => [step * 2, 0, 0, 0, 0]);
  return [...varint(128), 4, ...varint(count), first * 2, ...blocks.flat()];
}

describe('readDelta()', () => {
  test("reads the specification's examples", () => {
    // https://parquet.apache.org/docs/file-format/data-pages/encodings/#DELTAENC: 1 2 3 4 5, and 7 5 3 1 2 3 4 5
    const five = new Int32Array(5);
    expect(readDelta(bytes(...steady(5, 1, 1)), 0, five)).toBe(10);
    expect([...five]).toEqual([1, 2, 3, 4, 5]);
    const eight = new BigInt64Array(8);
    // Least difference -2, two bits each: 0 0 0 3 3 3 3, and a part of 32 values to its end.
    readDelta(bytes(0x80, 1, 4, 8, 14, 3, 2, 0, 0, 0, 0b11000000, 0b00111111, 0, 0, 0, 0, 0, 0), 0, eight);
    expect([...eight]).toEqual([7n, 5n, 3n, 1n, 2n, 3n, 4n, 5n]);
  });
  test.each([
    ['blocks of nothing', [0, 4, 1, 2], 'CORRUPT'],
    ['parts of nothing', [0x80, 1, 0, 1, 2], 'CORRUPT'],
    ['two thousand million parts', [0x80, 1, 0xff, 0xff, 0xff, 0xff, 7, 9, 2], 'CORRUPT'],
    ['65 bits', [0x80, 1, 4, 9, 2, 2, 65, 0, 0, 0], 'CORRUPT'],
    ['no values', [0x80, 1, 4, 9, 2], 'TRUNCATED'],
    ['a number of a million bytes', [0x80, 1, 4, 9, ...Array.from({ length: 1e5 }, () => 0x80)], 'CORRUPT'],
  ])('refuses %s', (_, given, code) => {
    expect(() => readDelta(bytes(...given), 0, new BigInt64Array(9))).toThrow(expect.objectContaining({ code }));
  });
  test('lengths are held against the page', () => {
    expect(() => readDeltaLengths(bytes(...steady(3, 5, 0), 65, 65, 65), 0, 3)).toThrow(
      damage('TRUNCATED', /behind the page/),
    );
    expect(() => readDeltaLengths(bytes(...steady(3, 0, -1)), 0, 3)).toThrow(
      expect.objectContaining({ code: 'TRUNCATED' }),
    );
    expect(() => readDeltaStrings(bytes(...steady(2, 1, 0), ...steady(2, 1, 0), 65, 65), 0, 2)).toThrow(
      damage('CORRUPT', /than the one before/),
    );
  });
  test('values that each hold all before them end before they take the memory', () => {
    // 70,000 values, each one byte longer than the one before: 2.4 GB of 75 KB.
    const count = 70_000;
    const page = bytes(...steady(count, 0, 1), ...steady(count, 1, 0), ...Array.from({ length: count }, () => 65));
    expect(() => readDeltaStrings(page, 0, count)).toThrow(damage('UNSUPPORTED', /more than 1073741824 bytes/));
  });
});

describe('unpackPage()', () => {
  const text = Buffer.from(`${'Dompfaff '.repeat(20)}Star`);
  // pyarrow.Codec('lz4_raw').compress()
  const lz4 = Buffer.from('9f446f6d706661666620090097502053746172', 'hex');
  const framed = Buffer.concat([Buffer.from([0, 0, 0, text.length, 0, 0, 0, lz4.length]), lz4]);

  test('reads LZ4 bare, and as Hadoop frames it', () => {
    expect(Buffer.from(unpackPage('LZ4_RAW', lz4, text.length))).toEqual(text);
    expect(Buffer.from(unpackPage('LZ4', lz4, text.length))).toEqual(text);
    expect(Buffer.from(unpackPage('LZ4', framed, text.length))).toEqual(text);
    expect(Buffer.from(unpackPage('LZ4', Buffer.concat([framed, framed]), 2 * text.length))).toEqual(
      Buffer.concat([text, text]),
    );
  });
  test('a member of gzip behind another belongs to the page', () => {
    const two = Buffer.concat([gzipSync(text), gzipSync(text)]);
    expect(unpackPage('GZIP', two, 2 * text.length)).toHaveLength(2 * text.length);
  });
  test.each([
    ['SNAPPY', bytes(4, 12, 1, 2, 3, 4)],
    ['GZIP', gzipSync(text)],
    ['BROTLI', brotliCompressSync(text)],
    ['LZ4_RAW', lz4],
    ['LZ4', framed],
    ['ZSTD', bytes(0x28, 0xb5, 0x2f, 0xfd, 0x20, 4, 0x21, 0, 0, 1, 2, 3, 4)],
  ])('%s that holds more or less than it says is damaged', (codec, packed) => {
    for (const size of [1, 3, text.length - 1, text.length + 1]) {
      expect(() => unpackPage(codec, packed, size)).toThrow(expect.objectContaining({ code: 'CORRUPT' }));
    }
  });
  test('a claim that the codec cannot keep costs no memory', () => {
    for (const codec of ['SNAPPY', 'GZIP', 'ZSTD', 'LZ4', 'LZ4_RAW']) {
      expect(() => unpackPage(codec, bytes(1, 2, 3), 1 << 30)).toThrow(
        damage('CORRUPT', /says that 3 bytes hold 1073741824/),
      );
    }
    expect(() => unpackPage('BROTLI', bytes(1, 2, 3), 2 ** 31 - 1)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED' }),
    );
    expect(() => unpackPage('UNCOMPRESSED', bytes(1, 2, 3), 4)).toThrow(expect.objectContaining({ code: 'CORRUPT' }));
    expect(() => unpackPage('LZO', bytes(1), 1)).toThrow(damage('UNSUPPORTED', /codec LZO/));
  });
});

describe('converterOf()', () => {
  const leaf = (element: Partial<SchemaElement>) =>
    ({ kind: 'value', path: 'x', element: { name: 'x', ...element } }) as unknown as Leaf;

  test.each<[Partial<SchemaElement>, string, RegExp]>([
    [
      { type: 'FIXED_LEN_BYTE_ARRAY', converted_type: 'TIME_MILLIS' },
      'CORRUPT',
      /stored as FIXED_LEN_BYTE_ARRAY, which cannot be TIME_MILLIS/,
    ],
    [{ type: 'FIXED_LEN_BYTE_ARRAY', converted_type: 'DATE' }, 'CORRUPT', /cannot be DATE/],
    [{ type: 'INT32', converted_type: 'UTF8' }, 'CORRUPT', /cannot be UTF8/],
    [{ type: 'BOOLEAN', converted_type: 'DECIMAL', scale: 1 }, 'CORRUPT', /cannot be DECIMAL/],
    [{ type: 'FIXED_LEN_BYTE_ARRAY', converted_type: 'INTERVAL' }, 'UNSUPPORTED', /of the type INTERVAL/],
    [{ type: 'BYTE_ARRAY', converted_type: 'BSON' }, 'UNSUPPORTED', /BSON/],
    [{ type: 'INT32', converted_type: 'DECIMAL', scale: 1e9 }, 'UNSUPPORTED', /1000000000 digits/],
  ])('refuses %j', (element, code, message) => {
    expect(() => converterOf(leaf(element))).toThrow(damage(code, message));
  });
  test('refuses values that are not of their type', () => {
    expect(() => converterOf(leaf({ type: 'BYTE_ARRAY', converted_type: 'UTF8' }))(bytes(0xff))).toThrow(
      damage('BAD_SCHEMA', /UTF-8/),
    );
    expect(() => converterOf(leaf({ type: 'INT32', converted_type: 'DATE' }))(2 ** 31 - 1)).toThrow(
      damage('UNSUPPORTED', /from 1970/),
    );
    expect(() => converterOf(leaf({ type: 'INT32', converted_type: 'TIME_MILLIS' }))(-1)).toThrow(
      damage('CORRUPT', /more than a day/),
    );
  });
});

describe('schemaOf()', () => {
  const root = (count: number): SchemaElement => ({ name: 'schema', num_children: count });
  const int = (name: string, repetition_type: 'REQUIRED' | 'OPTIONAL' | 'REPEATED' = 'REQUIRED'): SchemaElement => ({
    name,
    type: 'INT32',
    repetition_type,
  });
  const group = (name: string, count: number, more: Partial<SchemaElement> = {}): SchemaElement => ({
    name,
    num_children: count,
    repetition_type: 'OPTIONAL',
    ...more,
  });
  const shape = (field: unknown): unknown =>
    JSON.parse(
      JSON.stringify(field, (key, value) =>
        ['element', 'leaves', 'path', 'optional'].includes(key) ? undefined : value,
      ),
    );

  test('reads lists of older writers by the rules of the format', () => {
    // https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#backward-compatibility-rules
    const list = { converted_type: 'LIST' } as const;
    const { columns } = schemaOf([
      root(5),
      int('bare', 'REPEATED'),
      group('two', 1, list),
      int('element', 'REPEATED'),
      group('tuple', 1, list),
      group('tuple_tuple', 1, { repetition_type: 'REPEATED' }),
      int('a'),
      group('array', 1, list),
      group('array', 1, { repetition_type: 'REPEATED' }),
      int('a'),
      group('three', 1, list),
      group('list', 1, { repetition_type: 'REPEATED' }),
      int('element', 'OPTIONAL'),
    ]);
    const value = (name: string, definition: number) => ({ kind: 'value', name, definition, repetition: 1 });
    expect(columns.map(shape)).toEqual([
      { kind: 'list', name: 'bare', definition: 0, filled: 1, repetition: 1, item: value('bare', 1) },
      { kind: 'list', name: 'two', definition: 1, filled: 2, repetition: 1, item: value('element', 2) },
      {
        kind: 'list',
        name: 'tuple',
        definition: 1,
        filled: 2,
        repetition: 1,
        item: { kind: 'struct', name: 'tuple_tuple', definition: 2, fields: [value('a', 2)] },
      },
      {
        kind: 'list',
        name: 'array',
        definition: 1,
        filled: 2,
        repetition: 1,
        item: { kind: 'struct', name: 'array', definition: 2, fields: [value('a', 2)] },
      },
      { kind: 'list', name: 'three', definition: 1, filled: 2, repetition: 1, item: value('element', 3) },
    ]);
  });
  test.each<[string, SchemaElement[], string]>([
    ['no elements', [], 'CORRUPT'],
    ['a root that is a value', [int('x')], 'CORRUPT'],
    ['more children than elements', [root(2 ** 31 - 1), int('x')], 'CORRUPT'],
    ['elements of nobody', [root(1), int('x'), int('y')], 'CORRUPT'],
    ['a name twice', [root(2), int('x'), int('x')], 'UNSUPPORTED'],
    ['an empty group', [root(1), group('x', 0)], 'UNSUPPORTED'],
    ['groups without end', [root(1), ...Array.from({ length: 1000 }, () => group('x', 1))], 'UNSUPPORTED'],
  ])('refuses %s', (_, elements, code) => {
    expect(() => schemaOf(elements)).toThrow(expect.objectContaining({ code }));
  });
});
