import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { TypedArray } from '../../../src/formats/example/dtypes.ts';
import { npyHeader, parseNpyHeader } from '../../../src/formats/npy/header.ts';
import { decodeNpy, encodeNpy } from '../../../src/formats/npy/npy.ts';
import { hasShared, sharedBytes, sharedFiles } from '../../shared-data.ts';
import { joined } from './blocks.ts';

describe.skipIf(!hasShared)('on arrays by other writers (needs ../shared)', () => {
  const files = sharedFiles('npy/').filter(({ name, facts }) => name.endsWith('.npy') && !facts.numpyError);

  test.each(files.map((file) => [file.name, file] as const))(
    'decodeNpy() reads %s as NumPy does',
    (name, { facts }) => {
      const bytes = sharedBytes(name);
      const header = parseNpyHeader(bytes, name);
      expect(header).toEqual({
        descr: facts.descr,
        shape: facts.shape,
        fortranOrder: facts.fortranOrder,
        version: facts.version,
        dataOffset: facts.dataOffset,
      });
      const { shape, data, dtype } = decodeNpy(bytes, { halves: 'bits' });
      expect(shape).toEqual(facts.shape);
      if (dtype === 'str') {
        expect((data as string[]).slice(0, facts.firstValues.length)).toEqual(facts.firstValues);
        return;
      }
      const raw = data as TypedArray;
      const hash = createHash('sha256')
        .update(new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength))
        .digest('hex');
      expect(hash).toBe(facts.sha256OfCOrderLittleEndian);
      const values = Array.from(decodeNpy(bytes).data as ArrayLike<number | bigint>, Number);
      const first = facts.firstValues.flat().map(Number);
      expect(values.slice(0, first.length)).toEqual(first);
      if (facts.sum !== undefined) expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(facts.sum, 5);
    },
  );

  // Written by NumPy: the others are by writers with dictionaries of their own.
  const byNumPy = files.filter(({ name, facts }) => facts.dataOffset === 128 && !/example_|unicode/.test(name));
  test.each(byNumPy.map(({ name, facts }) => [name, facts] as const))('encodeNpy() gives %s back', (name, facts) => {
    const bytes = sharedBytes(name);
    const { data, shape } = decodeNpy(bytes, { halves: 'bits' });
    const again = joined(encodeNpy(data as TypedArray, shape, facts.descr));
    expect(Buffer.compare(again, bytes)).toBe(0);
  });

  test.each([
    ['npy/numpy/py3-objarr.npy', /holds Python objects/],
    ['npy/numpy/py3-objarr.npz', /it is an \.npz archive; unpack it/],
    ['npy/npyio/data_float64_corder.npz', /it is an \.npz archive/],
  ])('decodeNpy() refuses %s', (name, message) => {
    const bytes = sharedBytes(name);
    expect(() => decodeNpy(bytes, {}, name)).toThrow(message);
    expect(() => decodeNpy(bytes)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });
});

test('npyHeader() writes what numpy.save writes for any shape', () => {
  // numpy.lib.format.write_array_header_1_0 of NumPy 2.2: all headers of this loop, one after the other, have this SHA-256.
  const repeated = (value: number, times: number) => Array.from({ length: times }, () => value);
  const shapes = [
    [],
    [0],
    [3],
    [12, 1280],
    [0, 1280],
    [10 ** 15, 1280],
    repeated(1, 20),
    repeated(1, 40),
    Array.from({ length: 60 }, (_, i) => i),
    ...[13, 14, 15, 16, 17, 18, 33, 34, 35].map((rank) => repeated(7, rank)),
    [10, ...repeated(7, 11)],
  ];
  const hash = createHash('sha256');
  for (const descr of ['<f4', '<f2', '|u1', '<c16', '|b1'])
    for (const shape of shapes) hash.update(npyHeader(descr, shape));
  expect(hash.digest('hex')).toBe('b6bf411470f81537362f6adb529ba5ed977be340ab460be9e2ea899be23f34dc');
});

test('npyHeader() ends at a multiple of 64 and reads back', () => {
  for (let rows = 1; rows < 1e15; rows = rows * 7 + 3) {
    const header = npyHeader('<f4', [rows, 1280]);
    expect(header.length).toBe(128);
    expect(parseNpyHeader(header)).toEqual({
      descr: '<f4',
      shape: [rows, 1280],
      fortranOrder: false,
      version: [1, 0],
      dataOffset: 128,
    });
  }
});

/** A file with this dictionary, of version 1.0 unless told otherwise. */
function npy(dict: string, values: readonly number[] = [], version = 1): Uint8Array {
  const text = Buffer.from(dict, version === 3 ? 'utf8' : 'latin1');
  const length = version === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0];
  return joined([
    Buffer.from('\x93NUMPY', 'latin1'),
    Uint8Array.from([version, 0, ...length]),
    text,
    Uint8Array.from(values),
  ]);
}

const dict = (descr: string, shape: string, order = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;

describe('decodeNpy()', () => {
  test('reads versions 2.0 and 3.0', () => {
    for (const version of [2, 3]) {
      expect(decodeNpy(npy(dict('<i2', '(2,)'), [1, 0, 2, 0], version))).toEqual({
        dtype: 'int16',
        descr: '<i2',
        shape: [2],
        data: Int16Array.of(1, 2),
      });
    }
  });

  test('swaps big-endian values', () => {
    expect(decodeNpy(npy(dict('>i2', '(2,)'), [1, 2, 3, 4])).data).toEqual(Int16Array.of(0x102, 0x304));
    expect(decodeNpy(npy(dict('>f4', '(1,)'), [0x3f, 0x80, 0, 0])).data).toEqual(Float32Array.of(1));
    expect(decodeNpy(npy(dict('>u8', '()'), [0, 0, 0, 0, 0, 0, 1, 0])).data).toEqual(BigUint64Array.of(256n));
    expect(decodeNpy(npy(dict('>c8', '(1,)'), [0x3f, 0x80, 0, 0, 0x40, 0, 0, 0])).data).toEqual(Float32Array.of(1, 2));
    expect(decodeNpy(npy(dict('>f2', '(1,)'), [0x3c, 0])).data).toEqual(Float32Array.of(1));
    expect(decodeNpy(npy(dict('>U2', '(1,)'), [0, 1, 0xf4, 0x26, 0, 0, 0, 0])).data).toEqual(['\u{1f426}']);
  });

  test('gives Fortran order as C order', () => {
    const { data } = decodeNpy(npy(dict('|u1', '(2, 3)', 'True'), [1, 4, 2, 5, 3, 6]));
    expect(data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
    expect(decodeNpy(npy(dict('>i2', '(2, 1, 2)', 'True'), [0, 1, 0, 3, 0, 2, 0, 4])).data).toEqual(
      Int16Array.of(1, 2, 3, 4),
    );
    expect(decodeNpy(npy(dict('|u1', '(0, 3)', 'True'))).data).toEqual(new Uint8Array(0));
  });

  test('reads values that begin at an odd place', () => {
    const bytes = npy(`${dict('<f8', '(1,)').trimEnd()}  \n`, [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
    const moved = new Uint8Array(bytes.length + 1).fill(7);
    moved.set(bytes, 1);
    expect(decodeNpy(moved.subarray(1)).data).toEqual(Float64Array.of(1));
  });

  test('reads what other writers put into the dictionary', () => {
    for (const text of [
      `{"shape": (2L,), "fortran_order": False, "descr": "|i1"}`,
      `{'fortran_order':False,'descr':'|i1','shape':(2)}`.replace('(2)', '[2]'),
      `  { 'descr' : '|i1' , 'fortran_order' : False , 'shape' : ( 2 , ) , }   \n`,
    ]) {
      expect(decodeNpy(npy(text, [1, 255])).data).toEqual(Int8Array.of(1, -1));
    }
  });

  test.each<[string, Uint8Array, string]>([
    ['no magic', new Uint8Array(100), 'BAD_SCHEMA'],
    ['an empty file', new Uint8Array(0), 'TRUNCATED'],
    ['a cut header', npy(dict('<f4', '(2,)')).subarray(0, 40), 'TRUNCATED'],
    ['too few values', npy(dict('<f4', '(2,)'), [0, 0, 0, 0]), 'TRUNCATED'],
    ['a promise of petabytes', npy(dict('<f4', '(1000000000000, 1280)')), 'TRUNCATED'],
    ['a shape beyond 2^53', npy(dict('<f4', '(99999999999, 99999999999)')), 'BAD_SCHEMA'],
    ['a dimension beyond 2^53', npy(dict('<f4', '(99999999999999999999,)')), 'BAD_SCHEMA'],
    ['bytes after the array', npy(dict('|u1', '(1,)'), [1, 2]), 'UNSUPPORTED'],
    ['version 4.0', npy(dict('|u1', '(1,)'), [1], 4), 'UNSUPPORTED'],
    ['objects', npy(dict('|O', '(1,)')), 'UNSUPPORTED'],
    ['structured records', npy(`{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}`), 'UNSUPPORTED'],
    ['dates', npy(dict('<M8[ns]', '(1,)')), 'UNSUPPORTED'],
    ['long doubles', npy(dict('<f16', '(1,)')), 'UNSUPPORTED'],
    ['a number where the order should be', npy(dict('<f4', '(1,)', '1')), 'BAD_SCHEMA'],
    ['code', npy(`{'descr': '<f4', 'fortran_order': False, 'shape': (1,).__class__()}`), 'BAD_SCHEMA'],
    ['a negative dimension', npy(dict('<f4', '(-1,)')), 'BAD_SCHEMA'],
    ['a key twice', npy(`{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}`), 'BAD_SCHEMA'],
    ['a key too many', npy(`{'descr': '<f4', 'x': 1, 'fortran_order': False, 'shape': (1,)}`), 'BAD_SCHEMA'],
    ['a key too few', npy(`{'descr': '<f4', 'shape': (1,)}`), 'BAD_SCHEMA'],
    ['nesting without end', npy(`{'shape': ${'('.repeat(60_000)}`), 'BAD_SCHEMA'],
    ['text after the dictionary', npy(`${dict('<f4', '(0,)')}x`), 'BAD_SCHEMA'],
    ['a string with an escape', npy(dict('\\x3cf4', '(0,)')), 'BAD_SCHEMA'],
  ])('refuses %s', (_, bytes, code) => {
    expect(() => decodeNpy(bytes)).toThrow(expect.objectContaining({ code }));
  });
});

test('encodeNpy() refuses a type that is not the array, and a shape that is not its length', () => {
  expect(() => encodeNpy(new Float32Array(2), [2], '<f8')).toThrow(
    'Cannot write a Float32Array as "<f8": expected <f4 or <c8',
  );
  expect(() => encodeNpy(new Float32Array(2), [3])).toThrow(/Cannot write 2 values with shape \[3\]/);
  expect(() => encodeNpy(new Float32Array(3), [1], '<c8')).toThrow(/Cannot write 1.5 values/);
});
