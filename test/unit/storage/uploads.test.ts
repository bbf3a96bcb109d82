/** Uploader and StorageUploader: which files are sent, in what order, and what is not sent again. */

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BowerbirdError, StorageUploader, Uploader, type UploadFile } from '../../../src/index.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { hasSameBytes } from '../../../src/storage/uploads/same-bytes.ts';
import { putFile, takesFiles } from '../../../src/storage/uploads/uploader.ts';
import { objectStore } from '../../support/object-store.ts';
import { scratch, tree, writeFiles } from '../jobs/folder.ts';

const store = await objectStore();

const files = {
  'metadata.json': '{}',
  'pack.json': '{"job":"pack"}',
  'rejects.jsonl': 'x',
  'zz.txt': 'last by its name',
  'shard_00001/data.mdb': 'second shard',
  'shard_00001/lock.mdb': '',
  'shard_00000/data.mdb': 'first shard',
  'shard_00000/lock.mdb': '',
  'shard_00000/metadata.json': 'of the shard',
  '.hidden': 'h',
};
const left = {
  '.bowerbird/pack.jsonl': 'journal',
  'shard_00000/.bowerbird/x': 'x',
  '.metadata.json.bowerbird-tmp': 'half',
  'shard_00001/.data.mdb.123-0-1.bowerbird-tmp': 'half',
};
const inOrder = [
  '.hidden',
  'rejects.jsonl',
  'shard_00000/data.mdb',
  'shard_00000/lock.mdb',
  'shard_00000/metadata.json',
  'shard_00001/data.mdb',
  'shard_00001/lock.mdb',
  'zz.txt',
  'pack.json',
  'metadata.json',
];

const dataset = () => writeFiles(scratch(), { ...files, ...left });

class Memory extends Uploader {
  readonly said: string[] = [];
  override async open() {
    this.said.push('open');
  }
  override async close() {
    this.said.push('close');
  }
  override async put(path: string, name: string): Promise<unknown> {
    this.said.push(name);
    const text = readFileSync(path, 'utf8');
    if (text === this.options['fails']) throw new Error('Permission denied');
    return { skipped: text === this.options['skips'] };
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const error = (promise: Promise<unknown>): Promise<BowerbirdError> =>
  promise.then(
    () => expect.unreachable(),
    (thrown) => thrown,
  );

describe('Uploader', () => {
  test('lists shards first and metadata.json last, without the state of a run and files that are being made', async () => {
    const folder = dataset();
    const found: UploadFile[] = await all(new Memory().iterFiles(folder));
    expect(found.map(({ name }) => name)).toEqual(inOrder);
    const wanted = (name: string) => files[name as keyof typeof files];
    expect(found).toEqual(inOrder.map((name) => ({ name, path: join(folder, name), size: wanted(name).length })));
  });

  test('sends in that order between open() and close(), and counts', async () => {
    const uploader = new Memory({ skips: 'x' });
    const bytes = Object.values(files).join('').length - 1;
    expect(await uploader.upload(dataset())).toEqual({ files: inOrder.length - 1, skipped: 1, bytes });
    expect(uploader.said).toEqual(['open', ...inOrder, 'close']);
  });

  test('stops at the first file that fails, names it, and is closed', async () => {
    const uploader = new Memory({ fails: 'second shard' });
    const thrown = await error(uploader.upload(dataset()));
    expect(thrown).toBeInstanceOf(BowerbirdError);
    expect(thrown).toMatchObject({
      code: 'IO',
      message: 'Cannot upload "shard_00001/data.mdb": Permission denied',
    });
    expect(uploader.said.slice(-2)).toEqual(['shard_00001/data.mdb', 'close']);
  });

  test('tells what open() and close() throw, and of two errors the first', async () => {
    class Broken extends Memory {
      override async open() {
        await super.open();
        if (this.options['open'] !== undefined) throw Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
      }
      override async close() {
        await super.close();
        throw new Error('no end');
      }
    }
    const told = async (options: { [name: string]: unknown }) =>
      (await error(new Broken(options).upload(dataset()))).message;
    expect(await told({ open: 1 })).toBe('Cannot upload: ECONNREFUSED');
    expect(await told({ fails: 'h' })).toBe('Cannot upload ".hidden": Permission denied');
    expect(await told({})).toBe('Cannot end the upload: no end');
  });

  test('hears a signal between files', async () => {
    const stop = new AbortController();
    class Stopping extends Memory {
      override async put(path: string, name: string) {
        if (name === 'zz.txt') stop.abort();
        return super.put(path, name);
      }
    }
    const uploader = new Stopping();
    expect(await error(uploader.upload(dataset(), { signal: stop.signal }))).toBe(stop.signal.reason);
    expect(uploader.said.slice(-2)).toEqual(['zz.txt', 'close']);
  });

  test('with an upload() of its own gets folders and no files', async () => {
    class Whole extends Uploader {
      override async upload(localDir: string) {
        return { files: (await all(this.iterFiles(localDir))).length, skipped: 0, bytes: 0 };
      }
    }
    expect(takesFiles(new Whole())).toBe(false);
    expect(takesFiles(new Memory())).toBe(true);
    expect(await new Whole().upload(dataset())).toMatchObject({ files: inOrder.length });
    expect(await error(putFile(new Whole(), { path: 'a', name: 'a' }))).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('Cannot upload with Whole: expected a class with put(path, name)'),
    });
  });

  test('takes a link to a file for the file, and refuses a link to a folder and to nothing', async () => {
    const folder = writeFiles(scratch(), { 'shard_00000/data.mdb': 'x' });
    symlinkSync('data.mdb', join(folder, 'shard_00000/link.mdb'));
    const names = async () => (await all(new Memory().iterFiles(folder))).map(({ name }) => name);
    expect(await names()).toEqual(['shard_00000/data.mdb', 'shard_00000/link.mdb']);
    symlinkSync('shard_00000', join(folder, 'shard_00001'));
    expect(await error(names())).toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/shard_00001": expected a file or a folder, found a link to a folder/),
    });
    symlinkSync('gone', join(folder, 'nothing'));
    expect(await error(names())).toMatchObject({ code: 'NOT_FOUND' });
    expect(await error(new Memory().upload(join(folder, 'gone')))).toMatchObject({ code: 'NOT_FOUND' });
  });
});

test('a CRC-32C decides where a storage tells no MD5, and nothing is the same where it tells none', async () => {
  const path = join(scratch(), 'x');
  writeFileSync(path, '123456789');
  // The check value of CRC-32/ISCSI: https://reveng.sourceforge.io/crc-catalogue/all.htm
  const found = { uri: 'gs://b/x', version: '1', size: 9, crc32c: 'e3069283' };
  const same = (told: object | undefined) => {
    const storage = { scheme: 'gs', sums: async () => told } as unknown as Storage;
    return hasSameBytes(storage, 'gs://b/x', path);
  };
  expect(await same(found)).toBe(true);
  expect(await same({ ...found, crc32c: 'e3069284' })).toBe(false);
  expect(await same({ ...found, size: 10 })).toBe(false);
  expect(await same({ ...found, md5: '25f9e794323b453885f5181f1b624d0b', crc32c: '0' })).toBe(true);
  expect(await same({ ...found, crc32c: undefined })).toBe(false);
  expect(await same(undefined)).toBe(false);
});

describe('StorageUploader', () => {
  test('copies to a folder, and a second time only what is new', async () => {
    const [folder, to] = [dataset(), join(scratch(), 'a/b')];
    const uploader = new StorageUploader(to);
    expect(await uploader.upload(folder)).toMatchObject({ files: inOrder.length, skipped: 0 });
    expect(tree(to)).toEqual(files);
    expect(await uploader.upload(folder)).toEqual({ files: 0, skipped: inOrder.length, bytes: 0 });
    writeFileSync(join(folder, 'shard_00001/data.mdb'), 'SECOND shard');
    expect(await uploader.upload(folder)).toEqual({ files: 1, skipped: inOrder.length - 1, bytes: 12 });
    expect(tree(to)['shard_00001/data.mdb']).toBe('SECOND shard');
    expect(await new StorageUploader(`file://${to}`).upload(folder)).toMatchObject({ files: 0 });
  });

  test('sends to S3 what is not there with the same MD5, metadata.json after all else is there', async () => {
    const folder = dataset();
    const uploader = new StorageUploader('s3://bucket/ds');
    let atLast: number | undefined;
    store.fault = ({ method, url }) => {
      if (method === 'PUT' && url.endsWith('/ds/metadata.json')) atLast = store.objects.size;
      return false;
    };
    expect(await uploader.upload(folder)).toMatchObject({ files: inOrder.length, skipped: 0 });
    expect(atLast).toBe(inOrder.length - 1);
    const found = [...store.objects].map(([name, bytes]) => [name.slice('bucket/ds/'.length), bytes.toString()]);
    expect(Object.fromEntries(found)).toEqual(files);
    store.seen.length = 0;
    expect(await uploader.upload(folder)).toMatchObject({ files: 0, skipped: inOrder.length });
    expect(new Set(store.seen.map(({ method }) => method))).toEqual(new Set(['HEAD']));
    writeFileSync(join(folder, 'zz.txt'), 'LAST by its name');
    expect(await uploader.upload(folder)).toMatchObject({ files: 1 });
    expect(store.objects.get('bucket/ds/zz.txt')?.toString()).toBe('LAST by its name');
  });

  test('knows what was sent in parts by the MD5 of their MD5s', async () => {
    const folder = scratch();
    const bytes = Buffer.alloc((20 << 20) + 5, 'bird');
    writeFileSync(join(folder, 'data.mdb'), bytes);
    const md5 = (part: Uint8Array) => createHash('md5').update(part).digest();
    const parts = [0, 8, 16].map((from) => md5(bytes.subarray(from << 20, (from + 8) << 20)));
    // As Amazon makes it: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
    let etag = `"${md5(Buffer.concat(parts)).toString('hex')}-3"`;
    store.objects.set('bucket/parts/data.mdb', bytes);
    store.fault = ({ method }, response, stored) => {
      if (method !== 'HEAD' || stored === undefined) return false;
      response.writeHead(200, { etag, 'content-length': stored.length }).end();
      return true;
    };
    const uploader = new StorageUploader('s3://bucket/parts');
    expect(await uploader.upload(folder)).toEqual({ files: 0, skipped: 1, bytes: 0 });
    etag = etag.replace('-3', '-2');
    expect(await uploader.upload(folder)).toEqual({ files: 1, skipped: 0, bytes: bytes.length });
    // A name that is no checksum tells nothing.
    etag = '"v1"';
    expect(await uploader.upload(folder)).toMatchObject({ files: 1 });
  });

  test('tries again what may pass, and tells what does not by its name, without metadata.json', async () => {
    const folder = dataset();
    let busy = 3;
    store.fault = ({ url, method }, response) => {
      if (method === 'PUT' && busy-- > 0) response.writeHead(503).end();
      else if (method === 'PUT' && url.includes('shard_00001/data')) response.writeHead(403).end();
      else return false;
      return true;
    };
    const thrown = await error(new StorageUploader('s3://bucket/ds', { concurrency: 1 }).upload(folder));
    expect(thrown).toMatchObject({ code: 'ACCESS', source: 's3://bucket/ds/shard_00001/data.mdb' });
    expect(thrown.message).toContain('shard_00001/data.mdb');
    expect(store.objects.get('bucket/ds/shard_00000/data.mdb')?.toString()).toBe('first shard');
    expect(store.objects.has('bucket/ds/metadata.json')).toBe(false);
  });

  test('sends where only writing is allowed', async () => {
    store.fault = ({ method }, response) => {
      if (method !== 'HEAD') return false;
      response.writeHead(403).end();
      return true;
    };
    const uploader = new StorageUploader('s3://bucket/ds');
    expect(await uploader.upload(dataset())).toMatchObject({ files: inOrder.length });
    expect(await uploader.upload(dataset())).toMatchObject({ files: inOrder.length, skipped: 0 });
  });

  test('has no more than `concurrency` files on their way', async () => {
    const folder = writeFiles(scratch(), Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}`, `${i}`])));
    let [now, most] = [0, 0];
    class Counting extends StorageUploader {
      override async put(path: string, name: string) {
        most = Math.max(most, ++now);
        const told = await super.put(path, name);
        now--;
        return told;
      }
    }
    await new Counting('s3://bucket/many', { concurrency: 3 }).upload(folder);
    expect(most).toBe(3);
    expect(store.objects.size).toBe(20);
  });

  test.each([
    ['hf://datasets/a/b', 'UNSUPPORTED', /can only be read/],
    ['ftp://host/x', 'UNSUPPORTED', /expected a path or a URI of/],
    ['s3://bucket/ds?X-Amz-Signature=0123', 'USAGE', /belong into the environment/],
  ])('refuses %s before the first file', async (uri, code, message) => {
    const uploader = new StorageUploader(uri);
    expect(await error(uploader.open())).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await error(uploader.upload(dataset()))).toMatchObject({ code });
  });

  test('refuses a place inside of what is sent, and names that lead elsewhere', async () => {
    const folder = dataset();
    mkdirSync(join(folder, 'copy'));
    for (const place of [folder, `${folder}/`, join(folder, 'copy')]) {
      expect(await error(new StorageUploader(place).upload(folder))).toMatchObject({
        code: 'USAGE',
        message: expect.stringContaining('expected a place outside of that folder'),
      });
    }
    const beside = join(scratch(), 'copy');
    expect(await new StorageUploader(beside).upload(folder)).toMatchObject({ files: inOrder.length });
    for (const name of ['../x', '/x', 'a//b', 'a/', '.']) {
      const put = new StorageUploader(scratch()).put(join(folder, 'zz.txt'), name);
      expect(await error(put)).toMatchObject({ code: 'USAGE' });
    }
  });
});
