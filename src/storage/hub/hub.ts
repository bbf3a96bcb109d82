/** hf://datasets/OWNER/NAME[@REVISION]/PATH (reading): files of a dataset on the Hugging Face Hub. https://huggingface.co/docs/hub/api */

import type { IncomingHttpHeaders } from 'node:http';
import type { Stop } from '../../bytes.ts';
import { usage } from '../../options.ts';
import { call, type Dialect, isJson, open, type Task } from '../client.ts';
import type { Env } from '../env.ts';
import { notThere } from '../failures.ts';
import { objectIn, textIn, understood } from '../listing.ts';
import { type Reads, reading, statOfFirst } from '../reading.ts';
import type { Patience } from '../retry.ts';
import type { Listed, ListOptions, ObjectStat, ReadableStorage } from '../storage.ts';
import { encodedPath, placeOf } from './place.ts';
import { explain, hubServer } from './server.ts';
import { type TreeEntry, treePages } from './tree.ts';

/** What the Hub can besides. */
export interface HubStorage extends ReadableStorage {
  /** The dataset that a URI names, at the commit that its revision is now: `hf://datasets/OWNER/NAME@SHA`. What is read by it never changes. */
  pin(uri: string, stop?: Stop): Promise<string>;
}

export function openHub(env: Env, patience?: Patience): HubStorage {
  const { base, dialect } = hubServer(env, { patience });
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
  const sha = await commitOf(dialect, base, { repo, revision }, { uri, stop });
  return `hf://datasets/${repo}@${sha}`;
}

/** The commit that a revision is now. @throws BowerbirdError NOT_FOUND */
export async function commitOf(
  dialect: Dialect,
  base: string,
  { repo, revision }: { readonly repo: string; readonly revision: string },
  { uri, stop }: Pick<Task, 'uri' | 'stop'>,
): Promise<string> {
  if (/^[0-9a-f]{40}$/.test(revision)) return revision;
  const url = new URL(`${base}/api/datasets/${repo}/revision/${encodeURIComponent(revision)}`);
  const task: Task = { doing: 'look at', uri, stop, accept: [404], complete: isJson };
  const { status, body } = await call(dialect, task, () => ({ method: 'GET', url, headers: {} }));
  if (status === 404) throw notThere('look at', uri, explain(body.toString('utf8')));
  return understood(task, () => textIn(objectIn(JSON.parse(body.toString('utf8')))['sha'], 'a commit'));
}

/** The hash of the content: SHA-256 for large files, git's SHA-1 for small ones. */
function versionOf(headers: IncomingHttpHeaders): string {
  return String(headers['x-linked-etag'] ?? headers.etag ?? '')
    .replace(/^W\//, '')
    .replaceAll('"', '');
}

async function stat(dialect: Dialect, fileUrl: (uri: string) => URL, uri: string): Promise<ObjectStat | undefined> {
  if (placeOf(uri).path === '') return undefined;
  // Not HEAD: where a redirect leads to, links are often signed for GET alone. One byte tells the length.
  const task: Task = { doing: 'look at', uri, accept: [404, 416] };
  const headers = { range: 'bytes=0-0' };
  const reply = await open(dialect, task, () => ({ method: 'GET', url: fileUrl(uri), headers }));
  return await statOfFirst(uri, reply, versionOf);
}

/** The Hub lists folders; the rest of the prefix is compared here. */
async function* list(
  dialect: Dialect,
  base: string,
  prefix: string,
  { delimiter, stop }: ListOptions = {},
): AsyncGenerator<readonly Listed[]> {
  const { repo, revision, path, root } = placeOf(prefix);
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  const recursive = delimiter === undefined;
  for await (const entries of treePages(dialect, { base, repo, revision, folder, recursive }, { uri: prefix, stop })) {
    yield entries.filter((entry) => entry.path.startsWith(path)).flatMap((entry) => listed(entry, root, !recursive));
  }
}

function listed({ type, path, size, oid }: TreeEntry, root: string, folders: boolean): Listed[] {
  const uri = `${root}/${path}`;
  if (type === 'directory') return folders ? [{ kind: 'prefix', uri: `${uri}/` }] : [];
  return [{ kind: 'object', uri, size, version: oid }];
}
