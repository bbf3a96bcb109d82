/** Names of files that are made of keys: whatever a key is, its file lies in the folder, has a name that file systems take, and is no other's. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyText } from '../../../../src/formats/lmdb/key-text.ts';
import { keysOf, nextKey, runOf } from '../../../../src/jobs/unpack/keys.ts';
import { fieldName, Names, stemOf } from '../../../../src/jobs/unpack/names.ts';

const stem = (key: string | Uint8Array) => stemOf(Buffer.from(key as string));

test.each([
  ['sample_00000000', 'sample_00000000'],
  ['a b (1) [x] é 音', 'a b (1) [x] é 音'],
  ['a/../b', 'a%2F..%2Fb'],
  ['..', '%2E%2E'],
  ['.', '%2E'],
  ['.hidden', '%2Ehidden'],
  ['end.', 'end%2E'],
  [' x ', '%20x%20'],
  ['a\\b:c*d?e"f<g>h|i', 'a%5Cb%3Ac%2Ad%3Fe%22f%3Cg%3Eh%7Ci'],
  ['50%', '50%25'],
  ['a~2', 'a%7E2'],
  ['a\0b\n', 'a%00b%0A'],
  ['CON', '%43ON'],
  ['con.txt', '%63on.txt'],
  ['lpt1', '%6Cpt1'],
  ['console', 'console'],
  ['\u202egpj.exe', '%E2%80%AEgpj.exe'],
])('the key %j is called %j', (key, name) => {
  expect(stem(key)).toBe(name);
});

test('bytes that are no text, and long keys', () => {
  expect(stem(Uint8Array.of(0x61, 0xff, 0x2f, 0x25))).toBe('a%FF%2F%25');
  const [long, other] = [stem('k'.repeat(511)), stem(`${'k'.repeat(510)}x`)];
  expect(Buffer.byteLength(long)).toBeLessThanOrEqual(140);
  expect(long).not.toBe(other);
  expect(Buffer.byteLength(stem('音'.repeat(170)))).toBeLessThanOrEqual(140);
});

test('fields have no dots, so that a.b of x is not b of x.a', () => {
  expect(fieldName('a.b')).toBe('a%2Eb');
  expect(fieldName('')).toBe('%');
  expect(Buffer.byteLength(fieldName('f'.repeat(999)))).toBeLessThanOrEqual(60);
});

describe('Names', () => {
  test('tells those apart that a file system may take for one', () => {
    const names = new Names();
    const claimed = ['a', 'A', 'a', 'e\u0301', '\u00e9', 'b', 'a~2'].map((name) => names.claim(name));
    expect(claimed).toEqual(['a', 'A~2', 'a~3', 'e\u0301', '\u00e9~2', 'b', 'a~2~2']);
  });

  test('of any keys are different, stay in the folder, and fit', () => {
    const key = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 511 }),
      fc.string({ minLength: 1, maxLength: 30 }).map((text) => Buffer.from(text)),
      fc.constantFrom('a', 'A', '..', '/', 'a/b', 'nul', 'a~2', '%61').map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(key, { maxLength: 20 }), (keys) => {
        const names = new Names();
        const made = keys.map((each) => `${names.claim(stemOf(each))}.wav`);
        expect(new Set(made.map((name) => name.normalize('NFC').toLowerCase())).size).toBe(keys.length);
        for (const name of made) {
          expect(name).not.toMatch(/[/\\\p{Cc}:*?"<>|]|^\.|^(con|nul|aux|prn)\./iu);
          expect(Buffer.byteLength(name)).toBeLessThan(240);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('keys', () => {
  test('that are numbered are a first one and a count', () => {
    const run = runOf(['sample_00000099', 'sample_00000100'].map((key) => Buffer.from(key)));
    expect(run).toEqual({ first: 'sample_00000099', count: 2 });
    expect(nextKey('sample_99')).toBeUndefined();
    expect(nextKey('sample')).toBeUndefined();
  });

  test('come back, whatever they are', () => {
    const numberedKey = fc.nat(2000).map((number) => Buffer.from(`s${String(number).padStart(4, '0')}`));
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 20 }), numberedKey)), (keys) => {
        const back = keysOf(JSON.parse(JSON.stringify(runOf(keys))));
        expect(back.map((key) => [...key])).toEqual(keys.map((key) => [...key]));
      }),
    );
  });

  test('are told as text, bytes of none as \\xff', () => {
    expect(keyText(Buffer.from('é'))).toBe('é');
    expect(keyText(Uint8Array.of(0x61, 0xff))).toBe('a\\xff');
  });
});
