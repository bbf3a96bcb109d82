/** Transposed chunks, byte for byte those of Google's writer where records are empty or no messages: test/data/array-record/make_transposed.py. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hasShared, sharedBytes } from '../../shared-data.ts';
import { readAll, written, writtenBytes } from '../../support/array-records.ts';

interface Case {
  readonly pattern: string;
  readonly options: string;
  readonly sha256: string;
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('../../data/array-record/transposed.json', import.meta.url), 'utf8'),
);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const recordsOf = (pattern: string) =>
  Array.from(pattern, (kind, i) => new Uint8Array(kind === 'e' ? 0 : 1 + (i % 5)).fill(0xff));

test('records that are empty or no messages give the bytes of Google’s writer, in whatever order they come', async () => {
  expect(cases.length).toBeGreaterThan(60);
  const differing: string[] = [];
  for (const { pattern, options, sha256: expected } of cases) {
    const path = await written(recordsOf(pattern), options);
    if (sha256(readFileSync(path)) !== expected) differing.push(`${pattern}, ${options}`);
    const lengths = (await readAll(path)).map(({ length }) => length);
    expect(lengths, pattern).toEqual(recordsOf(pattern).map(({ length }) => length));
  }
  expect(differing).toEqual([]);
});

test.skipIf(!hasShared)(
  'one empty record gives the file that Google’s writer made of it (needs ../shared)',
  async () => {
    const theirs = sharedBytes('field/arrayrecord/google-5-oneempty.ar');
    expect(sha256(theirs)).toBe('cc2cc3652267ab13867fa2d6b629de19ca83f0b866e17bde5c148039a8d1bd82');
    // The options that are stored in it.
    expect(sha256(await writtenBytes([''], 'group_size:1,uncompressed,transpose:true'))).toBe(sha256(theirs));
  },
);

test('messages among them stay whole and are read back, compressed too', async () => {
  const message = Uint8Array.of(8, 0x96, 1);
  const records = [message, new Uint8Array(0), Uint8Array.of(0xff), message, new Uint8Array(0)];
  for (const codec of ['uncompressed', 'brotli', 'snappy', 'zstd']) {
    expect(await readAll(await written(records, `group_size:3,transpose:true,${codec}`)), codec).toEqual(records);
  }
});
