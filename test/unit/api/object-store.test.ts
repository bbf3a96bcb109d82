/** Jobs from and to an object store that misbehaves, with threads and all. Outputs must be those of a local run, byte for byte. */

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { unpack } from '../../../src/api/datasets/unpack.ts';
import { decode } from '../../../src/api/decode.ts';
import { extract } from '../../../src/api/extract.ts';
import { probeAudio, readAudio } from '../../../src/api/read-audio.ts';
import { readTfRecords } from '../../../src/api/read-tfrecords.ts';
import { verify } from '../../../src/api/verify.ts';
import { encodeWavHeader } from '../../../src/formats/wav/writer.ts';
import { weather } from '../../support/object-server.ts';
import { type Files, objectStore, stored, storedLocally } from '../../support/object-store.ts';
import { inspectOne } from '../../support/one-file.ts';
import { record, tfrecord } from '../../support/records.ts';
import { monoSample, numbered, raw, writeDataset } from '../../support/shards.ts';
import { scratch, writeFiles } from '../jobs/folder.ts';

const cli = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const server = await objectStore();

const wav = (frames: number): Buffer =>
  Buffer.concat([
    encodeWavHeader({ sampleRate: 8000, channels: 1, frames, type: 'int16' }),
    Buffer.alloc(2 * frames, 7),
  ]);

function embeddings(count: number): { [name: string]: Buffer } {
  const names = Array.from({ length: count }, (_, i) => `file-${String(i).padStart(3, '0')}`);
  return Object.fromEntries(
    names.map((name, i) => {
      const bytes = Buffer.from(tfrecord(record(), record(), record()));
      return i % 3 === 0 ? [`${name}.gz`, gzipSync(bytes)] : [name, bytes];
    }),
  );
}

async function localTwin(files: { [name: string]: Buffer }, inputs: string): Promise<Files> {
  const root = scratch();
  writeFiles(join(root, 'in'), {});
  for (const [name, bytes] of Object.entries(files)) server.objects.set(`bucket/in/${name}`, bytes);
  await extract({ inputs: [inputs], out: join(root, 'out') });
  return storedLocally(join(root, 'out'));
}

describe('extract() from s3:// to s3://', () => {
  test.each([11, 12])('gives what a local run gives, under faults (seed %i)', async (seed) => {
    const files = embeddings(60);
    const expected = await localTwin(files, 's3://bucket/in/*');
    const { fault, counts } = weather(seed);
    server.fault = fault;
    const report = await extract({ inputs: ['s3://bucket/in'], out: 's3://bucket/out/' });
    expect(report).toMatchObject({ complete: true, done: 60, skipped: 0 });
    expect(stored(server, 'bucket/out/')).toEqual(expected);
    expect(Math.min(counts.refused, counts.reset)).toBeGreaterThan(0);
    const leftovers = [...server.objects.keys()].filter((name) => /\.lock$|\.jsonl\.d\/|tmp/.test(name));
    expect(leftovers).toEqual([]);
  });

  test('skips what is done, and does again what is gone or has changed', async () => {
    const files = embeddings(6);
    for (const [name, bytes] of Object.entries(files)) server.objects.set(`bucket/in/${name}`, bytes);
    const run = () => extract({ inputs: ['s3://bucket/in'], out: 's3://bucket/out' });
    await run();
    const first = stored(server, 'bucket/out/');
    expect(await run()).toMatchObject({ done: 0, skipped: 6 });
    server.objects.delete('bucket/out/embeddings/file-001.npy');
    server.objects.set('bucket/in/file-002', Buffer.from(tfrecord(record(), record(), record())));
    expect(await run()).toMatchObject({ done: 1, skipped: 5 });
    expect(stored(server, 'bucket/out/')).toEqual(first);
    server.objects.set('bucket/in/file-002', Buffer.from(tfrecord(record())));
    expect(await run()).toMatchObject({ done: 1, skipped: 5 });
  });

  test('refuses what it did not make', async () => {
    server.objects.set('bucket/in/a', Buffer.from(tfrecord(record())));
    server.objects.set('bucket/out/embeddings/a.npy', Buffer.from('precious'));
    await expect(extract({ inputs: ['s3://bucket/in'], out: 's3://bucket/out' })).rejects.toMatchObject({
      code: 'EXISTS',
    });
    expect(server.objects.get('bucket/out/embeddings/a.npy')!.toString()).toBe('precious');
  });

  test('two halves make the whole, the manifest by whoever is last', async () => {
    const files = embeddings(7);
    const expected = await localTwin(files, 's3://bucket/in');
    const half = (units: string) => extract({ inputs: ['s3://bucket/in'], out: 's3://bucket/out', units });
    expect(await half('0/2')).toMatchObject({ complete: false, done: 4 });
    expect(await half('1/2')).toMatchObject({ complete: true, done: 3 });
    expect(stored(server, 'bucket/out/')).toEqual(expected);
  });

  test('lists rejects of all units', async () => {
    server.objects.set('bucket/in/a', Buffer.from(tfrecord(record({ filename: 'x' }), record())));
    server.objects.set('bucket/in/b', Buffer.from(tfrecord(record(), record({ filename: 'y' }))));
    const report = await extract({ inputs: ['s3://bucket/in'], out: 's3://bucket/out', onError: 'skip' });
    expect(report).toMatchObject({ rejects: 2 });
    const lines = server.objects.get('bucket/out/rejects.jsonl')!.toString().trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).input)).toEqual(['s3://bucket/in/a', 's3://bucket/in/b']);
  });

  test('a killed run is taken up at once by the next on this machine', async () => {
    const files = embeddings(60);
    const expected = await localTwin(files, 's3://bucket/in');
    let outputs = 0;
    let child: ChildProcess | undefined;
    server.fault = ({ method, url }) => {
      if (method === 'PUT' && url.includes('.npy') && ++outputs === 20) child!.kill('SIGKILL');
      return false;
    };
    child = spawn(process.execPath, [cli, 'extract', 's3://bucket/in', '--out', 's3://bucket/out', '--quiet'], {
      stdio: 'ignore',
    });
    const [code] = await new Promise<unknown[]>((resolve) => child!.once('exit', (...end) => resolve(end)));
    expect(code).toBe(null);
    server.fault = undefined;
    expect([...server.objects.keys()]).toContain('bucket/out/.bowerbird/extract.lock');
    const report = await extract({ inputs: ['s3://bucket/in'], out: 's3://bucket/out' });
    expect(report.skipped).toBeGreaterThan(0);
    expect(report.done + report.skipped).toBe(60);
    expect(stored(server, 'bucket/out/')).toEqual(expected);
    // Nor is anything of either run left on this machine.
    const ofEither = new RegExp(`^bowerbird-upload-.*-(${child.pid}|${process.pid})-[0-9a-f]+$`);
    expect(readdirSync(tmpdir()).filter((name) => ofEither.test(name))).toEqual([]);
  });
});

describe('unpack() to s3://', () => {
  test('gives what a local run gives, under faults, in parts and again', async () => {
    const root = scratch();
    const inputs = join(root, 'ds');
    const samples = Array.from({ length: 150 }, (_, i) => (i === 70 ? raw(Buffer.from('bad')) : monoSample([i])));
    await writeDataset(inputs, [numbered(samples.slice(0, 100) as never), numbered(samples.slice(100) as never, 100)]);
    await unpack({ inputs, out: join(root, 'out'), onError: 'skip' });
    const expected = storedLocally(join(root, 'out'));
    server.fault = weather(3).fault;
    const run = (units?: string) =>
      unpack({ inputs, out: 's3://bucket/out', onError: 'skip', ...(units === undefined ? {} : { units }) });
    expect(await run('0/2')).toMatchObject({ complete: false });
    expect(await run()).toMatchObject({ complete: true, samples: 149, rejects: 1 });
    expect(stored(server, 'bucket/out/')).toEqual(expected);
    expect(await run()).toMatchObject({ done: 0 });
    expect(stored(server, 'bucket/out/')).toEqual(expected);
  });
});

describe('inputs', () => {
  test('verify() finds every one of 300 objects intact under faults, once', async () => {
    const bytes = Buffer.from(tfrecord(record(), record()));
    for (let i = 0; i < 300; i++) server.objects.set(`bucket/in/${i}`, bytes);
    const { fault, counts } = weather(5);
    server.fault = fault;
    const report = await verify({ inputs: ['s3://bucket/in'] });
    expect(report).toMatchObject({ ok: true, inputs: 300, records: 600, bytes: 300 * bytes.length });
    expect(Math.min(counts.refused, counts.reset, counts.truncated, counts.slow)).toBeGreaterThan(0);
  });

  test('that change after the plan are an error', async () => {
    server.objects.set('bucket/in/a', Buffer.from(tfrecord(record())));
    const other = Buffer.from(tfrecord(record(), record()));
    server.fault = ({ method, url }) => {
      if (method === 'GET' && url === '/bucket/in/a') server.objects.set('bucket/in/a', other);
      return false;
    };
    const run = extract({ inputs: ['s3://bucket/in'], out: join(scratch(), 'out') });
    await expect(run).rejects.toMatchObject({ code: 'IO', message: expect.stringContaining('it changed') });
  });

  test('inspect(), readTfRecords(), readAudio() and decode() take URIs of web servers and buckets', async () => {
    const sound = wav(100_000);
    server.objects.set('bucket/a.wav', sound);
    server.objects.set('bucket/r', Buffer.from(tfrecord(record(), record())));
    for (const root of [`${server.url}/bucket`, 's3://bucket']) {
      expect(await inspectOne(`${root}/a.wav`)).toMatchObject({ format: 'wav', frames: 100_000 });
      expect(await inspectOne(`${root}/r`)).toMatchObject({ format: 'tfrecord', records: 2 });
      expect((await readAudio(`${root}/a.wav`, { from: 1, to: 2 })).frames).toBe(8000);
      const batch = await readTfRecords(`${root}/r`).next();
      expect(batch.value).toMatchObject({ source: `${root}/r`, records: { length: 2 } });
    }
    const out = join(scratch(), 'a.wav');
    await decode({ inputs: ['s3://bucket/a.wav'], out });
    expect(readFileSync(out).equals(sound)).toBe(true);
  });

  test('a header is read with few requests, and a long file with one for every few megabytes', async () => {
    server.objects.set('bucket/long.wav', wav(16 << 20));
    await probeAudio('s3://bucket/long.wav');
    expect(server.seen.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
    server.seen.length = 0;
    expect((await readAudio('s3://bucket/long.wav', { dtype: 'int16' })).frames).toBe(16 << 20);
    expect(server.seen.length).toBeLessThan(25);
  });

  test('are found by globs as local files are', async () => {
    for (const name of ['a.wav', 'b.wav', 'b.txt', '.hidden.wav', 'deep/c.wav', 'deep/er/d.wav', 'folder.wav/']) {
      server.objects.set(`bucket/${name}`, name.endsWith('/') ? Buffer.alloc(0) : wav(10));
    }
    const names = async (input: string) =>
      (await verify({ inputs: [input] })).files.map(({ source }) => source.slice('s3://bucket/'.length));
    expect(await names('s3://bucket/*.wav')).toEqual(['a.wav', 'b.wav']);
    expect(await names('s3://bucket/**/*.wav')).toEqual(['a.wav', 'b.wav', 'deep/c.wav', 'deep/er/d.wav']);
    expect(await names('s3://bucket/{a,deep/c}.wav')).toEqual(['a.wav', 'deep/c.wav']);
    expect(await names('s3://bucket/deep')).toEqual(['deep/c.wav']);
    await expect(names('s3://bucket/none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(names('s3://bucket/*.none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
