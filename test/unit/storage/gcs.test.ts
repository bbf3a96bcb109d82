/** The client for Google Cloud Storage against a server in this process that keeps less of a chunk than it was sent. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { native } from '../../../src/native/native.ts';
import { openGcs } from '../../../src/storage/gcs/gcs.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { randomFrom } from '../../support/object-server.ts';

interface Upload {
  readonly name: string;
  readonly match: string | null;
  bytes: Buffer;
}

let server: Server;
let gcs: Storage;
let objects: Map<string, { bytes: Buffer; generation: number }>;
let uploads: Map<string, Upload>;
let seen: IncomingMessage[];
let random: () => number;
/** So many answers of JSON end in the middle, politely. */
let cuts: number;

/** https://cloud.google.com/storage/docs/performing-resumable-uploads: chunks are of 256 KiB but for the last, and may be kept in part. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  seen.push(request);
  const { pathname, searchParams } = new URL(request.url!, 'http://gcs');
  const json = (status: number, value: object, headers = {}) => {
    const text = JSON.stringify(value);
    response.writeHead(status, headers).end(status === 200 && cuts-- > 0 ? text.slice(0, text.length >> 1) : text);
  };
  const dice = random();
  if (dice < 0.1) return void json(503, {});
  if (dice < 0.15) return void response.destroy();
  const store = (name: string, bytes: Buffer, match: string | null) => {
    const generation = objects.get(name)?.generation ?? 0;
    if (match !== null && Number(match) !== generation) return void json(412, {});
    objects.set(name, { bytes, generation: generation + 7 });
    json(200, { size: String(bytes.length), generation: String(generation + 7) });
  };
  const id = searchParams.get('upload_id');
  const upload = id === null ? undefined : uploads.get(id);
  if (id !== null && request.method === 'DELETE') {
    uploads.delete(id);
    return void json(499, {});
  }
  if (id !== null && upload === undefined) return void json(410, { error: { message: 'No such upload' } });
  if (upload !== undefined) {
    const [, from, to, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(request.headers['content-range']!)!;
    expect(body.length).toBe(Number(to) + 1 - Number(from));
    const skip = upload.bytes.length - Number(from);
    const fresh = body.subarray(skip);
    const kept = random() < 0.3 ? (fresh.length >> 19) << 18 : fresh.length;
    upload.bytes = Buffer.concat([upload.bytes, fresh.subarray(0, kept)]);
    if (upload.bytes.length === Number(total)) {
      uploads.delete(id!);
      return void store(upload.name, upload.bytes, upload.match);
    }
    const range = upload.bytes.length === 0 ? {} : { range: `bytes=0-${upload.bytes.length - 1}` };
    return void json(308, {}, range);
  }
  const match = searchParams.get('ifGenerationMatch');
  if (pathname.startsWith('/upload/') && searchParams.get('uploadType') === 'resumable') {
    const next = String(uploads.size + 1);
    uploads.set(next, { name: searchParams.get('name')!, match, bytes: Buffer.alloc(0) });
    return void json(200, {}, { location: `http://${request.headers.host}/upload/session?upload_id=${next}` });
  }
  if (pathname.startsWith('/upload/')) {
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(native().crc32c(body, 0) >>> 0);
    expect(request.headers['x-goog-hash']).toBe(`crc32c=${crc.toString('base64')}`);
    return void store(searchParams.get('name')!, body, match);
  }
  if (pathname.includes('/rewriteTo/')) {
    const [from, to] = [pathname.split('/')[6]!, pathname.split('/').at(-1)!].map(decodeURIComponent);
    const { bytes } = objects.get(from!)!;
    objects.set(to!, { bytes, generation: 1 });
    return void json(200, { done: true, resource: { size: String(bytes.length), generation: '1' } });
  }
  const found = objects.get(decodeURIComponent(pathname.split('/o/')[1] ?? ''));
  if (found === undefined) return void json(404, { error: { message: 'No such object' } });
  if (searchParams.get('alt') !== 'media') {
    return void json(200, { size: String(found.bytes.length), generation: String(found.generation) });
  }
  const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? 'bytes=0-')![1]);
  const part = found.bytes.subarray(from);
  const range = `bytes ${from}-${found.bytes.length - 1}/${found.bytes.length}`;
  response.writeHead(206, { 'content-range': range, 'x-goog-generation': found.generation }).end(part);
}

beforeEach(async () => {
  [objects, uploads, seen, random, cuts] = [new Map(), new Map(), [], () => 1, 0];
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const values: { [name: string]: string } = { STORAGE_EMULATOR_HOST: host };
  gcs = await openGcs((name) => values[name], { tries: 30, firstWaitMs: 1, mostWaitMs: 2 });
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 700_001) yield bytes.subarray(at, at + 700_001);
}

const large = Buffer.alloc(27 << 20, Buffer.from(Array.from({ length: 10_007 }, (_, i) => (i * i) % 251)));

test.each([1, 2, 3])(
  'a large upload arrives whole, whatever the server keeps of its chunks (seed %i)',
  async (seed) => {
    random = randomFrom(seed);
    expect(await gcs.write('gs://bucket/large', pieces(large))).toMatchObject({ size: large.length });
    expect(objects.get('large')!.bytes.equals(large)).toBe(true);
    expect(Buffer.from(await gcs.read('gs://bucket/large')).equals(large)).toBe(true);
  },
);

test('an upload that fails leaves no object, and takes its session back', async () => {
  async function* breaking(): AsyncGenerator<Uint8Array> {
    yield large;
    throw new Error('the source broke');
  }
  await expect(gcs.write('gs://bucket/large', breaking())).rejects.toThrow('the source broke');
  expect([objects.size, uploads.size]).toEqual([0, 0]);
});

test('write() replaces only what it was told to replace, small or large', async () => {
  const first = await gcs.write('gs://bucket/x', Buffer.from('one'), { ifAbsent: true });
  await expect(gcs.write('gs://bucket/x', Buffer.from('two'), { ifAbsent: true })).rejects.toMatchObject({
    code: 'EXISTS',
  });
  await expect(gcs.write('gs://bucket/x', pieces(large), { ifAbsent: true })).rejects.toMatchObject({ code: 'EXISTS' });
  const second = await gcs.write('gs://bucket/x', Buffer.from('three'), { ifVersion: first.version });
  await expect(gcs.write('gs://bucket/x', Buffer.from('four'), { ifVersion: first.version })).rejects.toMatchObject({
    code: 'EXISTS',
  });
  await expect(gcs.read('gs://bucket/x', { version: first.version })).rejects.toMatchObject({ code: 'IO' });
  expect(Buffer.from(await gcs.read('gs://bucket/x', { version: second.version })).toString()).toBe('three');
});

test('a key is one segment of the path, however many slashes it has', async () => {
  await gcs.write('gs://bucket//odd/./../a%2Fb?', Buffer.from('x'));
  expect([...objects.keys()]).toEqual(['/odd/./../a%2Fb?']);
  expect(await gcs.stat('gs://bucket//odd/./../a%2Fb?')).toMatchObject({ size: 1 });
});

test.each(['one', large])(
  'write() asks again, or looks, when the answer to it ends in the middle (%#)',
  async (content) => {
    const bytes = Buffer.from(content);
    cuts = 2;
    const written = await gcs.write('gs://bucket/x', pieces(bytes), { ifAbsent: true });
    expect(written).toEqual({ uri: 'gs://bucket/x', size: bytes.length, version: '7' });
    expect(objects.get('x')!.bytes.equals(bytes)).toBe(true);
    cuts = 1000;
    await expect(gcs.write('gs://bucket/y', pieces(bytes))).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining('the answer broke off'),
    });
  },
);

test('copy() asks again when the answer ends in the middle', async () => {
  await gcs.write('gs://bucket/x', Buffer.from('four'));
  cuts = 2;
  expect(await gcs.copy('gs://bucket/x', 'gs://bucket/y')).toMatchObject({ uri: 'gs://bucket/y', size: 4 });
});

test('stat() asks again when the answer ends in the middle, and gives up in words', async () => {
  await gcs.write('gs://bucket/x', Buffer.from('four'));
  cuts = 2;
  expect(await gcs.stat('gs://bucket/x')).toMatchObject({ size: 4 });
  cuts = 1000;
  await expect(gcs.stat('gs://bucket/x')).rejects.toMatchObject({ code: 'IO', source: 'gs://bucket/x' });
});
