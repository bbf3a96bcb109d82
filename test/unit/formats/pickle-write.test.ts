import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BowerbirdError } from '../../../src/errors.ts';
import { writeMsgpack } from '../../../src/formats/msgpack/write.ts';
import { readPickle } from '../../../src/formats/pickle/read.ts';
import { writePickle } from '../../../src/formats/pickle/write.ts';
import { numpyArray } from '../../../src/formats/python/numpy.ts';
import { ByteOutput } from '../../../src/formats/python/output.ts';
import { NumpyArray, PythonFloat, PythonTuple } from '../../../src/formats/python/values.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function errorOf(work: () => unknown): BowerbirdError {
  try {
    work();
  } catch (error) {
    if (error instanceof BowerbirdError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const list = [1];
const bytes = Buffer.from('ab');

/** As a program in JavaScript has them, and pickle.dumps(value, protocol=4).hex() of Python 3.11 with NumPy 1.26. */
describe('writePickle() takes values of JavaScript', () => {
  test.each([
    [
      'plain objects',
      { a: 1, b: [1.5, true, null], c: { a: 2 } },
      '80049529000000000000007d94288c0161944b018c0162945d9428473ff8000000000000884e658c0163947d9468014b0273752e',
    ],
    [
      'numbers',
      [1, new PythonFloat(1), -0, Number.NaN, Number.POSITIVE_INFINITY, 2n ** 53n, 2 ** 53, 1e300, -1],
      '8004954b000000000000005d94284b01473ff0000000000000478000000000000000477ff8000000000000477ff00000000000008a0700000000000020474340000000000000477e37e43c8800759c4affffffff652e',
    ],
    [
      'a list three times',
      [list, list, new PythonTuple([list])],
      '80049510000000000000005d94285d944b0161680168018594652e',
    ],
    ['bytes twice', [bytes, bytes], '8004950c000000000000005d942843026162946801652e'],
    [
      'an array',
      numpyArray(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]),
      '800495a2000000000000008c156e756d70792e636f72652e6d756c74696172726179948c0c5f7265636f6e7374727563749493948c056e756d7079948c076e6461727261799493944b0085944301629487945294284b014b024b03869468038c0564747970659493948c02663494898887945294284b038c013c944e4e4e4affffffff4affffffff4b007494628943180000803f0000004000004040000080400000a0400000c040947494622e',
    ],
    [
      'floats as halves',
      numpyArray(Float32Array.of(1, 0.1, 65504), [3], '<f2'),
      '8004958e000000000000008c156e756d70792e636f72652e6d756c74696172726179948c0c5f7265636f6e7374727563749493948c056e756d7079948c076e6461727261799493944b0085944301629487945294284b014b03859468038c0564747970659493948c02663294898887945294284b038c013c944e4e4e4affffffff4affffffff4b00749462894306003c662eff7b947494622e',
    ],
    [
      'byte strings of one width',
      new NumpyArray({ dtype: 'bytes', descr: '|S3', shape: [2], data: [Buffer.from('ab'), Buffer.from('')] }),
      '80049588000000000000008c156e756d70792e636f72652e6d756c74696172726179948c0c5f7265636f6e7374727563749493948c056e756d7079948c076e6461727261799493944b0085944301629487945294284b014b02859468038c0564747970659493948c02533394898887945294284b038c017c944e4e4e4b034b014b00749462894306616200000000947494622e',
    ],
    [
      'complex numbers',
      numpyArray(Float32Array.of(1, 2), [1], '<c8'),
      '80049590000000000000008c156e756d70792e636f72652e6d756c74696172726179948c0c5f7265636f6e7374727563749493948c056e756d7079948c076e6461727261799493944b0085944301629487945294284b014b01859468038c0564747970659493948c02633894898887945294284b038c013c944e4e4e4affffffff4affffffff4b007494628943080000803f00000040947494622e',
    ],
  ] as const)('%s', (_, value, expected) => {
    expect(hex(writePickle(value))).toBe(expected);
  });
});

test("a sample of AudioMDB's is read, and written as it was", () => {
  const sample = readFileSync(new URL('../../data/pickle/audiomdb.pickle', import.meta.url));
  const read = readPickle(sample) as Map<string, unknown>;
  expect([...read.keys()].join(' ')).toBe(
    'audio sample_rate text converter label start_s shard_id shard_position shape dtype duration',
  );
  expect(read.get('sample_rate')).toBe(16000);
  expect(read.get('duration')).toEqual(new PythonFloat(1));
  expect(read.get('shape')).toEqual(new PythonTuple([16000]));
  expect(hex(writePickle(read as never))).toBe(hex(sample));
});

test('byte strings and arrays that lie right in memory are views of the pickle', () => {
  const value = { a: new Uint8Array(100), b: numpyArray(new Uint8Array(100)) };
  const pickle = writePickle(value);
  const read = readPickle(pickle) as unknown as Map<string, { buffer: ArrayBuffer; data: Uint8Array }>;
  expect(read.get('a')!.buffer).toBe(pickle.buffer);
  expect(read.get('b')!.data.buffer).toBe(pickle.buffer);
});

test.each([writePickle, writeMsgpack])('%o writes to the same memory again', (write) => {
  const output = new ByteOutput();
  const first = write({ audio: new Uint8Array(50_000).fill(1) }, output);
  const before = hex(first);
  const second = write({ text: 'b' }, output);
  expect(second.buffer).toBe(first.buffer);
  expect(hex(second)).toBe(hex(write({ text: 'b' })));
  expect(hex(write({ audio: new Uint8Array(50_000).fill(1) }, output))).toBe(before);
});

const itself: unknown[] = [];
itself.push({ a: itself });

describe.each([writePickle, writeMsgpack])('%o refuses', (write) => {
  class Own {}
  test.each([
    ['undefined', undefined, 'a value of type undefined'],
    ['a function', () => 1, 'a value of type function'],
    ['a symbol', [Symbol('a')], 'a value of type symbol'],
    ['a hole', new Array(1), 'a value of type undefined'],
    ['a date', new Date(0), 'it holds Date'],
    ['an object of a class', [new Own()], 'it holds Own'],
    [
      'a typed array without a shape',
      { a: Float32Array.of(1) },
      'it holds Float32Array, which is no plain data; numpyArray()',
    ],
    ['data in itself', itself, 'it holds itself'],
    ['lists in lists', deep(257), 'nests more than 256 deep'],
    [
      'equal keys',
      new Map<unknown, number>([
        [1, 0],
        [new PythonFloat(1), 0],
      ]),
      'twice',
    ],
    ['a list for a key', new Map([[[1], 0]]), 'cannot hash'],
    ['an int beyond what is read', 2n ** 65536n, 'an int of'],
    [
      'an array of another shape',
      new NumpyArray({ dtype: 'float32', descr: '<f4', shape: [3], data: Float32Array.of(1) }),
      'shape',
    ],
    [
      'an array of objects',
      new NumpyArray({ dtype: 'object', descr: '|O', shape: [1], data: Uint8Array.of(1) }),
      'Python objects',
    ],
    ['a text that is too long', new NumpyArray({ dtype: 'str', descr: '<U2', shape: [1], data: ['abc'] }), 'at most 2'],
    [
      'values of another type',
      new NumpyArray({ dtype: 'int8', descr: '<i4', shape: [1], data: Int8Array.of(1) }),
      'Int8Array',
    ],
  ])('%s', (_, value, says) => {
    const error = errorOf(() => write(value as never));
    expect([error.code, error.message]).toEqual(['USAGE', expect.stringContaining(says)]);
  });
});

function deep(depth: number): unknown {
  let value: unknown = null;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}
