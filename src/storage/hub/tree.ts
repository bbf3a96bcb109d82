/** What is in a repository of the Hub at one revision, page by page. */

import type { IncomingHttpHeaders } from 'node:http';
import { call, type Dialect, isJson, type Task } from '../client.ts';
import { notThere } from '../failures.ts';
import { ListingGuard, listIn, objectIn, sizeOf, textIn, understood } from '../listing.ts';
import type { HubConnection } from './connection.ts';
import { encodedPath } from './place.ts';
import { explain } from './server.ts';

export interface TreeEntry {
  readonly type: 'file' | 'directory';
  readonly path: string;
  readonly size: number;
  /** Of a large file the SHA-256 of its content, else git's SHA-1 of it. */
  readonly oid: string;
  readonly isLarge: boolean;
}

export interface TreeOf {
  readonly base: string;
  readonly repo: string;
  readonly revision: string;
  /** '' for all of it. */
  readonly folder: string;
  readonly recursive: boolean;
}

/** A folder that is not there is an empty one, as in a bucket. @throws BowerbirdError NOT_FOUND for a repository or revision that is not there */
export async function* treePages(
  dialect: Dialect,
  { base, repo, revision, folder, recursive }: TreeOf,
  { uri, stop }: Pick<Task, 'uri' | 'stop'>,
): AsyncGenerator<readonly TreeEntry[]> {
  const tree = `${base}/api/datasets/${repo}/tree/${encodeURIComponent(revision)}/${encodedPath(folder)}`;
  let next: URL | undefined = new URL(`${tree}?recursive=${recursive}`);
  const task: Task = { doing: 'list', uri, stop, accept: [404], complete: isJson };
  const guard = new ListingGuard(task);
  while (next !== undefined) {
    const url: URL = next;
    const { status, headers, body } = await call(dialect, task, () => ({ method: 'GET', url, headers: {} }));
    if (status === 404) {
      const said = explain(body.toString('utf8'));
      if (folder !== '' && isMissingEntry(headers, said)) return;
      throw notThere('list', uri, said);
    }
    const entries = understood(task, () => listIn(JSON.parse(body.toString('utf8'))).map(entryOf));
    yield entries;
    const link = /<([^<>]+)>\s*;\s*rel="?next"?/.exec(String(headers['link'] ?? ''))?.[1];
    next = link === undefined ? undefined : understood(task, () => new URL(link, url));
    guard.next(next?.href, entries.length);
  }
}

/** Whether a 404 is about a file or folder, and not about what it would be in. */
export function isMissingEntry(headers: IncomingHttpHeaders, said: string): boolean {
  return /entry|path/i.test(String(headers['x-error-code'] ?? said));
}

function entryOf(json: unknown): TreeEntry {
  const { type, path, size, oid, lfs } = objectIn(json);
  const isFile = type !== 'directory';
  const large = lfs === undefined || lfs === null ? undefined : objectIn(lfs);
  return {
    type: isFile ? 'file' : 'directory',
    path: textIn(path, 'a path'),
    size: isFile ? sizeOf(large?.['size'] ?? size) : 0,
    oid: isFile ? textIn(large?.['oid'] ?? oid, 'a hash') : '',
    isLarge: large !== undefined,
  };
}

export interface HubFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Of a large file (LFS) its SHA-256, else git's SHA-1, in hex. */
  readonly oid: string;
  readonly isLarge: boolean;
}

/** All files below a folder, '' for all, in one commit. */
export async function treeOf(
  { repo, server, uri, stop }: HubConnection,
  folder: string,
  at: string,
): Promise<readonly HubFile[]> {
  const files: HubFile[] = [];
  const of = { base: server.base, repo, revision: at, folder: folder.replace(/\/+$/, ''), recursive: true };
  for await (const entries of treePages(server.dialect, of, { uri, stop })) {
    for (const { type, path, size, oid, isLarge } of entries) {
      if (type === 'file') files.push({ path, size, oid, isLarge });
    }
  }
  return files;
}
