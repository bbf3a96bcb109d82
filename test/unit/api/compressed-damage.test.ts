/** Records in front of and behind damage in compressed files: all that was inflated counts, and a gzip file goes on at its next member. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { convert } from '../../../src/api/convert.ts';
import { readTfRecords } from '../../../src/api/read-tfrecords.ts';
import type { DamagedRange, VerifiedTfRecord } from '../../../src/api/types.ts';
import { verify } from '../../../src/api/verify.ts';
import { hasShared, sharedPath } from '../../shared-data.ts';
import { objectStore } from '../../support/object-store.ts';
import { inspectOne, repairOne } from '../../support/one-file.ts';
import { flipped, join as joined, tfrecord } from '../../support/records.ts';
import { noise, untilError } from '../formats/blocks.ts';
import { scratch } from '../jobs/folder.ts';

const server = await objectStore();
const field = (name: string) => fileURLToPath(new URL(`../../data/field/tfrecord/${name}`, import.meta.url));
const hex = (record: Uint8Array) => Buffer.from(record).toString('hex');

async function salvage(path: string) {
  const damage: DamagedRange[] = [];
  const { items, error } = await untilError(
    readTfRecords(path, { onError: 'salvage', onDamage: (range) => damage.push(range) }),
  );
  expect(error).toBeUndefined();
  return { records: items.flatMap(({ records }) => records.map(hex)), damage };
}

function written(bytes: Uint8Array): string {
  const path = join(scratch(), 'x');
  writeFileSync(path, bytes);
  return path;
}

async function expectOnAllRoads(path: string, intact: number, code: string) {
  expect(await salvage(path)).toMatchObject({ records: { length: intact }, damage: [{ code }] });
  const { items, error } = await untilError(readTfRecords(path));
  expect(items.flatMap(({ records }) => [...records])).toHaveLength(intact);
  expect(error).toMatchObject({ code });
  const { files } = await verify({ inputs: [path] });
  expect(files[0] as VerifiedTfRecord).toMatchObject({ ok: false, records: intact, damaged: [{ code }] });
  expect(await inspectOne(path, { all: true })).toMatchObject({ records: intact, damage: { code } });
  const out = join(scratch(), 'out');
  expect(await repairOne(path, { out })).toMatchObject({ records: intact, damaged: [{ code }] });
  expect((await salvage(out)).records).toHaveLength(intact);
}

// As TensorFlow reads them: four records, then a DataLossError.
test.each([
  ['gz_trailgarb', 'CORRUPT_RECORD'],
  ['gz_cut1', 'TRUNCATED'],
  ['gz_cut8', 'TRUNCATED'],
  ['zlib_cut2', 'TRUNCATED'],
  ['zlib_trail', 'CORRUPT_RECORD'],
  ['zlib_multi', 'CORRUPT_RECORD'],
])('%s gives its four records, then what is wrong', async (name, code) => {
  await expectOnAllRoads(field(name), 4, code);
  server.objects.set(`bucket/${name}`, readFileSync(field(name)));
  expect(await salvage(`s3://bucket/${name}`)).toMatchObject({ records: { length: 4 }, damage: [{ code }] });
});

describe.skipIf(!hasShared)('long gzip files (needs ../shared)', () => {
  const path = (name: string) => sharedPath(`field/tfrecord/${name}`);

  test('mid_gz_garb gives all of its 600 records', async () => {
    await expectOnAllRoads(path('mid_gz_garb'), 600, 'CORRUPT_RECORD');
  });

  test('mid_gz_flip400000 gives all but the record that the flipped bit lies in', async () => {
    const whole = await salvage(path('mid_gz_garb'));
    const { records, damage } = await salvage(path('mid_gz_flip400000'));
    expect(records).toEqual(whole.records.toSpliced(250, 1));
    expect(damage.map(({ record }) => record)).toEqual([250, 600]);
  });
});

const payloads = Array.from({ length: 40 }, (_, i) => noise(300 + 13 * i, i + 1).map((byte) => byte & 0x3f));
const content = tfrecord(...payloads);
const packs = { gzip: [gzipSync, gunzipSync], zlib: [deflateSync, inflateSync] } as const;

test.each(['gzip', 'zlib'] as const)(
  'a %s file that is cut gives every record whose last byte can be inflated',
  async (kind) => {
    const [pack, unpack] = packs[kind];
    const packed = new Uint8Array(pack(content));
    for (let length = 40; length < packed.length; length += 997) {
      // What zlib makes of a stream that it knows to be cut.
      const inflated = unpack(packed.subarray(0, length), { finishFlush: 2 });
      let whole = 0;
      for (let at = 0; whole < payloads.length; whole++) {
        at += payloads[whole]!.length + 16;
        if (at > inflated.length) break;
      }
      const { records, damage } = await salvage(written(packed.subarray(0, length)));
      expect(records).toEqual(payloads.slice(0, whole).map(hex));
      expect(damage).toMatchObject([{ code: 'TRUNCATED' }]);
    }
  },
);

test.each(['gzip', 'zlib'] as const)('a flipped bit in a %s file costs no record in front of it', async (kind) => {
  // Blocks of deflate that are stored tell where each byte of the content stands, behind a header and five bytes for each block.
  const packed = new Uint8Array(packs[kind][0](content, { level: 0 }));
  for (let at = 20; at < packed.length; at += 509) {
    const inFront = payloads.filter((_, i) => ends[i]! + 20 + 5 * 2 <= at);
    const { records, damage } = await salvage(written(flipped(packed, at, at % 8)));
    expect(records.slice(0, inFront.length)).toEqual(inFront.map(hex));
    expect(damage.length).toBeGreaterThan(0);
    for (const record of records) expect(payloads.map(hex)).toContain(record);
  }
});
const ends = payloads.map((_, i) => payloads.slice(0, i + 1).reduce((sum, { length }) => sum + length + 16, 0));

describe('a gzip file of members', () => {
  const parts = [payloads.slice(0, 15), payloads.slice(15, 25), payloads.slice(25)];
  const members = parts.map((part) => new Uint8Array(gzipSync(tfrecord(...part))));

  test('is read on behind a damaged member', async () => {
    // Somewhere in the second member, its header and trailer included.
    for (let at = 0; at < members[1]!.length; at += 41) {
      const bad = flipped(members[1]!, at, at % 8);
      const { records, damage } = await salvage(written(joined(members[0]!, bad, members[2]!)));
      expect(records.slice(0, 15), `byte ${at}`).toEqual(parts[0]!.map(hex));
      expect(records.slice(-15), `byte ${at}`).toEqual(parts[2]!.map(hex));
      for (const record of records.slice(15, -15)) expect(parts[1]!.map(hex)).toContain(record);
      // The time, the level and the system in a header concern nobody.
      if (at < 4 || at > 9) expect(damage.length, `byte ${at}`).toBeGreaterThan(0);
    }
  });

  test('is read on behind a member that was cut, and behind bytes that are none', async () => {
    for (const between of [
      members[1]!.subarray(0, -1),
      members[1]!.subarray(0, 500),
      noise(70_000, 3),
      new Uint8Array(9),
    ]) {
      const path = written(joined(members[0]!, between, members[2]!));
      const { records, damage } = await salvage(path);
      expect(records.slice(0, 15)).toEqual(parts[0]!.map(hex));
      expect(records.slice(-15)).toEqual(parts[2]!.map(hex));
      expect(damage.length).toBeGreaterThan(0);
      // Without salvage the first damage is the end.
      const failed = await untilError(readTfRecords(path));
      expect(failed.items.flatMap((batch) => batch.records.map(hex))).toEqual(
        records.slice(0, failed.items.flatMap((batch) => [...batch.records]).length),
      );
      expect(failed.error).toMatchObject({ code: expect.stringMatching(/CORRUPT_RECORD|TRUNCATED/) });
    }
  });

  test('tells a break between two records at its place, in the order of the file', async () => {
    const bad = flipped(members[0]!, members[0]!.length - 6);
    const { damage } = await salvage(written(joined(bad, members[1]!, members[2]!.subarray(0, -2))));
    const at = parts[0]!.reduce((sum, { length }) => sum + length + 16, 0);
    expect(damage).toMatchObject([
      { record: 15, offset: at, length: 0, code: 'CORRUPT_RECORD' },
      { record: 40, offset: content.length, length: 0, code: 'TRUNCATED' },
    ]);
  });
});

describe('convert() of a damaged gzip file', () => {
  const parts = [payloads.slice(0, 15), payloads.slice(15, 25), payloads.slice(25)];
  const members = parts.map((part) => new Uint8Array(gzipSync(tfrecord(...part))));
  const [first, second, third] = members as [Uint8Array, Uint8Array, Uint8Array];

  test.each([
    ['at its first byte', joined(flipped(first, 0), second, third)],
    ['between two members', joined(flipped(first, first.length - 6), second, third)],
    ['inside the first member', joined(flipped(first, first.length >> 1), second, third)],
    ['inside the second member', joined(first, flipped(second, second.length >> 1), third)],
    ['at its end', joined(first, second, third.subarray(0, -2))],
  ])('salvages the same records to any number of shards: damage %s', async (_, bytes) => {
    const inputs = [written(bytes)];
    const converted = (shards: number) =>
      convert({
        inputs,
        out: join(scratch(), 'x'),
        to: 'tfrecord',
        shards,
        onError: 'salvage',
        proof: true,
        workers: 1,
      });
    const { records, rejects, proof } = await converted(1);
    expect(records).toBe((await salvage(inputs[0]!)).records.length);
    expect(rejects).toBeGreaterThan(0);
    for (const shards of [2, 5]) expect(await converted(shards)).toMatchObject({ records, rejects, proof });
  });
});

describe('a gzip file whose first bytes are damaged', () => {
  const byZlib = new Uint8Array(gzipSync(content));
  // As gzip(1) writes: with the name of the file behind the header.
  const named = joined(
    Uint8Array.of(0x1f, 0x8b, 8, 8),
    byZlib.subarray(4, 10),
    Buffer.from('x.tfrecord\0'),
    byZlib.subarray(10),
  );
  const beginnings = [
    Uint8Array.of(0, 0, 0),
    Uint8Array.of(0x1f, 0x8b, 9),
    Uint8Array.of(0x3f),
    Uint8Array.of(0x1f, 0x8a),
  ];
  const damagedBy = (whole: Uint8Array, beginning: Uint8Array) => joined(beginning, whole.subarray(beginning.length));

  test.each([
    ['by zlib', byZlib],
    ['with a name', named],
    ['of two members', joined(byZlib, new Uint8Array(gzipSync(tfrecord(...payloads))))],
  ])('gives all records on all roads, and what is wrong (%s)', async (_, whole) => {
    const intact = (await salvage(written(whole))).records;
    expect(intact.length % payloads.length).toBe(0);
    for (const beginning of beginnings) {
      const path = written(damagedBy(whole, beginning));
      const { records, damage } = await salvage(path);
      expect(records).toEqual(intact);
      expect(damage).toMatchObject([{ record: 0, offset: 0, length: 0, code: 'CORRUPT_RECORD' }]);
      expect(damage[0]!.reason).toMatch(/gzip stream of .* the bytes that begin it were changed/);
      const { error } = await untilError(readTfRecords(path));
      expect(error).toMatchObject({ code: 'CORRUPT_RECORD', message: expect.stringContaining('gzip stream') });
      const { files } = await verify({ inputs: [path] });
      const found = { ok: false, format: 'tfrecord', compression: 'gzip', records: intact.length };
      expect(files[0]).toMatchObject({ ...found, damaged: [{ offset: 0, length: 0, code: 'CORRUPT_RECORD' }] });
    }
    const out = join(scratch(), 'out');
    const path = written(damagedBy(whole, beginnings[0]!));
    expect(await repairOne(path, { out })).toMatchObject({ compression: 'gzip', records: intact.length, lostBytes: 0 });
    expect(gunzipSync(readFileSync(out)).length).toBe(intact.length * 16 + intact.join('').length / 2);
    expect(await inspectOne(path, { all: true })).toMatchObject({ compression: 'gzip', records: intact.length });
  });

  test('is an object that is read so too', async () => {
    server.objects.set('bucket/start', Buffer.from(damagedBy(byZlib, beginnings[0]!)));
    expect(await salvage('s3://bucket/start')).toMatchObject({ records: payloads.map(hex), damage: [{ offset: 0 }] });
  });

  test('and more of them than can be mended, is told by its name', async () => {
    const path = join(scratch(), 'x.tfrecord.gz');
    writeFileSync(path, damagedBy(byZlib, noise(500, 5)));
    const told = {
      message: expect.stringMatching(/no intact record .*; its name says gzip, and its first bytes do not/),
    };
    await expect(inspectOne(path)).rejects.toMatchObject({ code: 'UNSUPPORTED', ...told });
    await expect(repairOne(path, { out: join(scratch(), 'out') })).rejects.toMatchObject({
      code: 'CORRUPT_RECORD',
      ...told,
    });
  });

  test('is not seen in bytes that hold no record, whatever they look like', async () => {
    for (const whole of [new Uint8Array(gzipSync(noise(5000, 3))), byZlib.subarray(0, 20)]) {
      const { records, damage } = await salvage(written(damagedBy(whole, Uint8Array.of(0, 0, 0))));
      expect(records).toEqual([]);
      expect(damage[0]!.reason).not.toMatch(/gzip/);
    }
  });
});
