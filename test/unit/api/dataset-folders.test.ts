/** inspect() and verify() of a folder that is one dataset: what AudioMDB wrote, and a metadata.json that does not tell the truth. */

import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inspect } from '../../../src/api/inspect.ts';
import { verify } from '../../../src/api/verify.ts';
import { LmdbWriter } from '../../../src/formats/lmdb/write.ts';
import type { InspectedDataset } from '../../../src/jobs/check/dataset-inspect.ts';
import type { VerifiedDataset } from '../../../src/jobs/check/dataset-verify.ts';
import { hasShared, sharedPath } from '../../shared-data.ts';
import { scratch } from '../jobs/folder.ts';

/** Pickled by Python: its duration is 1.0. */
const sample = readFileSync(new URL('../../data/pickle/audiomdb.pickle', import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: tests put anything in it
type Metadata = { [name: string]: any };

async function writeShard(folder: string, name: string, numbers: readonly number[]): Promise<string> {
  mkdirSync(join(folder, name), { recursive: true });
  const path = join(folder, name, 'data.mdb');
  const writer = new LmdbWriter(path);
  const keys = numbers.map((number) => Buffer.from(`sample_${String(number).padStart(8, '0')}`));
  await writer.write(
    keys,
    keys.map(() => sample),
  );
  await writer.finish();
  await writer.close();
  writeFileSync(join(folder, name, 'lock.mdb'), '');
  return path;
}

/** Three samples in one shard and two in another, as pack() lays them out. */
async function dataset(change: (metadata: Metadata, folder: string) => unknown = () => {}): Promise<string> {
  const folder = scratch();
  const shards = [];
  for (const [id, numbers] of [
    [0, 1, 2],
    [3, 4],
  ].entries()) {
    const bytes = readFileSync(await writeShard(folder, `shard_0000${id}`, numbers));
    const checksum = createHash('sha256').update(bytes).digest('hex');
    const path = `shard_0000${id}`;
    shards.push({ id, path, samples: numbers.length, size_bytes: bytes.length, checksum_sha256: checksum });
  }
  const metadata: Metadata = {
    ...{ dataset_name: 'birds', version: 'unknown', dataset_size: 5, total_duration: 5, num_shards: 2 },
    ...{ max_item_in_shard: 3, features: {}, processors_applied: ['LogMel'], shards },
  };
  await change(metadata, folder);
  writeFileSync(join(folder, 'metadata.json'), JSON.stringify(metadata));
  writeFileSync(join(folder, 'pack.json'), '{}');
  return folder;
}

async function verified(inputs: string): Promise<VerifiedDataset> {
  const { files } = await verify({ inputs });
  const [first] = files.filter((file) => file.format === 'dataset');
  expect(files.filter((file) => file.format === 'unknown')).toEqual([]);
  return first as VerifiedDataset;
}

describe.skipIf(!hasShared)('what AudioMDB wrote', () => {
  test('is sound, with its oddities', async () => {
    const report = await verify({ inputs: sharedPath('lmdb/audiomdb-run') });
    expect(report).toMatchObject({ ok: true, inputs: 3, records: 4, notices: [] });
    expect(report.files[0]).toMatchObject({
      ...{ format: 'dataset', datasetName: 'parquet', shards: 2, samples: 4, totalDuration: 4, damaged: [] },
      notes: [
        { fault: 'shard-path', reason: expect.stringContaining('"shared/shard_00000"') },
        { fault: 'num-shards', reason: expect.stringContaining('num_shards is 1') },
      ],
    });
    expect(report.files.slice(1)).toMatchObject([
      { format: 'lmdb', ok: true, records: 3 },
      { format: 'lmdb', ok: true, records: 1 },
    ]);
  });

  test('is looked into as one', async () => {
    const { files } = await inspect({ inputs: sharedPath('lmdb/audiomdb-run/') });
    expect(files).toMatchObject([
      {
        ...{ format: 'dataset', source: sharedPath('lmdb/audiomdb-run/'), datasetName: 'parquet', size: 286_720 },
        ...{ samples: 4, records: 4, totalDuration: 4, shards: 2, missing: [], processors: [] },
        ...{ inspected: 4, complete: true, firstKey: 'sample_00000000', forms: { pickle: 4, msgpack: 0, other: 0 } },
      },
    ]);
  });

  test('and was damaged since is told by the shard', async () => {
    const folder = scratch();
    cpSync(sharedPath('lmdb/audiomdb-run'), folder, { recursive: true });
    const path = join(folder, 'shard_00001/data.mdb');
    const bytes = readFileSync(path);
    // Inside the sound: no page and no pickle shows it.
    bytes[40_000]! ^= 1;
    writeFileSync(path, bytes);
    const report = await verify({ inputs: folder });
    expect(report).toMatchObject({ ok: false, damagedInputs: 1 });
    const told = 'expected 8d547301ee76d8c4acf19c12264135a0ed5226be2c9de93b1d8d35483bdc830f by metadata.json, found ';
    expect(report.files[0]).toMatchObject({
      ok: false,
      damaged: [{ fault: 'checksum', shard: 'shard_00001', code: 'CORRUPT', reason: expect.stringContaining(told) }],
    });
  });
});

test('a dataset that tells the truth is sound, and its own files are no strangers', async () => {
  const folder = await dataset();
  const report = await verify({ inputs: folder });
  expect(report).toMatchObject({ ok: true, inputs: 3, records: 5 });
  expect(report.files[0]).toMatchObject({ format: 'dataset', damaged: [], notes: [], samples: 5, totalDuration: 5 });
  const { files } = await inspect({ inputs: folder, limit: 2 });
  expect(files).toMatchObject([
    { format: 'dataset', inspected: 2, complete: false, records: 5, processors: ['LogMel'], datasetName: 'birds' },
  ]);
  expect(files[0] as InspectedDataset).not.toHaveProperty('unlooked');
});

const lies: readonly (readonly [string, (metadata: Metadata, folder: string) => unknown, object])[] = [
  ['a size', (m) => m['shards'][1].size_bytes++, { fault: 'size', shard: 'shard_00001' }],
  [
    'a checksum',
    (m) => (m['shards'][0].checksum_sha256 = '0'.repeat(64)),
    {
      fault: 'checksum',
      shard: 'shard_00000',
      reason: expect.stringMatching(/expected 0{64} .*, found [0-9a-f]{64}$/),
    },
  ],
  [
    'the samples of a shard',
    (m) => (m['shards'][0].samples = 2),
    { fault: 'samples', shard: 'shard_00000', reason: 'Samples: expected 2 by metadata.json, found 3' },
  ],
  [
    'all samples',
    (m) => (m['dataset_size'] = 6),
    { fault: 'dataset-size', shard: null, reason: 'dataset_size: expected 6 by metadata.json, found 5' },
  ],
  ['the largest shard', (m) => (m['max_item_in_shard'] = 2), { fault: 'max-item-in-shard', shard: null }],
  ['the shards', (m) => (m['num_shards'] = 3), { fault: 'num-shards', reason: expect.stringContaining('expected 3') }],
  ['the length', (m) => (m['total_duration'] = 5.001), { fault: 'total-duration', code: 'CORRUPT' }],
  ['a shard twice', (m) => (m['shards'][1] = m['shards'][0]), { fault: 'shard-twice', shard: 'shard_00000' }],
  ['no shards', (m) => delete m['shards'], { fault: 'metadata', code: 'BAD_SCHEMA' }],
  ['no path', (m) => delete m['shards'][1].path, { fault: 'metadata', code: 'BAD_SCHEMA' }],
  ['no checksum', (m) => delete m['shards'][1].checksum_sha256, { fault: 'metadata', shard: 'shard_00001' }],
  [
    'a shard that is gone',
    (_, folder) => rmSync(join(folder, 'shard_00001'), { recursive: true }),
    { fault: 'missing-shard', shard: 'shard_00001', code: 'NOT_FOUND' },
  ],
  [
    'nothing of a shard',
    (_, folder) => writeShard(folder, 'shard_00002', [5]),
    { fault: 'extra-shard', shard: 'shard_00002' },
  ],
  [
    'shards that changed places',
    (_, folder) => {
      renameSync(join(folder, 'shard_00000'), join(folder, 'shard_x'));
      renameSync(join(folder, 'shard_00001'), join(folder, 'shard_00000'));
      renameSync(join(folder, 'shard_x'), join(folder, 'shard_00001'));
    },
    { fault: 'key-order', shard: 'shard_00001', reason: expect.stringContaining('"sample_00000004"') },
  ],
];

test.each(lies)('verify() finds metadata.json wrong about %s', async (_, change, expected) => {
  const found = await verified(await dataset(change));
  expect(found.ok).toBe(false);
  expect(found.damaged).toContainEqual(expect.objectContaining({ offset: 0, length: 0, ...expected }));
});

test('a key in two shards is found', async () => {
  const folder = await dataset();
  await writeShard(folder, 'shard_00002', [4, 5]);
  const { damaged } = await verified(folder);
  expect(damaged).toContainEqual(expect.objectContaining({ fault: 'key-order', shard: 'shard_00002' }));
});

test('what is odd is noted', async () => {
  const folder = await dataset((metadata) => {
    metadata['num_shards'] = 1;
    metadata['shards'][0].path = '/home/somebody/ds/shard_00000';
    delete metadata['max_item_in_shard'];
  });
  for (const name of ['README.md', 'data.mdb']) writeFileSync(join(folder, name), 'mine');
  const { ok, notes } = await verified(folder);
  expect(ok).toBe(true);
  expect(notes.map(({ fault, reason }) => `${fault}: ${reason}`)).toEqual([
    expect.stringMatching(/^shard-path: .*"\/home\/somebody\/ds\/shard_00000"$/),
    expect.stringMatching(/^num-shards: /),
    'unsaid: metadata.json does not say: max_item_in_shard',
    'other-files: No part of the dataset: "README.md", "data.mdb"',
  ]);
});

test('a metadata.json that is no JSON is damage, and the shards are verified', async () => {
  const folder = await dataset();
  writeFileSync(join(folder, 'metadata.json'), '{"dataset_name": ');
  const report = await verify({ inputs: folder });
  expect(report).toMatchObject({ ok: false, damagedInputs: 1, records: 5 });
  expect(report.files[0]).toMatchObject({ damaged: [{ fault: 'metadata', code: 'CORRUPT' }] });
  await expect(inspect({ inputs: folder })).rejects.toMatchObject({ code: 'CORRUPT' });
});

test('numbers as only Python writes them are read', async () => {
  const folder = await dataset();
  const path = join(folder, 'metadata.json');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace('"features":{}', '"features":{"a":NaN,"b":-Infinity,"NaN":"say \\"NaN\\""}'));
  expect(await verified(folder)).toMatchObject({ ok: true, notes: [] });
});

test('a shard that is damaged is damage of its file', async () => {
  const folder = await dataset();
  const path = join(folder, 'shard_00000/data.mdb');
  writeFileSync(path, readFileSync(path).subarray(0, 4096));
  const report = await verify({ inputs: folder });
  const [metadata, first, second] = report.files;
  expect(metadata).toMatchObject({ format: 'dataset', ok: false });
  expect(first).toMatchObject({ source: path, format: 'lmdb', ok: false, damaged: [{ code: 'TRUNCATED' }] });
  expect(second).toMatchObject({ ok: true, records: 2 });
});

test('files and shards that are named besides are verified once', async () => {
  const folder = await dataset();
  const other = await writeShard(scratch(), 'shard_00000', [1]);
  const inputs = [`${folder}/`, join(folder, 'shard_00000/data.mdb'), other, folder];
  const report = await verify({ inputs });
  expect(report).toMatchObject({ ok: true, inputs: 4, records: 6 });
  expect((await inspect({ inputs: [other, folder] })).files.map(({ format }) => format)).toEqual(['lmdb', 'dataset']);
});

test('lock files are left out of folders, and a metadata.json without shards is no dataset', async () => {
  const folder = await dataset();
  const shard = join(folder, 'shard_00000');
  // As LMDB leaves it: its magic, and the table of readers.
  writeFileSync(join(shard, 'lock.mdb'), Buffer.concat([Buffer.from('dec0efbe', 'hex'), Buffer.alloc(8188)]));
  expect(await verify({ inputs: shard })).toMatchObject({ ok: true, inputs: 1, records: 3 });
  expect((await verify({ inputs: join(shard, 'lock.mdb') })).files).toMatchObject([
    { format: 'unknown', ok: false, error: { message: expect.stringContaining('found a lock file of LMDB') } },
  ]);
  const plain = scratch();
  writeFileSync(join(plain, 'metadata.json'), '{"dataset_size": "many"}');
  expect((await verify({ inputs: plain })).files).toMatchObject([
    { format: 'unknown', size: statSync(join(plain, 'metadata.json')).size },
  ]);
});

test('shards without metadata.json are those of a run that has not finished', async () => {
  const folder = await dataset();
  rmSync(join(folder, 'metadata.json'));
  for (const look of [verify, inspect]) {
    await expect(look({ inputs: folder })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(
        /there are \d folders of shards, and the run that makes them has not finished; run it again/,
      ),
    });
  }
  expect(await verify({ inputs: join(folder, 'shard_*/data.mdb') })).toMatchObject({ ok: true });
});
