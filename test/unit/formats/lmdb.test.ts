/** Reads LMDB files of other writers, and compares with what their own libraries read out of them (test/data/lmdb/README.md). */

import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createShared, requestStop } from '../../../src/counters.ts';
import { readLmdbHeader } from '../../../src/formats/lmdb/header.ts';
import { LmdbWriter } from '../../../src/formats/lmdb/write.ts';
import { lmdbFormat } from '../../../src/native/native.ts';
import { type LmdbEntry, LmdbReader } from '../../../src/records/lmdb-reader.ts';
import { hasShared, sharedFiles, sharedPath } from '../../shared-data.ts';

const folder = fileURLToPath(new URL('../../data/lmdb/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'bowerbird-lmdb-'));

interface Facts {
  readonly pageSize: number;
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
  readonly lastPage: number;
  readonly transaction: number;
  readonly sha256OfAllPairs?: string;
  readonly pairs?: readonly (readonly [key: string, size: number])[];
}

const facts = new Map<string, Facts>();
for (const name of ['expected-0.9.29.json', 'expected-0.9.36.json']) {
  for (const [file, fact] of Object.entries(JSON.parse(readFileSync(folder + name, 'utf8'))))
    facts.set(file, fact as Facts);
}
/** Data format v3. */
facts.delete('lmdb-1.0');
const plain = [...facts].filter(([, { pairs }]) => pairs !== undefined);

function digest(pairs: readonly { key: Uint8Array; value: Uint8Array }[]): string {
  const hash = createHash('sha256');
  for (const { key, value } of pairs) {
    const lengths = Buffer.alloc(16);
    lengths.writeBigUInt64LE(BigInt(key.length), 0);
    lengths.writeBigUInt64LE(BigInt(value.length), 8);
    hash.update(lengths).update(key).update(value);
  }
  return hash.digest('hex');
}

async function using<T>(path: string, work: (reader: LmdbReader) => Promise<T>): Promise<T> {
  const reader = await LmdbReader.open(path);
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}

async function drain(entries: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of entries);
}

describe.skipIf(!hasShared).each(sharedFiles('lmdb/').filter(({ name }) => name.endsWith('.mdb')))(
  '$name',
  ({ name, facts: known }) => {
    test('is what py-lmdb says', async () => {
      if (known.error !== undefined) {
        expect(known.error).toContain('MDB_INVALID');
        await expect(LmdbReader.open(sharedPath(name))).rejects.toMatchObject({
          code: 'UNSUPPORTED',
          message: expect.stringContaining('32-bit machine'),
        });
        return;
      }
      await using(sharedPath(name), async (reader) => {
        const pairs: LmdbEntry[] = [];
        for await (const entry of reader.entries()) pairs.push(entry);
        expect(digest(pairs)).toBe(known.sha256OfAllPairs);
        const {
          psize,
          branch_pages: branchPages,
          leaf_pages: leafPages,
          overflow_pages: overflowPages,
          ...stat
        } = known.stat;
        expect(reader.stat.main).toMatchObject({ branchPages, leafPages, overflowPages, ...stat });
        expect(reader.stat).toMatchObject({ pageSize: psize, lastPage: known.lastPage, transaction: known.lastTxn });
        expect(await reader.verify()).toMatchObject({ faults: 0, entries: stat.entries, leakedPages: 0 });
      });
    });
  },
);

test('every file has its facts', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.mdb'));
  expect(files.map((name) => name.slice(0, -4)).sort()).toEqual([...facts.keys(), 'lmdb-1.0', 'npm-3.5.6-head'].sort());
  expect(plain.length).toBeGreaterThan(8);
});

test.each([...facts])('%s: stat is what LMDB says', async (name, fact) => {
  await using(`${folder}${name}.mdb`, async ({ stat, count }) => {
    const { pageSize, lastPage, transaction, main } = stat;
    const { depth, branchPages, leafPages, overflowPages, entries } = main;
    const { pairs, sha256OfAllPairs, ...expected } = fact;
    expect({ pageSize, lastPage, transaction, depth, branchPages, leafPages, overflowPages, entries }).toEqual(
      expected,
    );
    expect(count).toBe(fact.entries);
  });
});

describe.each(plain)('%s', (name, fact) => {
  const path = `${folder}${name}.mdb`;

  // 1: a batch for each entry, none of which fits at first.
  test.each([1, 5000, 4 << 20])('its entries are those that LMDB reads, in batches of %d bytes', async (batchBytes) => {
    for (const reuse of [false, true]) {
      for (const blocking of [false, true]) {
        const pairs: { key: Uint8Array; value: Uint8Array }[] = [];
        await using(path, async (reader) => {
          for await (const batch of reader.batches({ batchBytes, reuse, blocking })) {
            expect(batch.first).toBe(pairs.length);
            for (let i = 0; i < batch.count; i++)
              pairs.push({ key: batch.key(i).slice(), value: batch.value(i).slice() });
          }
        });
        expect(pairs.length).toBe(fact.pairs!.length);
        expect(digest(pairs)).toBe(fact.sha256OfAllPairs);
      }
    }
  });

  test('each value is found by its key, alone and among others', async () => {
    await using(path, async (reader) => {
      const keys: Uint8Array[] = [];
      for await (const key of reader.keys()) keys.push(key.slice());
      const together = await reader.getMany(keys);
      expect(digest(keys.map((key, i) => ({ key, value: together[i]! })))).toBe(fact.sha256OfAllPairs);
      for (const [i, key] of keys.entries()) {
        expect(reader.getNow(key)).toEqual(together[i]);
        expect(await reader.get(key)).toEqual(together[i]);
        // Neighbours that are not there.
        const behind = Buffer.concat([key, Buffer.from([0])]);
        expect(await reader.getMany([behind, key])).toEqual([undefined, together[i]]);
      }
      expect(reader.getNow('nothing of the kind')).toBeUndefined();
      expect(await reader.get('')).toBeUndefined();
    });
  });

  test('reading begins at any key', async () => {
    await using(path, async (reader) => {
      const all: string[] = [];
      for await (const key of reader.keys()) all.push(Buffer.from(key).toString('hex'));
      for (let i = 0; i < all.length; i += 3) {
        const rest: string[] = [];
        for await (const { key } of reader.entries({ from: Buffer.from(all[i]!, 'hex'), batchBytes: 9000 }))
          rest.push(Buffer.from(key).toString('hex'));
        expect(rest).toEqual(all.slice(i));
      }
    });
  });
});

// py-lmdb's verifier finds nothing in any of them but in "shortened", where it is wrong. The numbers are mdb_stat's.
test.each([...facts.keys()])('%s: verify finds nothing', async (name) => {
  const report = await using(`${folder}${name}.mdb`, (reader) => reader.verify());
  expect(report).toMatchObject({ findings: [], faults: 0, leakedPages: 0, longKeys: 0 });
});

test('verify counts what mdb_stat counts', async () => {
  const named = await using(`${folder}named.mdb`, (reader) => reader.verify());
  expect(named).toMatchObject({ databases: 4, entries: 768, duplicateKeys: 2 });
  const freed = await using(`${folder}pages-256-freed.mdb`, (reader) => reader.verify());
  expect(freed).toMatchObject({ freePages: 24, entries: 3, databases: 0 });
});

test('what a reader of keys and values cannot hand out is refused by name', async () => {
  const read = (name: string) => using(`${folder}${name}.mdb`, (reader) => drain(reader.entries()));
  await expect(read('named')).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringMatching(
      /^Cannot read entry 0 of ".*named\.mdb", page 27 at byte 110608: .* is a named database .*mdb_dump -s/,
    ),
  });
  await expect(read('pages-512-fixed')).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringContaining('MDB_DUPSORT'),
  });
  await using(`${folder}pages-512-duplicates.mdb`, async (reader) => {
    await expect(reader.get('many')).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/^Cannot find key "many" in ".*", page 2 at byte 1042: .*MDB_DUPSORT/),
    });
  });
});

describe('other formats are told by their first 32 bytes', () => {
  const swapped = (name: string) => {
    const words = Buffer.from(readFileSync(`${folder}${name}.mdb`));
    return words.subarray(0, 8192).swap32();
  };
  const cases: readonly (readonly [
    name: string,
    bytes: () => Uint8Array,
    format: number,
    version: number,
    words: string,
  ])[] = [
    ['v3', () => readFileSync(`${folder}lmdb-1.0.mdb`), lmdbFormat.v3, 3, 'data format v3 (LMDB 1.0)'],
    [
      'v2',
      () => readFileSync(`${folder}npm-3.5.6-head.mdb`),
      lmdbFormat.v2,
      2,
      'data format v2, which only the npm package lmdb writes',
    ],
    ['big-endian', () => swapped('small'), lmdbFormat.bigEndian, 1, 'big-endian'],
    ['32 bits', () => thirtyTwoBits(), lmdbFormat.v1Of32Bits, 1, '32-bit machine'],
    ['unknown', () => withVersion(999), lmdbFormat.other, 999, 'data format 999'],
    ['no LMDB', () => Buffer.alloc(20000), lmdbFormat.none, 0, 'no LMDB file'],
    ['nothing', () => Buffer.alloc(0), lmdbFormat.none, 0, 'no LMDB file'],
  ];

  /** The head of mozilla/rkv's tests/envs/ref_env_32/data.mdb (Apache-2.0): page number and magic of 4 bytes less. */
  function thirtyTwoBits(): Uint8Array {
    return Buffer.from('000000000000080000000000dec0efbe010000000000000038c7640000100000', 'hex');
  }
  function withVersion(version: number): Uint8Array {
    const bytes = readFileSync(`${folder}small.mdb`);
    bytes.writeUInt32LE(version, 20);
    return bytes;
  }

  test.each(cases)('%s', async (name, bytes, format, version, words) => {
    expect(readLmdbHeader(bytes())).toEqual({ format, version });
    const path = join(scratch, `format-${name.replaceAll(' ', '-')}`);
    writeFileSync(path, bytes());
    await expect(LmdbReader.open(path)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining(words),
    });
  });

  test('v1', () => {
    for (const name of facts.keys()) {
      expect(readLmdbHeader(readFileSync(`${folder}${name}.mdb`))).toEqual({ format: lmdbFormat.v1, version: 1 });
    }
  });
});

test.each([false, true])(
  'large values among small ones come in their order, in memory used again: %s',
  async (reuse) => {
    const sizes = [10, 20 << 20, 5, 3 << 20, 18 << 20, 17 << 20, 100, 0, 2 << 20, 1 << 20, 7];
    const path = join(scratch, `large-${reuse}.mdb`);
    const writer = new LmdbWriter(path);
    for (const [i, size] of sizes.entries()) {
      await writer.write([Buffer.from(`k${100 + i}`)], [Buffer.alloc(size, i + 1)]);
    }
    await writer.finish();
    await using(path, async (reader) => {
      const read: string[] = [];
      for await (const batch of reader.batches({ reuse })) {
        for (let i = 0; i < batch.count; i++) {
          const value = batch.value(i);
          const [first = 0] = value;
          expect(value.every((byte) => byte === first)).toBe(true);
          read.push(`${Buffer.from(batch.key(i))} ${value.length} ${first}`);
        }
      }
      expect(read).toEqual(sizes.map((size, i) => `k${100 + i} ${size} ${size === 0 ? 0 : i + 1}`));
      for (const [i, size] of sizes.entries()) {
        expect(reader.getNow(`k${100 + i}`)).toHaveLength(size);
        expect(await reader.get(`k${100 + i}`)).toHaveLength(size);
      }
    });
  },
);

test('a file that becomes shorter is an error, and the process goes on', async () => {
  const path = join(scratch, 'shrinking.mdb');
  writeFileSync(path, readFileSync(`${folder}values.mdb`));
  await using(path, async (reader) => {
    truncateSync(path, 8192);
    const shorter = { code: 'IO', message: expect.stringContaining('became shorter') };
    await expect(reader.get('v0030000')).rejects.toMatchObject(shorter);
    expect(() => reader.getNow('v0030000')).toThrow('became shorter');
    await expect(reader.verify()).rejects.toMatchObject(shorter);
    await expect(drain(reader.entries())).rejects.toMatchObject(shorter);
  });
});

test('verify stops when it is asked to, and counts bytes', async () => {
  await using(`${folder}deep.mdb`, async (reader) => {
    const shared = createShared();
    await reader.verify({ shared });
    // Every page but the two of meta data, which are read at open(), and those that are free.
    expect(Number(new BigUint64Array(shared, 8, 1)[0])).toBe(17 * 4096);
    requestStop(shared);
    await expect(reader.verify({ shared })).rejects.toMatchObject({ code: 'INTERRUPTED' });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(reader.verify({ signal })).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});

test('a closed reader says so, and what is no file is refused', async () => {
  const reader = await LmdbReader.open(`${folder}small.mdb`);
  await reader.close();
  await expect(reader.get('a')).rejects.toMatchObject({ code: 'USAGE' });
  await expect(LmdbReader.open(folder)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  await expect(LmdbReader.open(join(scratch, 'none'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
