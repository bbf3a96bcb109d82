/** convert() and ingest() from and to an object store, with threads and all. Outputs must be those of a local run, byte for byte. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { convert } from '../../../src/api/convert.ts';
import { ingest } from '../../../src/api/ingest.ts';
import type { ConvertOptions, IngestOptions } from '../../../src/api/types.ts';
import { verify } from '../../../src/api/verify.ts';
import { type Format, numbered, payloadsOf, writeSet } from '../../support/converting.ts';
import { wav } from '../../support/labelled.ts';
import { weather } from '../../support/object-server.ts';
import { objectStore, stored, storedLocally } from '../../support/object-store.ts';
import { flipped, offsetsOf, tfrecord } from '../../support/records.ts';
import { scratch } from '../jobs/folder.ts';

const server = await objectStore();

const state = (prefix: string) => [...server.objects.keys()].filter((name) => name.startsWith(prefix)).sort();

/** Requests for bytes of inputs whose names begin so. */
const reads = (name = '') =>
  server.seen.filter(({ method, url }) => method === 'GET' && url.startsWith(`/bucket/in/${name}`)).length;

async function put(name: string, records: readonly Uint8Array[], format: Format): Promise<void> {
  const path = join(scratch(), 'set');
  await writeSet(path, records, format);
  server.objects.set(`bucket/in/${name}`, readFileSync(path));
}

/** All formats; the records of `a` fill several places of its index. */
async function putMixed(): Promise<Uint8Array[]> {
  await put('a.tfrecord', numbered(0, 400), 'none');
  await put('b.tfrecord', [], 'none');
  await put('c.tfrecord', numbered(400, 90), 'gzip');
  await put('d.arrayrecord', numbered(490, 137), 'ar group_size:5,zstd:3');
  await put('e', numbered(627, 30), 'zlib');
  return numbered(0, 657);
}

const mixed = { inputs: ['s3://bucket/in'], workers: 2 } as const;

describe('convert() from s3:// to s3://', () => {
  test.each([
    { to: 'tfrecord', shards: 7 },
    { to: 'tfrecord', shards: 5, compression: 'gzip' },
    { to: 'arrayrecord', shards: 3, options: 'group_size:10,zstd:3' },
    { to: 'arrayrecord', shards: 1 },
  ] as const)('gives what a local run gives, under faults (%o)', async (choices) => {
    const records = await putMixed();
    const options: Omit<ConvertOptions, 'out'> = { ...mixed, ...choices, proof: true };
    const out = join(scratch(), 'out');
    const near = await convert({ ...options, out: `${out}/train` });
    const { fault, counts } = weather(31);
    server.fault = fault;
    const far = await convert({ ...options, out: 's3://bucket/out/train' });
    expect(far).toMatchObject({ complete: true, records: records.length, inputs: 5, outputs: choices.shards });
    expect(far.proof).toBe(near.proof);
    expect(stored(server, 'bucket/out/')).toEqual(storedLocally(out));
    expect(Object.keys(stored(server, 'bucket/out/'))).toContain('train.convert.json');
    expect(counts.refused).toBeGreaterThan(0);
  });

  test('keeps every record in order', async () => {
    const records = await putMixed();
    await convert({ ...mixed, to: 'tfrecord', shards: 9, out: 's3://bucket/out/x' });
    const shards = [...server.objects].filter(([name]) => /out\/x-.*\.tfrecord$/.test(name)).sort();
    expect(shards).toHaveLength(9);
    expect(shards.flatMap(([, bytes]) => payloadsOf(bytes))).toEqual(records);
  });

  test('counts an input once: the index is among the state files', async () => {
    await putMixed();
    const options = { ...mixed, to: 'tfrecord', shards: 4, out: 's3://bucket/out/train' } as const;
    await convert(options);
    expect(state('bucket/out/.bowerbird/')).toEqual([
      'bucket/out/.bowerbird/convert-train.index.jsonl',
      'bucket/out/.bowerbird/convert-train.jsonl',
    ]);
    expect(reads()).toBeGreaterThan(0);
    const first = stored(server, 'bucket/out/');
    server.seen.length = 0;
    expect(await convert(options)).toMatchObject({ done: 0, skipped: 4, complete: true });
    expect(reads()).toBe(0);
    // One that has changed is counted again, and it alone; shards made of others stand.
    await put('e', numbered(1627, 30), 'zlib');
    expect(await convert(options)).toMatchObject({ done: 1, skipped: 3 });
    expect(reads()).toBeGreaterThan(0);
    expect(reads('a.tfrecord')).toBe(0);
    await put('e', numbered(627, 30), 'zlib');
    await convert(options);
    expect(stored(server, 'bucket/out/')).toEqual(first);
  });

  test('does again what is gone', async () => {
    await putMixed();
    const options = { ...mixed, to: 'tfrecord', shards: 4, out: 's3://bucket/out/train' } as const;
    await convert(options);
    const first = stored(server, 'bucket/out/');
    server.objects.delete('bucket/out/train-00002-of-00004.tfrecord');
    expect(await convert(options)).toMatchObject({ done: 1, skipped: 3 });
    expect(stored(server, 'bucket/out/')).toEqual(first);
  });

  test('several sets share a folder; under overwrite one loses the shards of its earlier plan', async () => {
    await putMixed();
    const out = (name: string) => ({ ...mixed, to: 'tfrecord', out: `s3://bucket/out/${name}` }) as const;
    await convert({ ...out('train'), shards: 3 });
    await convert({ ...out('test'), shards: 2 });
    const test = Object.entries(stored(server, 'bucket/out/')).filter(([name]) => name.startsWith('test'));
    await expect(convert({ ...out('train'), shards: 2 })).rejects.toMatchObject({ code: 'EXISTS' });
    await convert({ ...out('train'), shards: 2, overwrite: true });
    const names = Object.keys(stored(server, 'bucket/out/'));
    expect(names).toEqual([
      ...['test-00000-of-00002.tfrecord', 'test-00001-of-00002.tfrecord', 'test.convert.json'],
      ...['train-00000-of-00002.tfrecord', 'train-00001-of-00002.tfrecord', 'train.convert.json'],
    ]);
    expect(Object.entries(stored(server, 'bucket/out/')).filter(([name]) => name.startsWith('test'))).toEqual(test);
  });

  test('two halves make the whole', async () => {
    await putMixed();
    const out = join(scratch(), 'out');
    await convert({ ...mixed, to: 'arrayrecord', shards: 5, out: `${out}/x` });
    const half = (units: string) =>
      convert({ ...mixed, to: 'arrayrecord', shards: 5, out: 's3://bucket/out/x', units });
    expect(await half('0/2')).toMatchObject({ complete: false, done: 3 });
    expect(await half('1/2')).toMatchObject({ complete: true, done: 2 });
    expect(stored(server, 'bucket/out/')).toEqual(storedLocally(out));
  });

  test.each([false, true])(
    'beside its inputs, finds the same ones again (overwriteExtension %s)',
    async (overwriteExtension) => {
      await put('a.tfrecord', numbered(0, 20), 'none');
      await put('b.tfrecord', numbered(20, 20), 'none');
      const options = { ...mixed, to: 'arrayrecord', matchInputs: true, overwriteExtension } as const;
      expect(await convert({ ...options, out: 's3://bucket/in' })).toMatchObject({ inputs: 2, done: 2 });
      const first = stored(server, 'bucket/in/');
      expect(await convert({ ...options, out: 's3://bucket/in' })).toMatchObject({ inputs: 2, skipped: 2 });
      const glob = { ...options, inputs: ['s3://bucket/in/*'], out: 's3://bucket/in/' };
      expect(await convert(glob)).toMatchObject({ inputs: 2, skipped: 2 });
      expect(stored(server, 'bucket/in/')).toEqual(first);
    },
  );

  test('refuses an input as its output, and shards without a name beside their inputs', async () => {
    await put('x-00000-of-00001.tfrecord', numbered(0, 5), 'none');
    const inputs = ['s3://bucket/in/x-00000-of-00001.tfrecord'];
    const onto = convert({ inputs, to: 'tfrecord', out: 's3://bucket/in/x' });
    await expect(onto).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('into itself') });
    const beside = convert({ inputs, to: 'arrayrecord', out: 's3://bucket/in/' });
    await expect(beside).rejects.toMatchObject({ message: expect.stringContaining('"s3://bucket/in/train"') });
  });

  test('takes a bucket for a folder, and leaves manifests out of folders', async () => {
    await put('train-00000-of-00001.tfrecord', numbered(0, 12), 'none');
    await convert({ ...mixed, to: 'tfrecord', shards: 2, out: 's3://bucket' });
    const names = [...server.objects.keys()].filter((name) => /^bucket\/[^/.]+\.?[^/]*$/.test(name)).sort();
    expect(names).toEqual([
      ...['bucket/convert.json', 'bucket/train-00000-of-00002.tfrecord', 'bucket/train-00001-of-00002.tfrecord'],
    ]);
    expect(await verify({ inputs: ['s3://bucket/'] })).toMatchObject({ ok: true, inputs: 2, records: 12 });
    expect(await verify({ inputs: ['s3://bucket/*'] })).toMatchObject({ ok: true, inputs: 2, records: 12 });
  });

  test('salvages damaged objects as it does files, and lists the same rejects', async () => {
    const records = numbered(0, 300);
    const offsets = offsetsOf(...records);
    const damaged = flipped(flipped(tfrecord(...records), offsets[11]! + 14), offsets[290]! + 1);
    server.objects.set('bucket/in/a.tfrecord', Buffer.from(damaged));
    await put('b.arrayrecord', numbered(300, 900), 'ar group_size:20,uncompressed');
    const array = server.objects.get('bucket/in/b.arrayrecord')!;
    for (const at of [30_000, 90_000]) array[at]! ^= 0x10;
    const out = join(scratch(), 'out');
    for (const [shards, name] of [
      [4, 'x'],
      [1, 'y'],
    ] as const) {
      const options = { ...mixed, to: 'tfrecord', shards, onError: 'salvage', proof: true } as const;
      const near = await convert({ ...options, out: `${out}/${name}` });
      const far = await convert({ ...options, out: `s3://bucket/out/${name}` });
      expect(near.rejects).toBeGreaterThan(3);
      expect(far).toMatchObject({ records: near.records, rejects: near.rejects, proof: near.proof });
    }
    expect(stored(server, 'bucket/out/')).toEqual(storedLocally(out));
    expect(Object.keys(storedLocally(out))).toContain('x.rejects.jsonl');
  });

  test('fails on damage as on that of files, and says where', async () => {
    server.objects.set('bucket/in/a', Buffer.from(flipped(tfrecord(...numbered(0, 50)), 20)));
    for (const shards of [1, 3]) {
      const run = convert({ ...mixed, to: 'arrayrecord', shards, out: 's3://bucket/out/x' });
      await expect(run).rejects.toMatchObject({ code: 'CORRUPT_RECORD', source: 's3://bucket/in/a' });
    }
    expect(stored(server, 'bucket/out/')).toEqual({});
  });

  test('begins a slice where it stands, not at the first byte', async () => {
    const large = Array.from({ length: 640 }, (_, i) => new Uint8Array(20_000).fill(i));
    await put('a', large, 'none');
    const size = server.objects.get('bucket/in/a')!.length;
    const options = { ...mixed, to: 'tfrecord', shards: 8, out: 's3://bucket/out/x', workers: 1 } as const;
    await convert(options);
    server.objects.delete('bucket/out/x-00007-of-00008.tfrecord');
    server.seen.length = 0;
    expect(await convert(options)).toMatchObject({ done: 1 });
    const starts = server.seen
      .filter(({ method, url }) => method === 'GET' && url.startsWith('/bucket/in/a'))
      .map(({ headers }) => Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0));
    // The head tells what the object is; all else lies in the last eighth, and up to 64 records before it.
    expect(starts.filter((start) => start > 0).every((start) => start >= (size * 6) / 8)).toBe(true);
    expect(starts.some((start) => start >= (size * 6) / 8)).toBe(true);
  });
});

describe('ingest() from s3:// to s3://', () => {
  const count = 40;

  function putRecordings(): void {
    const rows = ['Label,Blob Name'];
    for (let i = 0; i < count; i++) {
      rows.push(`class ${i % 3},clip ${i}.wav`);
      const samples = Array.from({ length: 50 + i }, (_, at) => (at === 0 ? i : (at * 31) % 100));
      server.objects.set(`bucket/sounds/clip ${i}.wav`, wav(samples));
    }
    server.objects.set('bucket/sounds/labels.csv', Buffer.from(`${rows.join('\n')}\n`));
  }

  const options: Omit<IngestOptions, 'out'> = { inputs: 's3://bucket/sounds/labels.csv', shards: 6, labels: 'string' };

  test.each([{}, { shuffle: 7 }, { shuffle: 7, compression: 'gzip' }] as const)(
    'gives what a local run gives, labels and manifest too, under faults (%o)',
    async (choices) => {
      putRecordings();
      const out = join(scratch(), 'out');
      await ingest({ ...options, ...choices, out: `${out}/train` });
      server.fault = weather(8).fault;
      const far = await ingest({ ...options, ...choices, out: 's3://bucket/out/train' });
      expect(far).toMatchObject({ complete: true, rows: count, used: count });
      expect(stored(server, 'bucket/out/')).toEqual(storedLocally(out));
      expect(Object.keys(storedLocally(out))).toEqual(
        expect.arrayContaining(['train.ingest.json', 'train.labels.json']),
      );
      expect(state('bucket/out/.bowerbird/')).toEqual(['bucket/out/.bowerbird/ingest-train.jsonl']);
    },
  );

  test('asks once what the CSV file is, and makes no shard of another one', async () => {
    putRecordings();
    const asked = () => server.seen.filter(({ method, url }) => method === 'HEAD' && url.endsWith('/labels.csv'));
    await ingest({ ...options, out: join(scratch(), 'out/train') });
    expect(asked()).toHaveLength(1);
    const csv = server.objects.get('bucket/sounds/labels.csv')!;
    server.fault = ({ url }) => {
      // Listing the recordings is what a plan does last.
      if (url.includes('list-type')) server.objects.set('bucket/sounds/labels.csv', Buffer.concat([csv, csv]));
      return false;
    };
    await expect(ingest({ ...options, out: join(scratch(), 'out/train') })).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining('it changed while the run was going on'),
    });
  });

  test('goes on where it ended, and does again what is gone', async () => {
    putRecordings();
    const run = () => ingest({ ...options, shuffle: 1, out: 's3://bucket/out/train' });
    await run();
    const first = stored(server, 'bucket/out/');
    expect(await run()).toMatchObject({ done: 0, skipped: 6 });
    server.objects.delete('bucket/out/train-00003-of-00006.tfrecord');
    server.objects.delete('bucket/out/train.ingest.json');
    expect(await run()).toMatchObject({ done: 1, skipped: 5 });
    expect(stored(server, 'bucket/out/')).toEqual(first);
  });

  test.each([{}, { shuffle: 1 }])('does again the shard of a recording that was replaced (%o)', async (choices) => {
    putRecordings();
    const run = () => ingest({ ...options, ...choices, out: 's3://bucket/out/train' });
    await run();
    const [name, bytes] = [...server.objects].find(([key]) => key.endsWith('.wav'))!;
    const louder = Buffer.from(bytes);
    louder[louder.length - 1]! ^= 1;
    server.objects.set(name, louder);
    expect(await run()).toMatchObject({ done: 1, skipped: 5 });
    const out = join(scratch(), 'out');
    await ingest({ ...options, ...choices, out: `${out}/train` });
    expect(stored(server, 'bucket/out/')).toEqual(storedLocally(out));
    expect(await run()).toMatchObject({ done: 0, skipped: 6 });
  });

  test('reads a bucket that may not be listed, and one with far more than its rows', async () => {
    putRecordings();
    server.fault = ({ url }, response) => {
      if (!url.includes('list-type') || !url.includes('prefix=sounds')) return false;
      response.writeHead(403, { 'content-length': 0 }).end();
      return true;
    };
    const out = join(scratch(), 'out/train');
    expect(await ingest({ ...options, out })).toMatchObject({ complete: true, used: count });
    expect(await ingest({ ...options, out })).toMatchObject({ done: 0, skipped: 6 });
    server.fault = undefined;
    for (let i = 0; i < 11_000; i++) server.objects.set(`bucket/sounds/other-${i}`, Buffer.alloc(1));
    server.seen.length = 0;
    expect(await ingest({ ...options, out })).toMatchObject({ done: 0, skipped: 6 });
    expect(server.seen.filter(({ url }) => url.includes('list-type'))).toHaveLength(11);
  });

  test('two halves make the whole, of shuffled rows too', async () => {
    putRecordings();
    const out = join(scratch(), 'out');
    await ingest({ ...options, shuffle: 5, out: `${out}/train` });
    const half = (units: string) => ingest({ ...options, shuffle: 5, out: 's3://bucket/out/train', units });
    expect(await half('0/2')).toMatchObject({ complete: false, done: 3 });
    expect(await half('1/2')).toMatchObject({ complete: true, done: 3 });
    expect(stored(server, 'bucket/out/')).toEqual(storedLocally(out));
  });

  test('takes the map of labels from a bucket, and a bucket for a folder', async () => {
    putRecordings();
    const map = '{"class 0": 10, "class 1": 20, "class 2": 30}';
    server.objects.set('bucket/maps/labels-of-birds', Buffer.from(map));
    const report = await ingest({
      ...options,
      labels: 's3://bucket/maps/labels-of-birds',
      shards: 1,
      out: 's3://bucket/',
    });
    expect(report.classes.map(({ id }) => id)).toEqual(['10', '20', '30']);
    expect(server.objects.has('bucket/labels-00000-of-00001.tfrecord')).toBe(true);
    expect(server.objects.has('bucket/ingest.json')).toBe(true);
    expect(await verify({ inputs: ['s3://bucket/'] })).toMatchObject({ ok: true, inputs: 1, records: count });
  });

  test('lists rejects under the name of the set', async () => {
    putRecordings();
    server.objects.delete('bucket/sounds/clip 4.wav');
    const report = await ingest({ ...options, out: 's3://bucket/out/train', onError: 'skip' });
    expect(report).toMatchObject({ rejects: 1, used: count - 1 });
    const line = JSON.parse(server.objects.get('bucket/out/train.rejects.jsonl')!.toString());
    expect(line).toMatchObject({ input: 's3://bucket/sounds/clip 4.wav', row: 4, code: 'NOT_FOUND' });
  });
});
