import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BowerbirdError } from '../../../src/errors.ts';
import { readPickle } from '../../../src/formats/pickle/read.ts';
import { pickledCases } from '../../support/python-data.ts';

const folder = new URL('../../data/pickle/', import.meta.url);
const refused: readonly { readonly name: string; readonly pickle: string; readonly says: string }[] = JSON.parse(
  readFileSync(new URL('refused.json', folder), 'utf8'),
);

/** The error of a pickle that must not be read. */
function errorOf(bytes: Uint8Array): BowerbirdError {
  try {
    readPickle(bytes);
  } catch (error) {
    if (error instanceof BowerbirdError) return error;
    throw error;
  }
  throw new Error('it was read');
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('readPickle() refuses by name', () => {
  test.each(refused)('$name', ({ pickle, says }) => {
    const error = errorOf(Buffer.from(pickle, 'base64'));
    expect(error.message).toContain(says);
    expect(error.message).toMatch(/^Cannot read pickle( at byte \d+)?: /);
    expect(['UNSUPPORTED', 'BAD_SCHEMA']).toContain(error.code);
  });
});

test('readPickle() says where a name stands, and what file it is in', () => {
  const pickle = Buffer.from(refused.find(({ name }) => name === 'Counter, protocol 4')!.pickle, 'base64');
  // 0 PROTO, 2 FRAME, 11 and 25 two texts, each with a MEMOIZE behind it (python -m pickletools).
  expect(() => readPickle(pickle, { source: 'shard_00000, sample_00000003' })).toThrowError(
    'Cannot read pickle "shard_00000, sample_00000003" at byte 35: collections.Counter is no plain data; what a pickle names can run code, and this reader runs none',
  );
});

test('readPickle() of every cut is TRUNCATED, at the place where something is missing', () => {
  const whole = readFileSync(new URL('audiomdb.pickle', folder));
  for (let length = 0; length < whole.length; length++) {
    const error = errorOf(whole.subarray(0, length));
    expect(error.code).toBe('TRUNCATED');
    expect(error.offset!).toBeLessThanOrEqual(length);
  }
});

test('readPickle() tells of bytes behind the end', () => {
  const error = errorOf(hex('8004 4b01 2e 0000'));
  expect([error.code, error.offset, error.message]).toEqual([
    'BAD_SCHEMA',
    5,
    'Cannot read pickle at byte 5: 2 bytes follow its end',
  ]);
});

describe('a length is a claim', () => {
  const claims = {
    'BINBYTES8 of 2^63': '8004 8e 0000000000000080 61 2e',
    'BINUNICODE of 4 GiB': '8004 58 ffffffff 61 2e',
    'BINUNICODE8 of 2^64 - 1': '8004 8d ffffffffffffffff 61 2e',
    'BYTEARRAY8 of 2^40': '8005 96 0000000000010000 2e',
    'FRAME of 2^56': '8004 95 0000000000000001 4e2e',
    'SHORT_BINBYTES of 255': '8004 43 ff 2e',
    LONG1: '8004 8a ff 01 2e',
  };
  test.each(Object.entries(claims))('%s', (_, bytes) => {
    expect(errorOf(hex(bytes)).code).toBe('TRUNCATED');
  });

  const wrong = {
    'LONG4 of 2 GiB': '8004 8b ffffff7f 01 2e',
    'LONG4 of -1': '8004 8b ffffffff 01 2e',
    'LONG_BINPUT of 2^32 - 1': '8004 5d 72 ffffffff 2e',
    'LONG_BINGET of 2^32 - 1': '8004 6a ffffffff 2e',
    'BINGET of nothing': '8004 68 00 2e',
    'an opcode beyond its frame': '8004 95 0400000000000000 8c0361 6263 94 2e',
    'a frame in a frame': '8004 95 0a00000000000000 95 0000000000000000 4e 2e',
    'nothing left': '8004 2e',
    'two values': '8004 4e4e 2e',
    'an open MARK': '8004 4e 28 2e',
    'APPENDS without MARK': '8004 5d4e 65 2e',
    'TUPLE2 of one': '8004 4e 86 2e',
    'TUPLE2 across a MARK': '8004 4e 28 4e 86 2e',
    'APPEND to a tuple': '8004 29 4e 61 2e',
    'SETITEMS without a value': '8004 7d 28 4e 75 2e',
    'a second PROTO': '8004 8004 4e 2e',
    'no opcode': '8004 ff 2e',
    'no pickle': 'ffd8ffe0',
    'a text that is not UTF-8': '8004 8c 02 c328 2e',
  };
  test.each(Object.entries(wrong))('%s', (_, bytes) => {
    expect(['BAD_SCHEMA', 'UNSUPPORTED']).toContain(errorOf(hex(bytes)).code);
  });
});

describe('few bytes make no large data', () => {
  const proto = Buffer.from([0x80, 4]);
  const stop = Buffer.from('.');

  test('a list of lists of lists, each the same ten', () => {
    // (h0 h0 ... e) around the list before, forty times.
    const parts: Buffer[] = [proto, Buffer.from(']\x94', 'latin1')];
    for (let i = 0; i < 40; i++) {
      const again = Buffer.concat(Array.from({ length: 10 }, () => Buffer.from([0x68, i])));
      parts.push(Buffer.from(']\x94(', 'latin1'), again, Buffer.from('e'));
    }
    const lists = Buffer.concat([proto, Buffer.from('(', 'latin1'), ...parts.slice(1), Buffer.from('t.', 'latin1')]);
    expect(errorOf(lists).message).toMatch(/more than 8388608 values/);
  });

  test('a tuple in a tuple, 300 deep', () => {
    const deep = (depth: number) => Buffer.concat([proto, Buffer.from(')'), Buffer.alloc(depth - 1, 0x85), stop]);
    expect(errorOf(deep(300)).message).toContain('nests more than 256 deep');
    expect(errorOf(deep(257)).message).toContain('nests more than 256 deep');
    readPickle(deep(256));
  });

  test('two million lists', () => {
    const lists = Buffer.concat([proto, Buffer.from('('), Buffer.alloc(2_000_000, ']'), Buffer.from('t.')]);
    expect(errorOf(lists).message).toContain('more than 1048576 lists');
  });

  test('one text encoded again and again', () => {
    const text = Buffer.concat([Buffer.from([0x58, 0x40, 0x42, 0x0f, 0]), Buffer.alloc(1_000_000, 'a')]);
    const encode = Buffer.from('c_codecs\nencode\nq\x00', 'latin1');
    const again = Buffer.from('h\x00h\x01h\x02\x86R', 'latin1');
    const encoding = Buffer.from('X\x06\x00\x00\x00latin1q\x02', 'latin1');
    const parts = [Buffer.from([0x80, 2]), encode, text, Buffer.from('q\x01', 'latin1'), encoding, Buffer.from('(')];
    const pickle = Buffer.concat([...parts, ...Array.from({ length: 1000 }, () => again), Buffer.from('t.')]);
    expect(errorOf(pickle).message).toContain('_codecs.encode takes the same bytes so often');
  });

  test('an array whose shape promises more than its bytes', () => {
    const { pickles } = pickledCases('numpy-1').find(({ name }) => name === '<f4')!;
    const pickle = Buffer.from(pickles['4']!, 'base64');
    // K 6 TUPLE1, its first shape.
    const at = pickle.indexOf(Buffer.from([0x4b, 6, 0x85]));
    expect(at).toBeGreaterThan(0);
    pickle[at + 1] = 7;
    expect(errorOf(pickle).message).toContain('its shape (7) of "<f4" needs 28 bytes, it has 24');
  });
});

test('keys that are names of Object.prototype pollute nothing', () => {
  const { pickles } = pickledCases('plain').find(({ name }) => name === 'keys of Object.prototype')!;
  const read = readPickle(Buffer.from(pickles['4']!, 'base64')) as Map<string, number>;
  expect([...read.keys()]).toEqual(['__proto__', 'constructor', 'toString', '10', '2']);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});
