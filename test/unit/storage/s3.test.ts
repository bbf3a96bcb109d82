/** The S3 client against a server in this process: what it sends, and what it makes of answers. */

import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Env } from '../../../src/storage/env.ts';
import { openS3 } from '../../../src/storage/s3/s3.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { type ObjectServer, objectServer, randomFrom, weather } from '../../support/object-server.ts';

const impatience = { tries: 10, firstWaitMs: 1, mostWaitMs: 4 };
const secret = 'the-secret-key-of-the-test';

let server: ObjectServer;
let s3: Storage;

const environment =
  (values: { readonly [name: string]: string }): Env =>
  (name) =>
    values[name];

const usual = () => ({
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: secret,
  AWS_ENDPOINT_URL: server.url,
  HOME: '/nonexistent',
});

beforeEach(async () => {
  server = await objectServer();
  s3 = await openS3(environment(usual()), impatience);
});
afterEach(() => server.close());

function randomBytes(length: number, seed = 1): Buffer {
  const random = randomFrom(seed);
  const bytes = Buffer.alloc(length);
  for (let i = 0; i + 4 <= length; i += 4) bytes.writeUInt32LE((random() * 2 ** 32) >>> 0, i);
  return bytes;
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('what the server sees', () => {
  test('is a signature over the hash of the whole body, and never a framed one', async () => {
    const small = Buffer.from('hello');
    const large = randomBytes(20 << 20);
    await s3.write('s3://bucket/small', small);
    await s3.write('s3://bucket/large', pieces(large, 1 << 20));
    const uploads = server.seen.filter(({ method }) => method === 'PUT' || method === 'POST');
    expect(uploads.length).toBe(1 + 1 + 3 + 1);
    for (const { headers, body } of uploads) {
      expect(headers['x-amz-content-sha256']).toBe(createHash('sha256').update(body).digest('hex'));
      expect(headers['content-encoding']).toBeUndefined();
      expect(headers['transfer-encoding']).toBeUndefined();
      expect(Object.keys(headers).filter((name) => /checksum|trailer|decoded-content/.test(name))).toEqual([]);
      expect(headers['authorization']).toMatch(/^AWS4-HMAC-SHA256 Credential=id\/\d{8}\/us-east-1\/s3\/aws4_request, /);
    }
    expect(server.objects.get('bucket/large')!.equals(large)).toBe(true);
  });

  test('are parts of one size, but for the last', async () => {
    await s3.write('s3://bucket/large', pieces(randomBytes(20 << 20), 777_777));
    const parts = server.seen.filter(({ url }) => url.includes('partNumber'));
    expect(parts.map(({ body }) => body.length).sort()).toEqual([4 << 20, 8 << 20, 8 << 20]);
  });

  test('is no request at all that holds the secret', async () => {
    await s3.write('s3://bucket/x', Buffer.from('x'));
    expect(JSON.stringify(server.seen.map(({ url, headers }) => [url, headers]))).not.toContain(secret);
  });
});

describe('keys', () => {
  const keys = [
    'with space',
    'a+b',
    'a#b',
    'a%b',
    'a%20b',
    'a%2Fb',
    'ünï/日本',
    '?x=1&y',
    "it's(1)!*",
    '/leading',
    'a//b',
    '<&>"',
    'new\nline',
  ];

  test.each(keys)('write(), read(), stat() and list() take %j literally', async (key) => {
    const uri = `s3://bucket/odd-${key}`;
    await s3.write(uri, Buffer.from(key));
    expect([...server.objects.keys()]).toEqual([`bucket/odd-${key}`]);
    expect(Buffer.from(await s3.read(uri)).toString()).toBe(key);
    expect(await s3.stat(uri)).toMatchObject({ uri, size: Buffer.byteLength(key) });
    for await (const page of s3.list('s3://bucket/odd-')) expect(page.map((one) => one.uri)).toEqual([uri]);
  });

  test('with dots between slashes are refused, since a URL would lead elsewhere', async () => {
    await expect(s3.write('s3://bucket/a/../b', Buffer.from('x'))).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect(server.objects.size).toBe(0);
  });
});

test('list() gives all of 5,200 objects, in order, once', async () => {
  const names = Array.from({ length: 5200 }, (_, i) => `many/${String(i).padStart(5, '0')}`);
  for (const name of names) server.objects.set(`bucket/${name}`, Buffer.from(name));
  server.fault = weather(7).fault;
  const found: string[] = [];
  for await (const page of s3.list('s3://bucket/many/')) found.push(...page.map(({ uri }) => uri));
  expect(found).toEqual(names.map((name) => `s3://bucket/${name}`));
  expect(server.seen.length).toBeGreaterThanOrEqual(6);
});

describe('under faults', () => {
  test.each([1, 2, 3])(
    'reads and writes are byte-identical and each object is written once (seed %i)',
    async (seed) => {
      const { fault, counts } = weather(seed);
      server.fault = fault;
      const bytes = randomBytes(300_000, seed);
      for (let i = 0; i < 200; i++) {
        const body = bytes.subarray(i * 100, i * 100 + 20_000 + i);
        await s3.write(`s3://bucket/${i}`, body);
        expect(Buffer.from(await s3.read(`s3://bucket/${i}`)).equals(body), `object ${i}`).toBe(true);
        const part = await s3.readRange(`s3://bucket/${i}`, 1234, 5000);
        expect(Buffer.from(part).equals(body.subarray(1234, 6234)), `range of ${i}`).toBe(true);
      }
      expect(server.objects.size).toBe(200);
      expect(Math.min(counts.refused, counts.reset, counts.truncated)).toBeGreaterThan(0);
    },
  );

  test('a broken body is taken up where it broke, under the condition that it is the same object', async () => {
    const bytes = randomBytes(1000);
    await s3.write('s3://bucket/x', bytes);
    let reads = 0;
    server.fault = ({ method }, response) => {
      if (method !== 'GET' || reads++ > 0) return false;
      response.writeHead(206, { 'content-length': 1000, 'content-range': 'bytes 0-999/1000', etag: '"e1"' });
      response.write(bytes.subarray(0, 400), () => response.destroy());
      return true;
    };
    await expect(s3.read('s3://bucket/x')).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining('it changed'),
    });
    const second = server.seen.filter(({ method }) => method === 'GET')[1]!;
    expect(second.headers).toMatchObject({ range: 'bytes=400-', 'if-match': '"e1"' });
  });

  test('an object that changed since the plan is an error, not other bytes', async () => {
    const { version } = await s3.write('s3://bucket/x', Buffer.from('one'));
    await s3.write('s3://bucket/x', Buffer.from('two'));
    await expect(s3.read('s3://bucket/x', { version })).rejects.toMatchObject({ code: 'IO', source: 's3://bucket/x' });
  });

  test.each([403, 404, 400])('%i is told at once', async (status) => {
    server.fault = (_, response) => {
      response.writeHead(status, { 'content-length': 0 }).end();
      return true;
    };
    await expect(s3.read('s3://bucket/x')).rejects.toMatchObject({
      code: { 403: 'ACCESS', 404: 'NOT_FOUND', 400: 'IO' }[status],
    });
    expect(server.seen.length).toBe(1);
  });

  test('a server that stays away is given up, with what to do', async () => {
    server.fault = (_, response) => {
      response.writeHead(503, { 'content-length': 0 }).end();
      return true;
    };
    await expect(s3.read('s3://bucket/x')).rejects.toThrow(/answered 503, 10 times in a row; check the network/);
    expect(server.seen.length).toBe(10);
  });

  test('a failed stream of parts leaves no object and no upload', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield randomBytes(20 << 20);
      throw new Error('the source broke');
    }
    await expect(s3.write('s3://bucket/x', failing())).rejects.toThrow('the source broke');
    expect(server.objects.size).toBe(0);
    expect(server.seen.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
  });
});

test('write() in parts asks again when answers end in the middle', async () => {
  const cut = new Set<string>();
  server.fault = ({ method, url }, response) => {
    const kind = new URL(url, 'http://s3').searchParams.has('uploads') ? 'Initiate' : 'Complete';
    if (method !== 'POST' || cut.has(kind)) return false;
    cut.add(kind);
    const half = `<${kind}MultipartUploadResult><UploadId>upl`;
    response.writeHead(200, { 'content-length': half.length }).end(half);
    return true;
  };
  const bytes = randomBytes(20 << 20);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield bytes;
  }
  const { version } = await s3.write('s3://bucket/x', pieces());
  expect([...cut]).toEqual(['Initiate', 'Complete']);
  expect(Buffer.from(await s3.read('s3://bucket/x', { version })).equals(bytes)).toBe(true);
});

test('requests follow each other on one connection', async () => {
  await s3.write('s3://bucket/x', randomBytes(200_000));
  for (let i = 0; i < 20; i++) await s3.readRange('s3://bucket/x', i * 1000, 5000);
  for await (const _ of s3.readStream('s3://bucket/x'));
  for await (const _ of s3.list('s3://bucket/'));
  await s3.stat('s3://bucket/x');
  expect(server.seen).toHaveLength(24);
  expect(new Set(server.seen.map(({ port }) => port)).size).toBe(1);
});

describe('conditional create', () => {
  test('is refused with EXISTS when the key is taken', async () => {
    await s3.write('s3://bucket/x', Buffer.from('one'), { ifAbsent: true });
    await expect(s3.write('s3://bucket/x', Buffer.from('two'), { ifAbsent: true })).rejects.toMatchObject({
      code: 'EXISTS',
    });
    expect(server.objects.get('bucket/x')!.toString()).toBe('one');
  });

  test('knows its own bytes when the answer to the first try was lost', async () => {
    let tries = 0;
    server.fault = ({ method, body }, response) => {
      if (method !== 'PUT' || tries++ > 0) return false;
      server.objects.set('bucket/x', body);
      response.destroy();
      return true;
    };
    expect(await s3.write('s3://bucket/x', Buffer.from('one'), { ifAbsent: true })).toMatchObject({ size: 3 });
  });

  test('of two at a time one wins', async () => {
    const ends = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) => s3.write('s3://bucket/x', Buffer.from(`${i}`), { ifAbsent: true })),
    );
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('credentials', () => {
  test('that are missing are named, and what is public is read without', async () => {
    server.objects.set('bucket/x', Buffer.from('public'));
    const anyone = await openS3(environment({ AWS_ENDPOINT_URL: server.url, HOME: '/nonexistent' }), impatience);
    expect(Buffer.from(await anyone.read('s3://bucket/x')).toString()).toBe('public');
    expect(server.seen[0]!.headers['authorization']).toBeUndefined();
    server.fault = (_, response) => {
      response.writeHead(403, { 'content-length': 0 }).end();
      return true;
    };
    await expect(anyone.read('s3://bucket/x')).rejects.toThrow(/no credentials were found: set AWS_ACCESS_KEY_ID/);
  });

  test('that are wrong are not told in the error', async () => {
    server.fault = (_, response) => {
      response.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>');
      return true;
    };
    const error = await s3.read('s3://bucket/x').catch((e) => e);
    expect(error).toMatchObject({ code: 'ACCESS', message: expect.stringContaining('SignatureDoesNotMatch: no') });
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain(secret);
  });
});
