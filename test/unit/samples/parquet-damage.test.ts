/** Damaged and hostile Parquet files: an error that says where, whatever was changed, and no memory for what is not there. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bytesSource } from '../../../src/bytes.ts';
import { BowerbirdError } from '../../../src/errors.ts';
import { openParquet, parquetIn } from '../../../src/samples/parquet/parquet.ts';
import { structureEnd } from '../../../src/samples/parquet/thrift.ts';
import { hasShared, sharedPath } from '../../shared-data.ts';
import { randomFrom } from '../../support/object-server.ts';
import { parquetNames, parquetPath, parquetRows, toldFields } from '../../support/parquet-files.ts';

const codes = ['CORRUPT', 'TRUNCATED', 'UNSUPPORTED', 'BAD_SCHEMA'];

/** How many rows there are, or the error. Anything else is thrown on. */
async function outcome(bytes: Uint8Array): Promise<number | BowerbirdError> {
  try {
    const file = await parquetIn(bytesSource(bytes, 'x.parquet'), 'x.parquet');
    // Rows that a footer invents cost time, and no memory: nobody asks for so many.
    let rows = 0;
    for await (const batch of file.rows({ count: 1000 })) rows += batch.length;
    return rows;
  } catch (error) {
    if (error instanceof BowerbirdError) return error;
    throw error;
  }
}

const changesPerFile = 150;

describe.each(parquetNames)('%s.parquet', (name) => {
  const whole = new Uint8Array(readFileSync(parquetPath(name)));

  test('cut off anywhere is an error', async () => {
    const random = randomFrom(7);
    for (let i = 0; i < 40; i++) {
      const found = await outcome(whole.slice(0, Math.floor(random() * whole.length)));
      expect(found).toMatchObject({ code: expect.stringMatching(/^(TRUNCATED|UNSUPPORTED)$/), source: 'x.parquet' });
    }
  });

  test('changed anywhere is rows or an error of ours', async () => {
    const random = randomFrom(parquetNames.indexOf(name));
    let errors = 0;
    for (let i = 0; i < changesPerFile; i++) {
      const bytes = whole.slice();
      for (let n = 0; n <= i % 4; n++) {
        // Most of a large file are bytes of values: what counts is at both ends.
        const place = Math.floor(random() * Math.min(bytes.length, 6000));
        const at = place < 2000 ? place : bytes.length - 1 - (place - 2000);
        bytes[at] = i % 3 === 0 ? Math.floor(random() * 256) : bytes[at]! ^ (1 << Math.floor(random() * 8));
      }
      const found = await outcome(bytes);
      if (typeof found === 'number') continue;
      errors++;
      expect(codes).toContain(found.code);
      expect(found.message).toMatch(/^Cannot read "x\.parquet": /);
      expect(found.message).not.toMatch(/undefined|NaN|TypeError|Cannot read prop/);
    }
    expect(errors).toBeGreaterThan(changesPerFile / 30);
  });
});

test('a file with checksums gives its values, or an error, whatever byte of its pages was changed', async () => {
  const whole = new Uint8Array(readFileSync(parquetPath('gzip-v1')));
  const expected = parquetRows['gzip-v1']!;
  const pages = (await parquetIn(bytesSource(whole, 'x'), 'x')).groups.reduce((sum, { bytes }) => sum + bytes, 0);
  let errors = 0;
  for (let at = 4; at < 4 + pages; at += 5) {
    const bytes = whole.slice();
    bytes[at]! ^= 1 << (at % 8);
    const file = await parquetIn(bytesSource(bytes, 'x'), 'x');
    try {
      const rows = [];
      for await (const batch of file.rows()) rows.push(...batch.map(({ values }) => toldFields(values)));
      expect(rows, `byte ${at}`).toEqual(expected);
    } catch (error) {
      if (!(error instanceof BowerbirdError)) throw error;
      errors++;
    }
  }
  expect(errors).toBeGreaterThan(pages / 10);
});

describe('an error says which', () => {
  const said = async (bytes: Uint8Array | string) => {
    const found = await outcome(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes);
    if (typeof found === 'number') throw new Error('expected an error');
    return `${found.code} ${found.message}`;
  };
  const tail = (length: number, magic = 'PAR1') => {
    const bytes = new Uint8Array(12 + 8);
    bytes.set(new TextEncoder().encode('PAR1'));
    new DataView(bytes.buffer).setUint32(12, length, true);
    bytes.set(new TextEncoder().encode(magic), 16);
    return bytes;
  };

  test('file is no Parquet file', async () => {
    expect(await said('')).toMatch(/^UNSUPPORTED .*ends with "PAR1", found an empty file/);
    expect(await said('fLaC and so on and on')).toMatch(/^UNSUPPORTED .*expected a Parquet file/);
    expect(await said('version https://git-lfs.github.com/spec/v1\noid sha256:00')).toMatch(
      /^UNSUPPORTED .*git lfs pull/,
    );
    expect(await said('PAR1 and then nothing more')).toMatch(/^TRUNCATED .*cut off/);
  });
  test('feature is missing', async () => {
    expect(await said(tail(2, 'PARE'))).toMatch(/^UNSUPPORTED .*encrypted/);
  });
  test('length is wrong', async () => {
    expect(await said(tail(0xffff_fff0))).toMatch(/^CORRUPT .*takes 4294967280 bytes, of a file of 20/);
    expect(await said(tail(8))).toMatch(/^(CORRUPT|TRUNCATED) .*footer/);
  });
  test('codec is not read', async () => {
    const whole = new Uint8Array(readFileSync(parquetPath('empty')));
    expect(await outcome(whole)).toBe(0);
    const snappy = Buffer.from(readFileSync(parquetPath('snappy-v1')));
    // The codec of a column chunk is field 4: zigzag 1 behind the type byte of an i32, behind the last name of the path.
    const at = snappy.lastIndexOf(Buffer.from('text\x15\x02', 'latin1'));
    expect(at).toBeGreaterThan(0);
    snappy[at + 5] = 6;
    expect(await said(snappy)).toMatch(/^UNSUPPORTED .*column "text".* codec LZO, which is not read/);
  });
  test.skipIf(!hasShared)('real file of apache/parquet-testing is damaged', async () => {
    const error = await openParquet(sharedPath('parquet/parquet-testing-bad/PARQUET-1481.parquet')).catch((e) => e);
    expect(error).toMatchObject({ code: 'CORRUPT' });
  });
});

describe('structureEnd()', () => {
  const of = (...bytes: number[]) => structureEnd(new Uint8Array(bytes), 0);

  test('steps over every type', () => {
    // Of the compact protocol: booleans, a byte, varints, a double, bytes, a list of structures, a structure.
    expect(
      of(
        0x11,
        0x12,
        0x13,
        9,
        0x15,
        0x80,
        1,
        0x17,
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        0x18,
        2,
        65,
        66,
        0x19,
        0x2c,
        0,
        0,
        0x1c,
        0,
        0,
      ),
    ).toBe(27);
    expect(of(0x05, 0x80, 1, 4, 0)).toBe(5);
  });
  test.each([
    ['a list of 2^31 elements', [0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0], 'TRUNCATED'],
    ['bytes behind the end', [0x18, 100, 1, 2, 3], 'TRUNCATED'],
    ['no end', [0x15, 2], 'TRUNCATED'],
    ['structures without end', Array.from({ length: 1000 }, () => 0x1c), 'CORRUPT'],
    ['lists without end', Array.from({ length: 1000 }, (_, i) => (i === 0 ? 0x19 : 0x19)), 'CORRUPT'],
    ['a number without end', [0x15, ...Array.from({ length: 100 }, () => 0xff)], 'CORRUPT'],
    ['a map', [0x1b, 0], 'CORRUPT'],
  ])('refuses %s', (_, bytes, code) => {
    expect(() => of(...bytes)).toThrow(expect.objectContaining({ code }));
  });
});
