/** inspect() and verify() of LMDB files: what py-lmdb says of its own (test/data/lmdb), and samples that Python pickled. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { inspect } from '../../../src/api/inspect.ts';
import { verify } from '../../../src/api/verify.ts';
import { createShared } from '../../../src/counters.ts';
import { LmdbWriter } from '../../../src/formats/lmdb/write.ts';
import { verify as check } from '../../../src/jobs/check/lmdb.ts';
import { scratch } from '../jobs/folder.ts';

const folder = fileURLToPath(new URL('../../data/lmdb/', import.meta.url));
const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const facts: { readonly [name: string]: { readonly [fact: string]: number } & { readonly pairs?: unknown } } = {
  ...read('expected-0.9.29.json'),
  compact: read('expected-0.9.36.json').compact,
};
const golden = (name: string) => join(folder, `${name}.mdb`);
const sample = readFileSync(new URL('../../data/pickle/audiomdb.pickle', import.meta.url));

async function lmdb(entries: { readonly [key: string]: Uint8Array }): Promise<string> {
  const path = join(scratch(), 'data.mdb');
  const writer = new LmdbWriter(path);
  const keys = Object.keys(entries).sort();
  await writer.write(
    keys.map((key) => Buffer.from(key)),
    keys.map((key) => entries[key]!),
  );
  await writer.finish();
  writer.close();
  return path;
}

async function one<T>(files: Promise<{ readonly files: readonly T[] }>): Promise<T> {
  const { files: found } = await files;
  expect(found).toHaveLength(1);
  return found[0]!;
}

describe.each(Object.keys(facts))('%s', (name) => {
  const fact = facts[name]!;

  test('inspect() says what the library that wrote it says', async () => {
    expect(await one(inspect({ inputs: golden(name) }))).toMatchObject({
      format: 'lmdb',
      size: readFileSync(golden(name)).length,
      records: fact['entries'],
      pageSize: fact['pageSize'],
      depth: fact['depth'],
      transaction: fact['transaction'],
      pages: { branch: fact['branchPages'], leaf: fact['leafPages'], overflow: fact['overflowPages'] },
    });
  });

  test('verify() finds nothing wrong, and reads every entry of a plain one', async () => {
    const file = await one(verify({ inputs: golden(name) }));
    expect(file).toMatchObject({ format: 'lmdb', ok: true, damaged: [], faults: 0 });
    expect(file).toMatchObject({ records: fact.pairs === undefined ? 0 : fact['entries'] });
  });
});

test.each([
  ['lmdb-1.0.mdb', 'data format v3 (LMDB 1.0)'],
  ['npm-3.5.6-head.mdb', 'data format v2, which only the npm package lmdb writes'],
])('%s is named, and not judged', async (name, told) => {
  const inputs = join(folder, name);
  await expect(inspect({ inputs })).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringContaining(told),
  });
  const file = await one(verify({ inputs }));
  expect(file).toMatchObject({
    ok: false,
    damaged: [],
    error: { code: 'UNSUPPORTED', message: expect.stringContaining(told) },
  });
});

describe('samples', () => {
  test('are told field by field, in the types of Python', async () => {
    const inputs = await lmdb({ sample_00000000: sample, sample_00000001: sample });
    const file = await one(inspect({ inputs, all: true }));
    // As Python pickled it: test/data/pickle/make_pickles.py.
    expect(file).toMatchObject({
      records: 2,
      inspected: 2,
      complete: true,
      firstKey: 'sample_00000000',
      forms: { pickle: 2, msgpack: 0, other: 0 },
      unread: 0,
      fields: expect.arrayContaining([
        expect.objectContaining({ name: 'audio', types: ['bytes'], records: 2 }),
        expect.objectContaining({ name: 'sample_rate', types: ['int'], range: [16_000, 16_000], example: '16000' }),
        expect.objectContaining({ name: 'text', types: ['str'] }),
        expect.objectContaining({ name: 'duration', types: ['float'] }),
        expect.objectContaining({ name: 'shape', types: ['tuple'] }),
      ]),
    });
    expect(await one(inspect({ inputs, limit: 1 }))).toMatchObject({ records: 2, inspected: 1, complete: false });
  });

  test('that are damaged are told by their keys, and the others are read', async () => {
    const cut = sample.subarray(0, sample.length - 1);
    const noise = Buffer.from('not a sample');
    const inputs = await lmdb({ sample_0: sample, sample_1: cut, sample_2: noise, other: noise });
    const file = await one(verify({ inputs }));
    expect(file).toMatchObject({
      ok: false,
      faults: 2,
      records: 2,
      damaged: [
        { key: 'sample_1', page: null, length: cut.length, code: 'TRUNCATED' },
        { key: 'sample_2', page: null, length: noise.length, code: 'BAD_SCHEMA' },
      ],
      notes: [{ fault: 'unread-values', reason: expect.stringContaining(': 1;') }],
    });
  });

  test('that are damaged by the hundred are counted, and what is not listed is told', async () => {
    const cut = sample.subarray(0, sample.length - 1);
    const entries = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`sample_${1000 + i}`, cut]));
    const file = await one(verify({ inputs: await lmdb(entries) }));
    expect(file).toMatchObject({
      faults: 130,
      notes: [{ fault: 'unlisted-damage', reason: 'Places that are damaged and not listed: 30' }],
    });
    expect(file.damaged).toHaveLength(100);
  });

  test('that would run code are no damage, are never run, and are told by what they call', async () => {
    const refused = JSON.parse(readFileSync(new URL('../../data/pickle/refused.json', import.meta.url), 'utf8'));
    const { pickle } = refused.find(({ name }: { name: string }) => name === 'os.system, protocol 4');
    const inputs = await lmdb({ sample_0: sample, sample_1: Buffer.from(pickle, 'base64') });
    expect(await one(verify({ inputs }))).toMatchObject({
      ok: true,
      notes: [{ fault: 'refused-values', reason: expect.stringMatching(/: 1, the first sample_1: .*posix\.system/) }],
    });
    expect(await one(inspect({ inputs }))).toMatchObject({ inspected: 2, unread: 1 });
  });
});

describe('damage', () => {
  test('of a page has its number and its byte', async () => {
    const bytes = readFileSync(golden('deep'));
    const path = join(scratch(), 'data.mdb');
    // The page says its own number in its first bytes (mdb.c, MDB_page).
    bytes.writeUInt32LE(1234, 4096 * 5);
    writeFileSync(path, bytes);
    const file = await one(verify({ inputs: path }));
    expect(file).toMatchObject({ ok: false });
    expect(file.damaged).toContainEqual(
      expect.objectContaining({
        page: 5,
        code: 'CORRUPT',
        reason: expect.stringContaining('says that it is page 1234'),
      }),
    );
  });

  test('of a file that was cut is told by how long it should be', async () => {
    const path = join(scratch(), 'data.mdb');
    const bytes = readFileSync(golden('values'));
    writeFileSync(path, bytes.subarray(0, 20_000));
    const { damaged } = await one(verify({ inputs: path }));
    const told = expect.stringContaining(`expected a file of at least ${bytes.length} bytes, found 20000`);
    expect(damaged).toContainEqual(expect.objectContaining({ code: 'TRUNCATED', reason: told }));
  });

  test('in any one bit of a small file ends in a report, not in an exception', async () => {
    const bytes = readFileSync(golden('small'));
    const path = join(scratch(), 'data.mdb');
    let damaged = 0;
    for (let bit = 0; bit < bytes.length * 8; bit += 97) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      writeFileSync(path, flipped);
      const input = { uri: path, size: bytes.length, version: '' };
      const { ok } = await check(input, { shared: createShared(), outDir: '' });
      if (!ok) damaged++;
    }
    expect(damaged).toBeGreaterThan(0);
  });
});

test('every golden file is looked at here', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.mdb'));
  const known = [
    ...Object.keys(facts).map((name) => `${name}.mdb`),
    'lmdb-1.0.mdb',
    'npm-3.5.6-head.mdb',
    'duplicates-0.9.36.mdb',
  ];
  expect(files.filter((name) => !known.includes(name))).toEqual([]);
});
