/** A web server that asks for a password and a signature, links to it that hold both, and a look for them in whatever was written. */

import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect } from 'vitest';
import { etagOf } from './object-server.ts';

const user = 'topsecretuser';
const password = 'topsecretpass';
/** Every other secret of a link begins so too. */
const mark = /topsecret|dG9wc2VjcmV0/i;

export interface SecretServer {
  /** By path, without the slash in front. */
  readonly files: Map<string, Uint8Array>;
  /** A link that opens the file; each call signs anew. */
  link(path: string): string;
  /** What may be shown of it. */
  shown(path: string): string;
  /** A folder, whose files are asked for with the same password and no signature. */
  folder(path: string): string;
  /** A link that the server refuses. */
  wrong(path: string): string;
  readonly host: string;
  close(): Promise<void>;
}

export async function secretServer(): Promise<SecretServer> {
  const files = new Map<string, Uint8Array>();
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const server: Server = createServer(({ url, method, headers }, response) => {
    const { pathname, searchParams } = new URL(url!, 'http://x');
    const path = pathname.slice(1);
    const isSigned = path.startsWith('open/') || /^topsecretsign\d+$/.test(searchParams.get('X-Amz-Signature') ?? '');
    const end = (status: number, more = {}, body: Uint8Array = Buffer.alloc(0)) =>
      response.writeHead(status, { 'content-length': body.length, ...more }).end(method === 'HEAD' ? undefined : body);
    if (headers.authorization !== expected || !isSigned) return end(403);
    const found = files.get(path.replace(/^open\//, ''));
    if (found === undefined) return end(404);
    const etag = etagOf(Buffer.from(found));
    const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
    if (range === null) return end(200, { etag }, found);
    const from = Number(range[1]);
    const to = range[2] === '' ? found.length : Math.min(found.length, Number(range[2]) + 1);
    if (from >= found.length) return end(416, { 'content-range': `bytes */${found.length}` });
    return end(206, { etag, 'content-range': `bytes ${from}-${to - 1}/${found.length}` }, found.subarray(from, to));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  let signed = 0;
  const login = `http://${user}:${password}@${host}`;
  return {
    files,
    host,
    link: (path) =>
      `${login}/${path}?X-Amz-Credential=topsecretkey/1/s3&X-Amz-Signature=topsecretsign${++signed}&X-Amz-Expires=900`,
    shown: (path) => `http://${host}/${path}?...`,
    folder: (path) => `${login}/open/${path}`,
    wrong: (path) => `${login}/${path}?sig=topsecretwrong&token=topsecrettoken`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Links that lead nowhere, in every way in which they may. */
export const brokenLinks = [
  `http://${user}:${password}@127.0.0.1:1/x.wav?X-Amz-Signature=topsecret`,
  `https://${user}:${password}@nowhere.invalid/x.wav?token=topsecret`,
  `http://${user}:top/secret#${password}@127.0.0.1/x.wav`,
  `http:/${user}:${password}@127.0.0.1/x.wav?sig=topsecret`,
  `http://${user}:${password}@127.0.0.1:99999/x.wav?sig=topsecret`,
  `ftp://${user}:${password}@127.0.0.1/x.wav?sig=topsecret`,
  `s3://${user}:${password}@bucket/x.wav`,
  's3://bucket/x.wav?X-Amz-Signature=topsecret',
  `gs://${user}:${password}@bucket/x.wav`,
  `hf://${user}:${password}@datasets/a/b/x.wav`,
];

/** Fails when a secret is in a text, a value, an error and all that hangs on it, or in the names and files of a folder. */
export function expectNoSecret(where: string, ...values: readonly unknown[]): void {
  for (const value of values) {
    const seen = typeof value === 'string' ? value : `${inspect(value, { depth: 20, showHidden: true })}${json(value)}`;
    expect(mark.test(seen) ? `${where}: ${seen}` : '').toBe('');
    if (value instanceof Error) expectNoSecret(where, value.stack ?? '', value.cause ?? '');
  }
}

/** `except`: what the user put there may hold what it likes. */
export function expectNoSecretIn(folder: string, except: readonly string[] = []): void {
  for (const name of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (except.includes(name.name)) continue;
    expectNoSecret('a name', name.name);
    if (name.isFile()) expectNoSecret(name.name, readFileSync(join(name.parentPath, name.name)).toString('latin1'));
  }
}

function json(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each)) ?? '';
}
