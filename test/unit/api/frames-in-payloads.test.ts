/** Records that hold TFRecord files: damage must not bring up what lies inside as records of the file, on any road that reads around it. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readTfRecords } from '../../../src/api/read-tfrecords.ts';
import type { VerifiedTfRecord } from '../../../src/api/types.ts';
import { verify } from '../../../src/api/verify.ts';
import { extractFiles, readOutput } from '../../support/extracting.ts';
import { objectStore } from '../../support/object-store.ts';
import { inspectOne, repairOne } from '../../support/one-file.ts';
import { bytesFeature, flipped, offsetsOf, record, tfrecord } from '../../support/records.ts';
import { salvaged } from '../../twins/salvage.ts';
import { collect } from '../formats/blocks.ts';
import { scratch } from '../jobs/folder.ts';

const server = await objectStore();
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const inner = tfrecord(record({ seconds: 7 }), record({ seconds: 8 }));
const deeper = tfrecord(record({ seconds: 9, features: { kept: bytesFeature(inner) } }), record({ seconds: 10 }));
const payloads = [
  record({ seconds: 0 }),
  record({ seconds: 60, features: { kept: bytesFeature(inner) } }),
  record({ seconds: 120, features: { kept: bytesFeature(deeper, inner) } }),
  record({ seconds: 180 }),
];
const file = tfrecord(...payloads);
const offsets = offsetsOf(...payloads);

async function salvage(path: string): Promise<string[]> {
  const batches = await collect(readTfRecords(path, { onError: 'salvage' }));
  return batches.flatMap(({ records }) => records.map(hex));
}

/** A bit of each byte around the payload of each record that holds others, and a few in it. */
const flips = [1, 2].flatMap((hit) => {
  const [begin, end] = [offsets[hit]!, offsets[hit + 1]!];
  const around = [...Array.from({ length: 12 }, (_, i) => begin + i), end - 4, end - 3, end - 2, end - 1];
  return [...around, begin + 12, (begin + end) >> 1, end - 5].map((at) => ({ at, hit }));
});

const roads: { readonly [road: string]: (bytes: Uint8Array) => Promise<string[]> } = {
  'a local file': async (bytes) => await salvage(written(bytes)),
  gzip: async (bytes) => await salvage(written(gzipSync(bytes))),
  zlib: async (bytes) => await salvage(written(deflateSync(bytes))),
  'an object': async (bytes) => {
    server.objects.set('bucket/x', Buffer.from(bytes));
    return await salvage('s3://bucket/x');
  },
  'repair()': async (bytes) => {
    const out = join(scratch(), 'out');
    await repairOne(written(bytes), { out });
    return await salvage(out);
  },
};

function written(bytes: Uint8Array): string {
  const path = join(scratch(), 'x');
  writeFileSync(path, bytes);
  return path;
}

describe.each(Object.keys(roads))('%s', (road) => {
  test('a flipped bit costs the record that it is in, and brings up nothing from inside', async () => {
    for (const { at, hit } of flips) {
      const expected = payloads.filter((_, i) => i !== hit).map(hex);
      expect(await roads[road]!(flipped(file, at, at % 8)), `byte ${at}`).toEqual(expected);
    }
  });
});

test('verify(), inspect() and extract() count the records of the file', async () => {
  for (const { at, hit } of flips.filter((_, i) => i % 5 === 0)) {
    const bytes = flipped(file, at, at % 8);
    const path = written(bytes);
    const damaged = { record: hit, offset: offsets[hit]!, length: offsets[hit + 1]! - offsets[hit]! };
    const { files } = await verify({ inputs: [path] });
    expect(files[0] as VerifiedTfRecord).toMatchObject({ records: 3, damaged: [damaged] });
    expect(await inspectOne(path, { all: true })).toMatchObject({ records: 3, damage: damaged });
    const { outDir, report } = await extractFiles({ a: bytes }, { onError: 'salvage' });
    expect(report).toMatchObject({ records: 3, rejects: 1 });
    const seconds = readOutput(outDir, 'a').rows.map((row) => row['file_timestamp']);
    expect(new Set(seconds).size).toBeGreaterThan(0);
    expect(readOutput(outDir, 'a').npy.shape[0]).toBe(6);
  }
});

// A fuzzer's: a damaged length in front of frames inside a payload; its first eight bytes are choices of the fuzz target.
test('a file by a fuzzer, with every bit flipped, gives what the twin finds', async () => {
  const path = fileURLToPath(
    new URL('../../data/field/tfrecord/crash-358678d0f8a88f3056b3537b959a04b3ebf2717c', import.meta.url),
  );
  const whole = new Uint8Array(readFileSync(path)).subarray(8);
  const { records, damage } = salvaged(whole);
  expect(damage).toEqual([]);
  for (let at = 0; at < whole.length; at += 3) {
    const hit = records.findLast(({ offset }) => offset <= at)!;
    const others = records.filter((one) => one !== hit).map(({ payload }) => hex(payload));
    expect(await salvage(written(flipped(whole, at, at % 8))), `byte ${at}`).toEqual(others);
  }
});
