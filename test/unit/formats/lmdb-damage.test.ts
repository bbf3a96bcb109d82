/** Damaged LMDB files: each rule of the format is broken once, and its finding names the page; and whatever happens to a file, nothing but an error comes of it. */

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BowerbirdError } from '../../../src/errors.ts';
import { explainLmdbFinding } from '../../../src/formats/lmdb/faults.ts';
import { lmdbFault } from '../../../src/native/native.ts';
import { LmdbReader, type LmdbReport } from '../../../src/records/lmdb-reader.ts';

const folder = fileURLToPath(new URL('../../data/lmdb/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'bowerbird-lmdb-damage-'));
const golden = (name: string): Buffer => readFileSync(`${folder}${name}.mdb`);

let written = 0;
function file(bytes: Uint8Array): string {
  const path = join(scratch, `${written++}.mdb`);
  writeFileSync(path, bytes);
  return path;
}

async function verify(bytes: Uint8Array): Promise<LmdbReport> {
  const reader = await LmdbReader.open(file(bytes));
  try {
    return await reader.verify();
  } finally {
    await reader.close();
  }
}

/** Offsets of mdb.c: the header of a page is 16 bytes, MDB_meta follows it. */
const meta = {
  freeFlags: 44,
  mainFlags: 92,
  mainDepth: 94,
  mainLeaves: 104,
  mainEntries: 120,
  mainRoot: 128,
  lastPage: 136,
  transaction: 144,
};
const header = { number: 0, flags: 10, lower: 12, upper: 14, nodes: 16 };

/** Transaction N writes meta page N mod 2, and the goldens here have page size 4096. */
type Damage = (bytes: Buffer) => void;
const cases: readonly (readonly [
  what: string,
  name: string,
  damage: Damage,
  fault: keyof typeof lmdbFault,
  page: number | ((bytes: Buffer) => number),
])[] = [
  ['an entry too many', 'small', (b) => b.writeUInt8(4, 4096 + meta.mainEntries), 'entries', 1],
  ['a leaf too many', 'small', (b) => b.writeUInt8(2, 4096 + meta.mainLeaves), 'leafPages', 1],
  ['a root outside', 'small', (b) => b.writeUInt8(77, 4096 + meta.mainRoot), 'pageOutside', 1],
  ['a root that is a meta page', 'small', (b) => b.writeUInt8(1, 4096 + meta.mainRoot), 'pageOutside', 1],
  ['33 levels', 'small', (b) => b.writeUInt8(33, 4096 + meta.mainDepth), 'tooDeep', 1],
  ['flags that contradict', 'small', (b) => b.writeUInt8(0x10, 4096 + meta.mainFlags), 'databaseFlags', 1],
  ['a transaction in the wrong page', 'small', (b) => b.writeUInt8(4, 4096 + meta.transaction), 'transaction', 1],
  ['a page with another number', 'small', (b) => b.writeUInt8(9, 2 * 4096 + header.number), 'pageNumber', 2],
  ['a page that was not written', 'small', (b) => b.writeUInt8(0x12, 2 * 4096 + header.flags), 'dirty', 2],
  ['a page of no kind', 'small', (b) => b.writeUInt8(0x03, 2 * 4096 + header.flags), 'pageFlags', 2],
  ['bounds that cross', 'small', (b) => b.writeUInt16LE(4000, 2 * 4096 + header.lower), 'pageBounds', 2],
  ['a page of no entries', 'small', (b) => b.writeUInt16LE(16, 2 * 4096 + header.lower), 'pageEmpty', 2],
  ['an entry at the end', 'small', (b) => b.writeUInt16LE(4092, 2 * 4096 + header.nodes), 'nodeOffset', 2],
  ['the same entry twice', 'small', (b) => b.copy(b, 2 * 4096 + 18, 2 * 4096 + 16, 2 * 4096 + 18), 'nodeOverlap', 2],
  ['a key that is too long', 'small', (b) => b.writeUInt16LE(5000, node(b, 2, 0) + 6), 'nodeSize', 2],
  ['a value that is too long', 'small', (b) => b.writeUInt16LE(5000, node(b, 2, 2)), 'nodeSize', 2],
  ['a value that is shorter', 'small', (b) => b.writeUInt16LE(90, node(b, 2, 2)), 'pageSpace', 2],
  ['unknown flags', 'small', (b) => b.writeUInt8(8, node(b, 2, 1) + 4), 'nodeFlags', 2],
  ['values under a key that has one', 'small', (b) => b.writeUInt8(4, node(b, 2, 1) + 4), 'nodeFlags', 2],
  ['keys in another order', 'small', (b) => b.write('z', node(b, 2, 0) + 8), 'keyOrder', 2],
  [
    'a separator above the keys behind it',
    'deep',
    (b) => b.write('9', node(b, root(b), 1) + 8),
    'keyOrder',
    (b) => child(b, child(b, root(b), 1), 0),
  ],
  ['a page that is its own child', 'deep', (b) => b.writeUInt16LE(root(b), node(b, root(b), 1)), 'pageTwice', root],
  ['a leaf where a branch should be', 'deep', (b) => b.writeUInt16LE(2, node(b, root(b), 1)), 'pageTwice', root],
  ['a value outside', 'values', (b) => b.writeUInt16LE(9999, node(b, 2, 9) + 8 + 8), 'extentOutside', 2],
  ['a value that takes more pages', 'values', (b) => b.writeUInt8(200, extent(b, 9) * 4096 + 12), 'extentPages', 13],
  ['a value that is a leaf', 'values', (b) => b.writeUInt8(2, extent(b, 9) * 4096 + header.flags), 'extentFlags', 13],
  ['a free page in use', 'freed', (b) => b.writeUInt8(21, freeList(b) + 8), 'freeInUse', 21],
  ['a free page outside', 'freed', (b) => b.writeUInt16LE(999, freeList(b) + 8), 'freeOutside', 21],
  ['a list of free pages of another length', 'freed', (b) => b.writeUInt8(1, freeList(b)), 'freeSize', 21],
];

/** Where node `i` of a page begins. */
function node(bytes: Buffer, page: number, i: number): number {
  return page * 4096 + bytes.readUInt16LE(page * 4096 + header.nodes + 2 * i);
}
/** The page behind node `i` of a branch. */
function child(bytes: Buffer, page: number, i: number): number {
  return bytes.readUInt16LE(node(bytes, page, i));
}
function metaPage(bytes: Buffer): number {
  return bytes.readUInt32LE(meta.transaction) > bytes.readUInt32LE(4096 + meta.transaction) ? 0 : 4096;
}
function root(bytes: Buffer): number {
  return bytes.readUInt16LE(metaPage(bytes) + meta.mainRoot);
}
/** First page of the value of node `i` of page 2, whose keys have 8 bytes. */
function extent(bytes: Buffer, i: number): number {
  return bytes.readUInt16LE(node(bytes, 2, i) + 8 + 8);
}
/** The first list of free pages: behind the header of its node and the key of 8 bytes. */
function freeList(bytes: Buffer): number {
  return node(bytes, bytes.readUInt16LE(metaPage(bytes) + 80), 0) + 8 + 8;
}

test.each(cases)('verify finds %s', async (_, name, damage, fault, where) => {
  const bytes = golden(name);
  const page = typeof where === 'number' ? where : where(bytes);
  damage(bytes);
  const { findings, faults } = await verify(bytes);
  expect(faults).toBeGreaterThan(0);
  const finding = findings.find((one) => one.fault === lmdbFault[fault]);
  expect({ fault, page: finding?.page, all: findings }).toMatchObject({ page });
  expect(Math.floor(finding!.offset / 4096)).toBe(page);
  expect(explainLmdbFinding(finding!)).toMatchObject({ code: 'CORRUPT' });
});

test('every fault has its sentence', () => {
  for (const [name, fault] of Object.entries(lmdbFault)) {
    const { code, reason } = explainLmdbFinding({ fault, page: 2, offset: 8192, a: 1, b: 2 });
    expect(['CORRUPT', 'TRUNCATED', 'UNSUPPORTED'], name).toContain(code);
    expect(reason.length, name).toBeGreaterThan(20);
  }
  expect(() => explainLmdbFinding({ fault: 99, page: 0, offset: 0, a: 0, b: 0 })).toThrow('reported fault 99');
});

test('a reader stops at damage, after what stands before it', async () => {
  const bytes = golden('small');
  bytes.writeUInt8(8, node(bytes, 2, 2) + 4);
  const reader = await LmdbReader.open(file(bytes));
  const keys: string[] = [];
  const read = async () => {
    for await (const { key } of reader.entries()) keys.push(Buffer.from(key).toString());
  };
  await expect(read()).rejects.toMatchObject({
    code: 'CORRUPT',
    message: expect.stringMatching(
      /^Cannot read entry 2 of ".*", page 2 at byte 8212: entry 2 has flags 0x08, which cannot be here$/,
    ),
    offset: 8212,
  });
  expect(keys).toEqual(['a', 'b']);
  expect(Buffer.from((await reader.get('a'))!).toString()).toBe('1');
  await reader.close();
});

test('a count that does not hold is told at the end of the entries', async () => {
  const bytes = golden('small');
  bytes.writeUInt8(4, 4096 + meta.mainEntries);
  const reader = await LmdbReader.open(file(bytes));
  const drained = (async () => {
    for await (const _ of reader.entries());
  })();
  await expect(drained).rejects.toMatchObject({
    code: 'CORRUPT',
    message: expect.stringContaining('says 4 entries, found 3'),
  });
  await reader.close();
});

test('every cut of a file is TRUNCATED, found by open() or by verify()', async () => {
  const whole = golden('pages-256-extents');
  for (let size = 0; size < whole.length; size += 64) {
    const cut = whole.subarray(0, size);
    const outcome = await verify(cut).catch((error) => error);
    if (outcome instanceof BowerbirdError)
      expect(outcome.code, `${size}`).toBe(size < 32 ? 'UNSUPPORTED' : 'TRUNCATED');
    else
      expect(
        outcome.findings.map(explainLmdbFinding).map(({ code }: { code: string }) => code),
        `${size}`,
      ).toContain('TRUNCATED');
  }
});

test('whatever bytes change, verify ends, and what it calls sound can be read to the last entry', {
  timeout: 120_000,
}, async () => {
  const names = [
    'deep',
    'values',
    'freed',
    'pages-256-deep',
    'pages-256-freed',
    'pages-512-named',
    'pages-512-duplicates',
    'pages-512-fixed',
  ];
  const change = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) });
  const property = fc.asyncProperty(
    fc.constantFrom(...names),
    fc.array(change, { minLength: 1, maxLength: 4 }),
    async (name, changes) => {
      const bytes = golden(name);
      for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
      const reader = await LmdbReader.open(file(bytes)).catch((error) => error);
      if (reader instanceof Error) {
        expect(reader).toBeInstanceOf(BowerbirdError);
        return;
      }
      const report: LmdbReport = await reader.verify();
      let read = 0;
      const failure = await (async () => {
        for await (const _ of reader.entries({ batchBytes: 1 << 16 })) read++;
      })().catch((error) => error);
      if (failure !== undefined) expect(failure).toBeInstanceOf(BowerbirdError);
      if (report.faults === 0 && report.databases === 0 && report.duplicateKeys === 0) {
        expect({ failure, read }).toEqual({ failure: undefined, read: reader.count });
      }
      await reader.close();
    },
  );
  await fc.assert(property, { numRuns: 400 });
});
