/** ingest() with `keepInputs`: copies of what comes over a network, whole and of the version that is there, or none. */

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ingest } from '../../../src/api/ingest.ts';
import type { IngestOptions } from '../../../src/api/types.ts';
import { readKept } from '../../../src/storage/kept/kept.ts';
import { keptPlace } from '../../../src/storage/kept/names.ts';
import { readShards, wav } from '../../support/labelled.ts';
import { etagOf, type Fault, objectServer, weather } from '../../support/object-server.ts';
import { objectStore } from '../../support/object-store.ts';
import { scratch, tree } from '../jobs/folder.ts';

const cli = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const names = Array.from({ length: 24 }, (_, i) => `site ${i % 3}/clip-${i}.wav`);
const clip = (i: number) => wav([i, ...Array.from({ length: 400 }, (_, k) => (i * k) % 1000)]);

/** Answers of the store that hold bytes of recordings. */
const bodies = () => store.seen.filter(({ method, url }) => method === 'GET' && /\.wav(\?|$)/.test(url)).length;
const copies = (folder: string) =>
  Object.fromEntries(Object.entries(tree(folder)).filter(([name]) => !name.startsWith('.bowerbird')));

function collection(root: string): IngestOptions & { readonly keepInputs: string } {
  for (const [i, name] of names.entries()) store.objects.set(`birds/${name}`, clip(i));
  writeFileSync(join(root, 'rows.csv'), `Label,File\n${names.map((name, i) => `${i % 4},${name}`).join('\n')}\n`);
  const place = { inputs: join(root, 'rows.csv'), audio: 's3://birds', out: join(root, 'out/') };
  return { ...place, shards: 4, workers: 2, overwrite: true, keepInputs: join(root, 'kept') };
}

/** By another folder, so that no shard is there. */
const elsewhere = (options: IngestOptions, name: string) => ({ ...options, out: join(options.out, '..', `${name}/`) });
const firsts = (folder: string) => readShards(folder).map(({ samples }) => Math.round(samples[0]! * 32_768));

describe('ingest() with keepInputs', () => {
  test('mirrors the bucket, and reads no recording from it the next time, for the same bytes', async () => {
    const root = scratch();
    const options = collection(root);
    store.fault = weather(5).fault;
    await ingest(options);
    const expected = Object.fromEntries(names.map((name, i) => [`s3/birds/${name}`, clip(i).toString('latin1')]));
    expect(copies(options.keepInputs)).toEqual(expected);
    store.fault = undefined;
    store.seen.length = 0;
    await ingest(elsewhere(options, 'again'));
    expect(bodies()).toBe(0);
    expect(tree(join(root, 'again'))['rows-00000-of-00004.tfrecord']).toBe(
      tree(join(root, 'out'))['rows-00000-of-00004.tfrecord'],
    );
    const { keepInputs: _, ...plain } = elsewhere(options, 'plain');
    await ingest(plain);
    expect(firsts(join(root, 'again'))).toEqual(firsts(join(root, 'plain')));
    expect(firsts(join(root, 'plain'))).toEqual(names.map((_name, i) => i));
  });

  test('reads again what was replaced, and copies that somebody changed, cut or took away', async () => {
    const root = scratch();
    const options = collection(root);
    await ingest(options);
    const path = (i: number) => join(options.keepInputs, 's3/birds', names[i]!);
    // As long as before, and of the same time for all that a file system tells.
    store.objects.set(`birds/${names[2]!}`, clip(502));
    writeFileSync(path(3), clip(503));
    writeFileSync(path(4), clip(4).subarray(0, 100));
    rmSync(path(5));
    writeFileSync(join(options.keepInputs, '.bowerbird/kept/s3/birds', `${names[6]!}.json`), '{"uri":');
    store.seen.length = 0;
    await ingest(elsewhere(options, 'again'));
    expect(bodies()).toBe(5);
    const now = names.map((_, i) => (i === 2 ? 502 : i));
    expect(firsts(join(root, 'again'))).toEqual(now);
    expect(copies(options.keepInputs)).toEqual(
      Object.fromEntries(names.map((name, i) => [`s3/birds/${name}`, clip(now[i]!).toString('latin1')])),
    );
  });

  test('is killed, and leaves whole copies or none', async () => {
    const root = scratch();
    const options = collection(root);
    // Each recording takes its time.
    store.fault = ({ method }, _response, stored) => {
      if (method === 'GET' && stored !== undefined) held++;
      return false;
    };
    let held = 0;
    const argv = [
      'ingest',
      String(options.inputs),
      '--audio',
      's3://birds',
      '--out',
      options.out,
      '--keep-inputs',
      options.keepInputs,
    ];
    const child = spawn(process.execPath, [cli, ...argv, '--prefetch', '1'], { stdio: 'ignore' });
    while (held < 6) await new Promise((resolve) => setTimeout(resolve, 2));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    const there = existsSync(options.keepInputs) ? Object.entries(copies(options.keepInputs)) : [];
    for (const [name, bytes] of there.filter(([file]) => !file.endsWith('.bowerbird-tmp'))) {
      expect(bytes).toBe(clip(names.indexOf(name.slice('s3/birds/'.length))).toString('latin1'));
    }
    store.fault = undefined;
    await ingest(options);
    expect(firsts(options.out)).toEqual(names.map((_name, i) => i));
    expect(Object.keys(copies(options.keepInputs)).sort()).toEqual(names.map((name) => `s3/birds/${name}`).sort());
  });

  test('fails where a copy cannot be written, whatever becomes of recordings', async () => {
    const root = scratch();
    const options = collection(root);
    // A file in the place of the folder.
    writeFileSync(options.keepInputs, 'mine');
    await expect(ingest({ ...options, onError: 'skip' })).rejects.toMatchObject({ code: 'IO' });
    expect(readFileSync(options.keepInputs, 'utf8')).toBe('mine');
  });

  test('is for folders of this machine, and tells when there is nothing to keep', async () => {
    await expect(ingest({ inputs: 'a.csv', out: 'x/', keepInputs: 's3://b/kept' })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('takes a folder of this machine'),
    });
    const root = scratch();
    writeFileSync(join(root, 'a.wav'), clip(1));
    writeFileSync(join(root, 'rows.csv'), 'Label,File\n1,a.wav\n');
    const kept = join(root, 'kept');
    const { notices } = await ingest({ inputs: join(root, 'rows.csv'), out: join(root, 'out/'), keepInputs: kept });
    expect(notices).toEqual([`Nothing is kept in "${kept}": no recording is read over a network`]);
    expect(existsSync(kept)).toBe(false);
  });
});

describe('readKept()', () => {
  const put = (key: string, text: string) => store.objects.set(`b/${key}`, Buffer.from(text));
  const read = async (folder: string, uri: string) => Buffer.from(await readKept(folder, uri)).toString();

  test('gives every object a copy of its own, whatever its key', async () => {
    const folder = scratch();
    const keys = ['a', 'a/b', 'a/b/c', 'd/e', 'd', 'x//y', 'a%2Fb', 'q?v=1', 'q?v=2', 'l'.repeat(900)];
    keys.push('a.json/b', '.bowerbird/kept/s3/b/a.json', 'ä/ö.wav', 'with\nline', '"<>|*:\\');
    for (const key of keys) put(key, `bytes of ${key}`);
    for (let round = 0; round < 2; round++) {
      store.seen.length = 0;
      for (const key of keys) expect(await read(folder, `s3://b/${key}`)).toBe(`bytes of ${key}`);
      const asked = store.seen.filter(({ method }) => method === 'GET').length;
      expect(asked).toBe(round === 0 ? keys.length : 0);
    }
    for (const key of ['../up', '..', './here', 'a/../../../up', '/']) {
      const { copy, index } = keptPlace(folder, `gs://../${key}`);
      for (const path of [copy, index]) expect(path.startsWith(`${folder}/`)).toBe(true);
      expect(`${copy}/`).not.toContain('/../');
    }
  });

  test('an empty object is kept too', async () => {
    const folder = scratch();
    put('none.txt', '');
    expect([await read(folder, 's3://b/none.txt'), await read(folder, 's3://b/none.txt')]).toEqual(['', '']);
    expect(tree(folder)['s3/b/none.txt']).toBe('');
  });

  test('bytes that are not those of the ETag are asked for again, and never kept', async () => {
    const folder = scratch();
    put('x.bin', 'the right bytes');
    let damaged = 0;
    const damage =
      (most: number): Fault =>
      ({ method }, response, stored) => {
        if (method !== 'GET' || stored === undefined || damaged >= most) return false;
        const wrong = Buffer.from(stored);
        wrong[damaged++]! ^= 1;
        const range = `bytes 0-${wrong.length - 1}/${wrong.length}`;
        response
          .writeHead(206, { etag: etagOf(stored), 'content-range': range, 'content-length': wrong.length })
          .end(wrong);
        return true;
      };
    store.fault = damage(1);
    expect(await read(folder, 's3://b/x.bin')).toBe('the right bytes');
    expect(tree(folder)['s3/b/x.bin']).toBe('the right bytes');
    const other = scratch();
    damaged = 0;
    store.fault = damage(9);
    await expect(readKept(other, 's3://b/x.bin')).rejects.toMatchObject({ code: 'IO', message: /hash/ });
    expect(tree(other)).toEqual({});
  });

  test('an ETag that is no MD5, as of encrypted buckets, costs two reads the first time', async () => {
    const folder = scratch();
    put('k.bin', 'encrypted at rest');
    store.fault = ({ method }, response, stored) => {
      if (stored === undefined) return false;
      const range = { 'content-range': `bytes 0-${stored.length - 1}/${stored.length}` };
      const head = { etag: `"${'0123456789abcdef'.repeat(2)}"`, 'content-length': stored.length };
      response
        .writeHead(method === 'HEAD' ? 200 : 206, { ...head, ...range })
        .end(method === 'HEAD' ? undefined : stored);
      return true;
    };
    for (let i = 0; i < 2; i++) expect(await read(folder, 's3://b/k.bin')).toBe('encrypted at rest');
    expect(store.seen.filter(({ method }) => method === 'GET').length).toBe(2);
  });

  test('of the web is used where the server promises the same bytes, and no secret of a link is in a name', async () => {
    const web = await objectServer();
    const folder = scratch();
    let etag: string | undefined;
    web.objects.set('a/b.wav', Buffer.from('sound'));
    web.fault = ({ method }, response) => {
      const headers = { ...(etag && { etag }), 'last-modified': 'Mon, 30 Nov 2026 00:00:00 GMT', 'content-length': 5 };
      if (method === 'HEAD') response.writeHead(200, headers).end();
      else response.writeHead(206, { ...headers, 'content-range': 'bytes 0-4/5' }).end('sound');
      return true;
    };
    const link = (n: number) =>
      `${web.url.replace('//', '//me:hunter2@')}/a/b.wav?X-Amz-Signature=secret${n}&versionId=3`;
    for (const [tag, gets] of [
      [undefined, 2],
      ['W/"weak"', 2],
      ['"strong"', 1],
    ] as const) {
      etag = tag;
      web.seen.length = 0;
      // Signed anew, it is the same file.
      for (let n = 0; n < 2; n++) expect(await read(folder, link(n))).toBe('sound');
      expect([tag, web.seen.filter(({ method }) => method === 'GET').length]).toEqual([tag, gets]);
    }
    const all = JSON.stringify(tree(folder));
    expect(all).toContain(`127.0.0.1%3a`);
    for (const secret of ['hunter2', 'secret0', 'secret1']) expect(all).not.toContain(secret);
    await web.close();
  });

  test('what is not there is told as ever, and keeps nothing', async () => {
    const folder = scratch();
    await expect(readKept(folder, 's3://b/none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(tree(folder)).toEqual({});
  });

  test('a folder that is taken for a copy is left as it is', async () => {
    const folder = scratch();
    put('dir', 'bytes');
    mkdirSync(keptPlace(folder, 's3://b/dir').copy, { recursive: true });
    expect([await read(folder, 's3://b/dir'), await read(folder, 's3://b/dir')]).toEqual(['bytes', 'bytes']);
    expect(store.seen.filter(({ method }) => method === 'GET').length).toBe(1);
  });
});

const store = await objectStore();
