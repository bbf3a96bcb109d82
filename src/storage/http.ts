/** https:// and http:// (reading): any web server, best one that answers ranges. */

import type { IncomingHttpHeaders } from 'node:http';
import { BowerbirdError } from '../errors.ts';
import { usage } from '../options.ts';
import { call, type Dialect, open, type Task } from './client.ts';
import type { HttpRequest } from './http-send.ts';
import { type Reads, reading, statOfFirst } from './reading.ts';
import type { Patience } from './retry.ts';
import type { ObjectStat, ReadableStorage } from './storage.ts';
import { shown } from './uri.ts';

export function openHttp(patience?: Patience): ReadableStorage {
  const dialect: Dialect = {
    sign: async (request) => request,
    explain: () => '',
    accessHint: 'the address may need a login, or a link that has not expired',
    redirects: true,
    ...(patience === undefined ? {} : { patience }),
  };
  const reads: Reads = {
    dialect,
    // A weak tag promises no bytes: servers refuse it in a condition. It is still compared with the one that comes.
    get: (uri, version) => request('GET', uri, version.startsWith('"') ? { 'if-match': version } : {}),
    versionOf,
  };
  return {
    scheme: 'https',
    ...reading(reads),
    stat: (uri) => stat(dialect, uri),
    // biome-ignore lint/correctness/useYield: it has nothing to yield
    async *list(prefix) {
      const message = `Cannot list "${shown(prefix)}": web servers do not tell what they have; name each file`;
      throw new BowerbirdError('UNSUPPORTED', message, { source: prefix });
    },
  };
}

/** A name and password in the URL become a header. */
function request(method: 'GET' | 'HEAD', uri: string, headers: { readonly [name: string]: string }): HttpRequest {
  const url = addressOf(uri);
  url.hash = '';
  const { username, password } = url;
  if (username === '' && password === '') return { method, url, headers };
  const pair = `${unescaped(username)}:${unescaped(password)}`;
  url.username = '';
  url.password = '';
  return { method, url, headers: { ...headers, authorization: `Basic ${Buffer.from(pair).toString('base64')}` } };
}

/** A "%" that begins no escape stands for itself. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function addressOf(uri: string): URL {
  try {
    return new URL(uri);
  } catch {
    // Node's own error holds the whole address.
    throw usage(
      `Cannot use "${uri}": it is no web address; "/", "?", "#" and "@" in a name or password are written %2F, %3F, %23 and %40`,
    );
  }
}

function versionOf(headers: IncomingHttpHeaders): string {
  return headers.etag ?? headers['last-modified'] ?? '';
}

/** Some servers refuse HEAD (signed links are for one method): then the first byte tells as much. */
async function stat(dialect: Dialect, uri: string): Promise<ObjectStat | undefined> {
  const task: Task = { doing: 'look at', uri, accept: [400, 403, 404, 405, 410, 501] };
  const head = await call(dialect, task, () => request('HEAD', uri, {}));
  if (head.status === 404 || head.status === 410) return undefined;
  const length = head.headers['content-length'];
  if (head.status < 300 && length !== undefined && /^\d+$/.test(length))
    return { uri, size: Number(length), version: versionOf(head.headers) };
  const asked: Task = { doing: 'look at', uri, accept: [404, 410, 416] };
  const first = await open(dialect, asked, () => request('GET', uri, { range: 'bytes=0-0' }));
  return await statOfFirst(uri, first, versionOf);
}
