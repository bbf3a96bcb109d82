/** pack() from and to an object store that misbehaves, with threads and all. Shards must be those of a local run, byte for byte. */

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { pack } from '../../../src/api/pack.ts';
import type { PackOptions } from '../../../src/api/types.ts';
import { wav } from '../../support/labelled.ts';
import { weather } from '../../support/object-server.ts';
import { type Files, objectStore, stored, storedLocally } from '../../support/object-store.ts';
import { scratch } from '../jobs/folder.ts';

const cli = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const server = await objectStore();

const count = 40;
const manifest = 's3://bucket/sounds/m.jsonl';

function put(name: string, bytes: Uint8Array | string): void {
  server.objects.set(`bucket/${name}`, Buffer.from(bytes));
}

/** Recordings, and manifest, CSV and metadata.csv that name them. */
function putSounds(): void {
  const names = Array.from({ length: count }, (_, i) => `${i % 2 === 0 ? 'clips' : 'more clips'}/ä ${i}+.wav`);
  for (const [i, name] of names.entries()) {
    put(`sounds/${name}`, wav(Array.from({ length: 300 + i }, (_, at) => (at * (i + 1)) % 9000)));
  }
  const rows = names.map((name, i) => ({ audio_filepath: name, text: `text ${i}` }));
  put('sounds/m.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'));
  put('lists/l.csv', `Label,Blob Name\n${names.map((name, i) => `${i % 3},${name}`).join('\n')}\n`);
}

const options = { samplesPerShard: 8, workers: 2 } as const;
const shards = count / options.samplesPerShard;
/** What a run makes, without pack.json, which tells of the places of inputs. */
const dataOf = (files: Files) => Object.fromEntries(Object.entries(files).filter(([name]) => name !== 'pack.json'));
const locally = async (given: Omit<PackOptions, 'out'>): Promise<Files> => {
  const out = join(scratch(), 'ds');
  await pack({ ...options, ...given, out });
  return storedLocally(out);
};

describe('pack() from s3:// to s3://', () => {
  test.each<[string, Omit<PackOptions, 'out'>]>([
    ['a manifest', { inputs: manifest }],
    ['a CSV file', { inputs: 's3://bucket/lists/l.csv', audio: 's3://bucket/sounds' }],
    ['a folder', { inputs: 's3://bucket/sounds/' }],
  ])('gives what a local run gives, under faults: %s', async (_, given) => {
    putSounds();
    const expected = await locally(given);
    const { fault, counts } = weather(41);
    server.fault = fault;
    const report = await pack({ ...options, ...given, out: 's3://bucket/ds/' });
    expect(report).toMatchObject({ complete: true, samples: count, rejects: 0, done: shards, requests: count });
    expect(stored(server, 'bucket/ds/')).toEqual(expected);
    expect(Math.min(counts.refused, counts.reset, counts.truncated, counts.slow)).toBeGreaterThan(0);
    expect(Object.keys(expected)).toContain(`shard_0000${shards - 1}/lock.mdb`);
  });

  test('is told of recordings that are not there, row by row', async () => {
    putSounds();
    server.objects.delete('bucket/sounds/clips/ä 4+.wav');
    const report = await pack({ ...options, inputs: manifest, out: 's3://bucket/ds', onError: 'skip' });
    expect(report).toMatchObject({ samples: count - 1, rejects: 1 });
    const [reject, ...others] = server.objects.get('bucket/ds/rejects.jsonl')!.toString().trim().split('\n');
    expect(others).toEqual([]);
    expect(JSON.parse(reject!)).toMatchObject({
      ...{ input: 's3://bucket/sounds/clips/ä 4+.wav', row: 4, line: 5, code: 'NOT_FOUND' },
    });
  });
});

describe('a second run', () => {
  test('makes anew the shard of a recording that was replaced, and no other', async () => {
    putSounds();
    const run = () => pack({ ...options, inputs: manifest, out: 's3://bucket/ds' });
    await run();
    put('sounds/clips/ä 10+.wav', wav([1, 2, 3]));
    server.seen.length = 0;
    expect(await run()).toMatchObject({ done: 1, skipped: shards - 1 });
    const sent = server.seen.filter(({ method, url }) => method === 'PUT' && url.includes('data.mdb'));
    expect(sent.map(({ url }) => url)).toEqual(['/bucket/ds/shard_00001/data.mdb']);
    expect(stored(server, 'bucket/ds/')).toEqual(await locally({ inputs: manifest }));
    server.objects.delete('bucket/ds/shard_00003/data.mdb');
    expect(await run()).toMatchObject({ done: 1, skipped: shards - 1 });
    expect(await run()).toMatchObject({ done: 0, skipped: shards });
  });

  test('goes on where one was killed', async () => {
    putSounds();
    let child: ChildProcess | undefined;
    // The journal's third part: units that begin, and the first that ended, stand in those before.
    server.fault = ({ method, url }) => {
      if (method === 'PUT' && /\.jsonl\.d\/.*\/0*2$/.test(url)) child!.kill('SIGKILL');
      return false;
    };
    const flags = ['--samples-per-shard', '8', '--workers', '2', '--quiet', '--durable'];
    child = spawn(process.execPath, [cli, 'pack', manifest, '--out', 's3://bucket/ds', ...flags], { stdio: 'ignore' });
    const [code] = await new Promise<unknown[]>((resolve) => child!.once('exit', (...end) => resolve(end)));
    expect(code).toBe(null);
    server.fault = undefined;
    expect(Object.keys(stored(server, 'bucket/ds/'))).not.toContain('metadata.json');
    const report = await pack({ ...options, inputs: manifest, out: 's3://bucket/ds' });
    expect(report.skipped).toBeGreaterThan(0);
    expect(report.done + report.skipped).toBe(shards);
    expect(stored(server, 'bucket/ds/')).toEqual(await locally({ inputs: manifest }));
    const ofEither = new RegExp(`^bowerbird-upload-.*-(${child.pid}|${process.pid})-[0-9a-f]+$`);
    expect(readdirSync(tmpdir()).filter((name) => ofEither.test(name))).toEqual([]);
  });
});

describe('what an object store refuses ends the run with a sentence, and nothing tells of a dataset', () => {
  const refusal = (status: number, code: string) => `<Error><Code>${code}</Code></Error>`.padEnd(status > 0 ? 60 : 0);

  test.each<[string, (url: string, method: string) => boolean, number, string, object]>([
    [
      'credentials, at the manifest',
      (url) => url.startsWith('/bucket/sounds/m.jsonl'),
      403,
      'InvalidAccessKeyId',
      { code: 'ACCESS', message: expect.stringContaining('s3://bucket/sounds/m.jsonl') },
    ],
    [
      'a recording',
      (url) => url.includes('/sounds/clips/') && url.includes('%2012'),
      403,
      'AccessDenied',
      {
        code: 'ACCESS',
        message: expect.stringMatching(/^Cannot use row 12 \(line 13\) of "s3:.*m\.jsonl": .*ä 12\+\.wav/),
      },
    ],
    [
      'an upload',
      (url, method) => method === 'PUT' && url.includes('shard_00002/data.mdb'),
      403,
      'AccessDenied',
      { code: 'ACCESS', message: expect.stringContaining('s3://bucket/ds/shard_00002/data.mdb') },
    ],
  ])('%s', async (_, isRefused, status, code, error) => {
    putSounds();
    server.fault = ({ url, method }, response) => {
      if (!isRefused(url, method)) return false;
      response.writeHead(status).end(method === 'HEAD' ? undefined : refusal(status, code));
      return true;
    };
    const run = () => pack({ ...options, inputs: manifest, out: 's3://bucket/ds' });
    await expect(run()).rejects.toMatchObject(error);
    const left = Object.keys(stored(server, 'bucket/ds/'));
    expect(left).not.toContain('metadata.json');
    expect(left).not.toContain('pack.json');
    server.fault = undefined;
    expect(await run()).toMatchObject({ complete: true, samples: count });
  });

  test('a recording that a server cannot give now is no reject', async () => {
    putSounds();
    server.fault = ({ url }, response) => {
      if (!url.includes('%2012')) return false;
      response.writeHead(400, { 'content-length': 0 }).end();
      return true;
    };
    const run = pack({ ...options, inputs: manifest, out: join(scratch(), 'ds'), onError: 'skip' });
    await expect(run).rejects.toMatchObject({ code: 'IO', message: expect.stringContaining('ä 12+.wav') });
  });
});

describe('upload', () => {
  function localRows(): string {
    const root = scratch();
    let rows = '';
    for (let i = 0; i < 6; i++) {
      writeFileSync(join(root, `${i}.wav`), wav(Array.from({ length: 200 + i }, (_, at) => at * i)));
      rows += `{"audio_filepath":"${i}.wav","text":"${i}"}\n`;
    }
    writeFileSync(join(root, 'm.jsonl'), rows);
    return root;
  }

  test.each([false, true])('to s3:// under faults (removeUploaded %s) gives what lies here', async (removeUploaded) => {
    const root = localRows();
    const out = join(root, 'ds');
    const { fault, counts } = weather(3);
    server.fault = fault;
    const given = { inputs: join(root, 'm.jsonl'), samplesPerShard: 2, workers: 2 } as const;
    const run = () => pack({ ...given, out, upload: 's3://bucket/up/ds', removeUploaded });
    expect(await run()).toMatchObject({ done: 3, complete: true });
    expect(counts.refused).toBeGreaterThan(0);
    await pack({ ...given, out: join(root, 'alone') });
    const alone = storedLocally(join(root, 'alone'));
    expect(stored(server, 'bucket/up/ds/')).toEqual(alone);
    const here = Object.keys(storedLocally(out)).filter((name) => name.endsWith('.mdb'));
    expect(here).toHaveLength(removeUploaded ? 0 : 6);
    server.fault = undefined;
    server.seen.length = 0;
    expect(await run()).toMatchObject({ done: 0, skipped: 3 });
    expect(server.seen.filter(({ method, url }) => method === 'PUT' && url.includes('.mdb'))).toEqual([]);
    // What became another is sent, and nothing else.
    writeFileSync(join(root, '3.wav'), wav([1, 2, 3, 4]));
    expect(await run()).toMatchObject({ done: 1, skipped: 2 });
    const sent = server.seen.filter(({ method, url }) => method === 'PUT' && url.includes('data.mdb'));
    expect(sent.map(({ url }) => url)).toEqual(['/bucket/up/ds/shard_00001/data.mdb']);
    await pack({ ...given, out: join(root, 'alone') });
    expect(stored(server, 'bucket/up/ds/')).toEqual(storedLocally(join(root, 'alone')));
  });

  test('that is refused keeps the shard here, and the next run sends it', async () => {
    const root = localRows();
    const out = join(root, 'ds');
    server.fault = ({ method, url }, response) => {
      if (method !== 'PUT' || !url.includes('shard_00001/data.mdb')) return false;
      response.writeHead(403, { 'content-length': 0 }).end();
      return true;
    };
    const given = { inputs: join(root, 'm.jsonl'), samplesPerShard: 2, workers: 1, removeUploaded: true } as const;
    const run = () => pack({ ...given, out, upload: 's3://bucket/up' });
    await expect(run()).rejects.toMatchObject({
      code: 'ACCESS',
      message: expect.stringContaining('s3://bucket/up/shard_00001/data.mdb'),
    });
    expect(Object.keys(storedLocally(out))).toContain('shard_00001/data.mdb');
    expect(Object.keys(stored(server, 'bucket/up/'))).not.toContain('metadata.json');
    server.fault = undefined;
    const report = await run();
    expect(report).toMatchObject({ complete: true, samples: 6 });
    expect(report.skipped).toBeGreaterThan(0);
    await pack({ inputs: join(root, 'm.jsonl'), samplesPerShard: 2, out: join(root, 'alone') });
    expect(stored(server, 'bucket/up/')).toEqual(storedLocally(join(root, 'alone')));
  });
});

test('rows of a local manifest may name objects, and are packed as the objects are', async () => {
  putSounds();
  const root = scratch();
  writeFileSync(join(root, 'm.jsonl'), server.objects.get('bucket/sounds/m.jsonl')!);
  const near = await locally({ inputs: join(root, 'm.jsonl'), audio: 's3://bucket/sounds' });
  expect(dataOf(near)).toEqual(dataOf(await locally({ inputs: manifest })));
});
