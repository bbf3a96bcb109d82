/** Web servers and the Hugging Face Hub, as servers in this process play them. */

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { openHttp } from '../../../src/storage/http.ts';
import { openHub } from '../../../src/storage/hub/hub.ts';

const impatience = { tries: 5, firstWaitMs: 1, mostWaitMs: 2 };
const servers: Server[] = [];

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251));

test('http: a server without ranges is read from its start, and only what is asked for is handed out', async () => {
  const url = await serve((_, response) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes));
  const web = openHttp(impatience);
  expect(Buffer.from(await web.readRange(`${url}/x`, 100, 50)).equals(bytes.subarray(100, 150))).toBe(true);
  expect(Buffer.from(await web.read(`${url}/x`)).equals(bytes)).toBe(true);
  expect(await web.stat(`${url}/x`)).toEqual({ uri: `${url}/x`, size: 1000, version: '' });
});

test('http: read() goes on where a body broke off, however often', async () => {
  const asked: (string | undefined)[] = [];
  const url = await serve(({ headers: { range } }, response) => {
    asked.push(range);
    const from = Number(/\d+/.exec(range ?? '')?.[0]);
    response.writeHead(206, {
      'content-range': `bytes ${from}-999/1000`,
      'content-length': 1000 - from,
      etag: '"v"',
    });
    // A first try that brings nothing, two that bring something, one that ends.
    if (asked.length < 4) response.write(bytes.subarray(from, 250 * asked.length - 250), () => response.destroy());
    else response.end(bytes.subarray(from));
  });
  expect(Buffer.from(await openHttp(impatience).read(`${url}/x`)).equals(bytes)).toBe(true);
  expect(asked).toEqual(['bytes=0-', 'bytes=0-', 'bytes=250-', 'bytes=500-']);
});

test('http: an object without a version that has another length when it is taken up again is an error', async () => {
  let tries = 0;
  const url = await serve((_, response) => {
    if (tries++ > 0) response.writeHead(200, { 'content-length': 2000 }).end(Buffer.alloc(2000));
    else {
      response.writeHead(200, { 'content-length': 1000 });
      response.write(bytes.subarray(0, 100), () => response.destroy());
    }
  });
  await expect(openHttp(impatience).read(`${url}/x`)).rejects.toThrow(
    /it changed while the run was going on \(expected version of 1000 bytes, found of 2000\)/,
  );
});

test('http: readRange() of a server without ranges does not wait for what follows', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 1e9 }).write(bytes);
  });
  const part = await openHttp(impatience).readRange(`${url}/x`, 100, 50);
  expect(Buffer.from(part).equals(bytes.subarray(100, 150))).toBe(true);
});

test('http: read() ends at a stop between two blocks', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 1e6 }).write(bytes);
  });
  let looks = 0;
  const stop = {
    throwIfAborted() {
      if (looks++ > 0) throw new Error('stopped');
    },
  };
  await expect(openHttp(impatience).read(`${url}/x`, { stop })).rejects.toThrow('stopped');
  expect(looks).toBe(2);
});

test('http: a body with a Content-Encoding is not unpacked, so that lengths and ranges hold', async () => {
  const url = await serve((_, response) =>
    response.writeHead(200, { 'content-length': bytes.length, 'content-encoding': 'gzip' }).end(bytes),
  );
  expect(Buffer.from(await openHttp(impatience).read(`${url}/x.gz`)).equals(bytes)).toBe(true);
});

test('http: stat() asks for a byte where HEAD is refused', async () => {
  const url = await serve((request, response) => {
    if (request.method === 'HEAD') response.writeHead(403).end();
    else
      response
        .writeHead(206, { 'content-range': 'bytes 0-0/1000', 'content-length': 1, etag: '"v"' })
        .end(bytes.subarray(0, 1));
  });
  expect(await openHttp(impatience).stat(`${url}/x`)).toMatchObject({ size: 1000, version: '"v"' });
});

test('http: a password in a URL becomes a header, follows no redirect to another host, and is in no message', async () => {
  const seen: (string | undefined)[] = [];
  const other = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(403).end();
  });
  const url = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(302, { location: `${other}/elsewhere` }).end();
  });
  const error = await openHttp(impatience)
    .read(`${url.replace('//', '//me:hidden@')}/x?signature=hidden`)
    .catch((e) => e);
  expect(seen).toEqual([`Basic ${Buffer.from('me:hidden').toString('base64')}`, undefined]);
  expect(error).toMatchObject({ code: 'ACCESS', message: expect.stringContaining(`Cannot read "${url}/x?..."`) });
});

test('http: waits as long as the server asks', async () => {
  let tries = 0;
  const url = await serve((_, response) => {
    if (tries++ === 0) response.writeHead(429, { 'retry-after': '1' }).end();
    else response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  });
  const began = performance.now();
  await openHttp(impatience).read(`${url}/x`);
  expect(performance.now() - began).toBeGreaterThan(950);
});

/** Small files from the Hub itself, large ones by a redirect to another host, as it does. */
async function hub() {
  const tokens: { hub: string[]; elsewhere: (string | undefined)[] } = { hub: [], elsewhere: [] };
  const elsewhere = await serve((request, response) => {
    tokens.elsewhere.push(request.headers.authorization);
    const [, from, to] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '')!;
    const part = bytes.subarray(Number(from), to === '' ? undefined : Number(to) + 1);
    const range = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`;
    response.writeHead(206, { 'content-range': range, 'content-length': part.length, etag: '"of-the-cdn"' }).end(part);
  });
  const files = Array.from({ length: 30 }, (_, i) => ({
    type: 'file',
    path: `data/${String(i).padStart(2, '0')} a.flac`,
    size: 1000,
    oid: `git${i}`,
    lfs: { oid: `sha${i}`, size: 1000 },
  }));
  const base = await serve((request, response) => {
    tokens.hub.push(request.headers.authorization ?? '');
    const { pathname, searchParams } = new URL(request.url!, 'http://hub');
    if (pathname === '/api/datasets/owner/name/tree/main/data' || pathname === '/api/datasets/owner/name/tree/main/') {
      const from = Number(searchParams.get('cursor') ?? 0);
      const next = from + 10 < 30 ? { link: `<${base}${pathname}?cursor=${from + 10}>; rel="next"` } : {};
      const page = pathname.endsWith('/data')
        ? files.slice(from, from + 10)
        : [{ type: 'directory', path: 'data', size: 0, oid: 'd' }];
      response.writeHead(200, pathname.endsWith('/data') ? next : {}).end(JSON.stringify(page));
    } else if (pathname.startsWith('/datasets/owner/name/resolve/main/data/')) {
      const number = Number(decodeURIComponent(pathname).slice(-9, -7));
      response
        .writeHead(302, { location: `${elsewhere}/blob`, 'x-linked-etag': `"sha${number}"`, 'x-linked-size': '1000' })
        .end();
    } else response.writeHead(404).end('{"error":"Repository not found"}');
  });
  const env = { HF_ENDPOINT: base, HF_TOKEN: 'hf_hidden', HF_HOME: '/nonexistent' } as { [name: string]: string };
  return { storage: openHub((name) => env[name], impatience), tokens };
}

test('hf: lists page by page, reads by redirect, and gives the token to the Hub alone', async () => {
  const { storage, tokens } = await hub();
  const found = [];
  for await (const page of storage.list('hf://datasets/owner/name/data/')) found.push(...page);
  expect(found).toHaveLength(30);
  expect(found[3]).toEqual({
    kind: 'object',
    uri: 'hf://datasets/owner/name/data/03 a.flac',
    size: 1000,
    version: 'sha3',
  });
  const uri = found[3]!.uri;
  expect(await storage.stat(uri)).toEqual({ uri, size: 1000, version: 'sha3' });
  expect(Buffer.from(await storage.readRange(uri, 10, 20, { version: 'sha3' })).equals(bytes.subarray(10, 30))).toBe(
    true,
  );
  expect(new Set(tokens.hub)).toEqual(new Set(['Bearer hf_hidden']));
  expect(new Set(tokens.elsewhere)).toEqual(new Set([undefined]));
});

test('hf: another version than the one of the plan is an error', async () => {
  const { storage } = await hub();
  const uri = 'hf://datasets/owner/name/data/03 a.flac';
  await expect(storage.read(uri, { version: 'sha4' })).rejects.toMatchObject({ code: 'IO', source: uri });
});

test('hf: a dataset that is not there is told, without the token', async () => {
  const { storage } = await hub();
  const error = await storage.read('hf://datasets/owner/other/x').catch((e) => e);
  expect(error).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('Repository not found') });
  expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('hf_hidden');
  await expect(storage.read('hf://models/x')).rejects.toMatchObject({ code: 'USAGE' });
});
