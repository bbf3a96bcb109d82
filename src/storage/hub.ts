/** hf://datasets/OWNER/NAME[@REVISION]/PATH (reading): files of a dataset on the Hugging Face Hub. https://huggingface.co/docs/hub/api */

import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Stop } from '../bytes.ts';
import { systemError } from '../errors.ts';
import { usage } from '../options.ts';
import { call, type Dialect, isJson, open, type Task } from './client.ts';
import { type Env, firstOf } from './env.ts';
import { notThere } from './failures.ts';
import { ListingGuard, listIn, objectIn, sizeOf, textIn, understood } from './listing.ts';
import { type Reads, reading, statOfFirst } from './reading.ts';
import type { Patience } from './retry.ts';
import type { Listed, ListOptions, ObjectStat, ReadableStorage } from './storage.ts';

interface HubPlace {
  /** OWNER/NAME. */
  readonly repo: string;
  readonly revision: string;
  readonly path: string;
  /** The URI as far as the path. */
  readonly root: string;
}

/** What the Hub can besides. */
export interface HubStorage extends ReadableStorage {
  /** The dataset that a URI names, at the commit that its revision is now: `hf://datasets/OWNER/NAME@SHA`. What is read by it never changes. */
  pin(uri: string, stop?: Stop): Promise<string>;
}

export function openHub(env: Env, patience?: Patience): HubStorage {
  const base = (env('HF_ENDPOINT') ?? 'https://huggingface.co').replace(/\/+$/, '');
  const token = firstOf(env, 'HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN') ?? storedToken(env);
  const dialect: Dialect = {
    async sign(request) {
      if (token === undefined || !request.url.href.startsWith(`${base}/`)) return request;
      return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } };
    },
    explain,
    accessHint:
      token === undefined
        ? 'no token was found: set HF_TOKEN, or run "hf auth login"'
        : 'check that the token (HF_TOKEN) may read it, and that the conditions of a gated dataset were accepted',
    redirects: true,
    // Large files are elsewhere: what the Hub itself calls them is said on the way there.
    onRedirect: (headers) => {
      const linked = headers['x-linked-etag'];
      return linked === undefined ? {} : { 'x-linked-etag': linked };
    },
    ...(patience === undefined ? {} : { patience }),
  };
  const fileUrl = (uri: string) => {
    const { repo, revision, path } = placeOf(uri);
    if (path === '') throw usage(`Cannot read "${uri}": expected the path of a file behind the name of the dataset`);
    return new URL(`${base}/datasets/${repo}/resolve/${encodeURIComponent(revision)}/${encodedPath(path)}`);
  };
  const reads: Reads = {
    dialect,
    get: (uri) => ({ method: 'GET', url: fileUrl(uri), headers: {} }),
    versionOf,
  };
  return {
    scheme: 'hf',
    ...reading(reads),
    list: (prefix, options) => list(dialect, base, prefix, options),
    stat: (uri) => stat(dialect, fileUrl, uri),
    pin: (uri, stop) => pin(dialect, base, uri, stop),
  };
}

async function pin(dialect: Dialect, base: string, uri: string, stop: Stop | undefined): Promise<string> {
  const { repo, revision } = placeOf(uri);
  if (/^[0-9a-f]{40}$/.test(revision)) return `hf://datasets/${repo}@${revision}`;
  const url = new URL(`${base}/api/datasets/${repo}/revision/${encodeURIComponent(revision)}`);
  const task: Task = { doing: 'look at', uri, stop, accept: [404], complete: isJson };
  const { status, body } = await call(dialect, task, () => ({ method: 'GET', url, headers: {} }));
  if (status === 404) throw notThere('look at', uri, explain(body.toString('utf8')));
  const sha = understood(task, () => textIn(objectIn(JSON.parse(body.toString('utf8')))['sha'], 'a commit'));
  return `hf://datasets/${repo}@${sha}`;
}

/** The hash of the content: SHA-256 for large files, git's SHA-1 for small ones. */
function versionOf(headers: IncomingHttpHeaders): string {
  return String(headers['x-linked-etag'] ?? headers.etag ?? '')
    .replace(/^W\//, '')
    .replaceAll('"', '');
}

function placeOf(uri: string): HubPlace {
  const match = /^hf:\/\/datasets\/([^/@]+\/[^/@]+)(?:@([^/]+))?(?:\/(.*))?$/is.exec(uri);
  if (match === null) throw usage(`Cannot use "${uri}": expected hf://datasets/OWNER/NAME[@REVISION]/PATH`);
  const [, repo, revision, path = ''] = match;
  const root = `hf://datasets/${repo}${revision === undefined ? '' : `@${revision}`}`;
  // A revision may hold slashes, as refs/pr/1 does; in a URI of ours they are written %2F.
  return { repo: repo!, revision: decodeURIComponent(revision ?? 'main'), path, root };
}

function encodedPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** Where `hf auth login` puts it. */
function storedToken(env: Env): string | undefined {
  const home = env('HF_HOME') ?? join(env('XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'huggingface');
  const path = env('HF_TOKEN_PATH') ?? join(home, 'token');
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw systemError('read', path, error);
  }
}

const mostWords = 1000;

function explain(body: string): string {
  try {
    return String((JSON.parse(body) as { error?: unknown } | null)?.error ?? '').slice(0, mostWords);
  } catch {
    // Not JSON: the words of something on the way, when they are few.
    return body.length < 200 ? body.trim() : '';
  }
}

async function stat(dialect: Dialect, fileUrl: (uri: string) => URL, uri: string): Promise<ObjectStat | undefined> {
  if (placeOf(uri).path === '') return undefined;
  // Not HEAD: where a redirect leads to, links are often signed for GET alone. One byte tells the length.
  const task: Task = { doing: 'look at', uri, accept: [404, 416] };
  const headers = { range: 'bytes=0-0' };
  const reply = await open(dialect, task, () => ({ method: 'GET', url: fileUrl(uri), headers }));
  return await statOfFirst(uri, reply, versionOf);
}

interface TreeEntry {
  readonly type: 'file' | 'directory';
  readonly path: string;
  readonly size: number;
  /** Of a large file that of its content. */
  readonly oid: string;
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
  };
}

/** The Hub lists folders; the rest of the prefix is compared here. */
async function* list(
  dialect: Dialect,
  base: string,
  prefix: string,
  { delimiter, stop }: ListOptions = {},
): AsyncGenerator<readonly Listed[]> {
  const { repo, revision, path, root } = placeOf(prefix);
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const tree = `${base}/api/datasets/${repo}/tree/${encodeURIComponent(revision)}/${encodedPath(folder.replace(/\/$/, ''))}`;
  let next: URL | undefined = new URL(`${tree}?recursive=${delimiter === undefined}`);
  const task: Task = { doing: 'list', uri: prefix, stop, accept: [404], complete: isJson };
  const guard = new ListingGuard(task);
  while (next !== undefined) {
    const url: URL = next;
    const { status, headers, body } = await call(dialect, task, () => ({ method: 'GET', url, headers: {} }));
    if (status === 404) {
      const said = explain(body.toString('utf8'));
      // A folder that is not there is an empty one, as in a bucket; a dataset or revision that is not there is an error.
      if (folder !== '' && /entry|path/i.test(String(headers['x-error-code'] ?? said))) return;
      throw notThere('list', prefix, said);
    }
    const entries = understood(task, () => listIn(JSON.parse(body.toString('utf8'))).map(entryOf));
    yield entries
      .filter((entry) => entry.path.startsWith(path))
      .flatMap((entry) => listed(entry, root, delimiter !== undefined));
    const link = /<([^<>]+)>\s*;\s*rel="?next"?/.exec(String(headers['link'] ?? ''))?.[1];
    next = link === undefined ? undefined : understood(task, () => new URL(link, url));
    guard.next(next?.href, entries.length);
  }
}

function listed({ type, path, size, oid }: TreeEntry, root: string, folders: boolean): Listed[] {
  const uri = `${root}/${path}`;
  if (type === 'directory') return folders ? [{ kind: 'prefix', uri: `${uri}/` }] : [];
  return [{ kind: 'object', uri, size, version: oid }];
}
