import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { BowerbirdError } from '../../../src/errors.ts';
import { head } from '../../../src/formats/msgpack/formats.ts';
import { readMsgpack } from '../../../src/formats/msgpack/read.ts';
import { writeMsgpack } from '../../../src/formats/msgpack/write.ts';
import { type PythonInput, PythonTuple } from '../../../src/formats/python/values.ts';
import { changedBytes, randomFrom } from '../../support/changed-bytes.ts';
import { buildData, type Description, describeData } from '../../support/python-data.ts';

interface Case {
  readonly name: string;
  readonly made: Description;
  readonly value?: Description;
  readonly bytes?: string;
  /** Whether we write these bytes, too. */
  readonly exact?: true;
  readonly refused?: string;
}

const file = new URL('../../data/msgpack/cases.json.gz', import.meta.url);
const cases: readonly Case[] = JSON.parse(gunzipSync(readFileSync(file)).toString());
const packed = cases.filter(({ bytes }) => bytes !== undefined);

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

function errorOf(work: () => unknown): BowerbirdError {
  try {
    work();
  } catch (error) {
    if (error instanceof BowerbirdError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('readMsgpack() reads what Python packed', () => {
  test.each(packed)('$name', ({ value, bytes = '' }) => {
    expect(describeData(readMsgpack(Buffer.from(bytes, 'base64'), { halves: 'bits' }))).toEqual(value);
  });
});

describe('writeMsgpack() gives the bytes of msgpack.packb()', () => {
  test.each(packed.filter(({ exact }) => exact))('$name', ({ made, bytes }) => {
    expect(Buffer.from(writeMsgpack(buildData(made))).toString('base64')).toBe(bytes);
  });
});

describe('writeMsgpack() refuses what Python refuses', () => {
  test.each(cases.filter(({ refused }) => refused !== undefined))('$name', ({ made }) => {
    const error = errorOf(() => writeMsgpack(buildData(made)));
    expect(error.code).toBe('USAGE');
    expect(error.message).toMatch(/^Cannot write msgpack: /);
  });
});

test('a tuple comes back as a list, for MessagePack has but one of them', () => {
  expect(readMsgpack(writeMsgpack({ shape: new PythonTuple([2, 3]) }))).toEqual(new Map([['shape', [2, 3]]]));
});

test('writeMsgpack() refuses a dict that would be read as an array', () => {
  const dict = new Map([[Buffer.from('nd'), true]]);
  expect(errorOf(() => writeMsgpack(dict)).message).toContain('b"nd"');
});

describe('readMsgpack() refuses', () => {
  // [bytes, code, what the message says]. Forms are those of the specification.
  const refused: { readonly [name: string]: readonly [string, string, string] } = {
    'nothing at all': ['', 'TRUNCATED', 'at byte 0'],
    'an array of 2^32 - 1': ['dd ffffffff c0', 'TRUNCATED', 'at byte 0'],
    'a map of 2^32 - 1': ['df ffffffff c0', 'TRUNCATED', 'at byte 0'],
    'bytes of 4 GiB': ['c6 ffffffff c0', 'TRUNCATED', 'at byte 0'],
    'a text of 4 GiB': ['db ffffffff c0', 'TRUNCATED', 'at byte 0'],
    '0xc1': ['91 c1', 'BAD_SCHEMA', 'at byte 1: 0xc1 begins no value'],
    'a timestamp': ['d6 ff 00000000', 'UNSUPPORTED', 'extension of type -1 (a time)'],
    'an extension': ['c7 01 05 00', 'UNSUPPORTED', 'extension of type 5'],
    'more behind it': ['c0 c0', 'BAD_SCHEMA', 'at byte 1: 1 bytes follow its end'],
    'a text that is not UTF-8': ['a2 c328', 'BAD_SCHEMA', 'not UTF-8'],
    'a lone surrogate': ['a3 eda080', 'BAD_SCHEMA', 'not UTF-8'],
    'a key twice': ['82 a161 c0 a161 c0', 'BAD_SCHEMA', 'second time'],
    'a key twice as bytes': ['82 c40161 c0 c40161 c0', 'UNSUPPORTED', 'stands there twice'],
    'a list for a key': ['81 90 c0', 'UNSUPPORTED', 'a key of a dict is a list'],
    'pickled objects in an array': ['82 c4026e64 c3 c4046b696e64 c4014f', 'UNSUPPORTED', 'Python objects'],
    'an array among other entries': ['82 01 c0 c4026e64 c3', 'BAD_SCHEMA', 'other entries'],
    'an array without values': ['81 c4026e64 c3', 'BAD_SCHEMA', 'other entries'],
    'a number that is none': ['82 c407636f6d706c6578 c3 c40464617461 a131', 'BAD_SCHEMA', 'complex number'],
    'too many lists in lists': [`${'91'.repeat(257)}c0`, 'UNSUPPORTED', 'nests more than 256 deep'],
    'lists in lists, cut': ['91'.repeat(200), 'TRUNCATED', 'at byte 200'],
  };
  test.each(Object.entries(refused))('%s', (_, [bytes, code, says]) => {
    const error = errorOf(() => readMsgpack(hex(bytes)));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(says)]);
  });
});

const changes = 100_000;

test(`${changes} changed values are read or refused, and what is read can be written`, { timeout: 120_000 }, () => {
  const seeds = packed.map(({ bytes = '' }) => Buffer.from(bytes, 'base64')).filter(({ length }) => length < 1500);
  const random = randomFrom(17);
  const codes = new Map<string, number>();
  for (let i = 0; i < changes; i++) {
    const bytes = changedBytes(seeds, [...Object.values(head), 0x81, 0x91, 0xa1], random);
    let outcome = 'read';
    try {
      readMsgpack(bytes);
    } catch (error) {
      if (!(error instanceof BowerbirdError)) throw new Error(`${bytes.toString('hex')}: ${error}`, { cause: error });
      outcome = error.code;
    }
    if (outcome === 'read') readMsgpack(writeMsgpack(readMsgpack(bytes) as PythonInput));
    codes.set(outcome, (codes.get(outcome) ?? 0) + 1);
  }
  expect([...codes.keys()].sort()).toEqual(['BAD_SCHEMA', 'TRUNCATED', 'UNSUPPORTED', 'read']);
  expect(Math.min(...codes.values())).toBeGreaterThan(changes / 100);
});
