/**
 * A Hub that datasets are read from and written to, as strict as the real one where its documents say so: https://huggingface.co/docs/hub/api.
 * Its state can be read, and faults are injected by a list. It runs in tests, and by main.mjs as a process of its own.
 */

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { lfsRequest } from './lfs.mjs';
import { Objects } from './objects.mjs';
import { readRequest } from './reading.mjs';
import { commitTo, writeRequest } from './writing.mjs';
import { xetRequest } from './xet.mjs';

/**
 * A file in a commit: bytes (large when longer than 1000), or what a commit said.
 *
 * @typedef {Uint8Array | { readonly bytes: Uint8Array } | { readonly lfs: { readonly oid: string, readonly size: number } }} HubValue
 *
 * @typedef {object} HubRepo
 * @property {{ [name: string]: string }} refs Branches and tags.
 * @property {{ [sha: string]: { readonly [path: string]: HubValue } }} commits
 * @property {string} [token] Who may read it: nobody without this token.
 * @property {boolean} [gated] Listed for everybody, read by nobody.
 * @property {string} [visibility]
 * @property {HubCommit[]} [log] Commits that were made over HTTP, in order.
 *
 * @typedef {object} HubCommit
 * @property {string} oid
 * @property {string} parent
 * @property {string} summary
 * @property {string[]} added
 * @property {string[]} removed
 *
 * @typedef {object} HubFault What happens to requests that it fits, `times` of them (default 1).
 * @property {string} [method]
 * @property {RegExp} [path]
 * @property {number} [skip] Leaves alone so many first.
 * @property {number} [times]
 * @property {'status' | 'drop' | 'drop-after' | 'status-after' | 'stall' | 'conflict' | 'wrong-etag' | 'no-etag' | 'cut'} kind
 *   `-after`: when the work is done. `conflict`: another commit slips in. `cut`: half of the answer comes.
 * @property {number} [status]
 * @property {{ [name: string]: string }} [headers]
 * @property {string} [body]
 *
 * @typedef {object} HubOptions
 * @property {{ [name: string]: HubRepo }} [repos]
 * @property {string} [writeToken] The only token that may write. Default: any.
 * @property {boolean} [xet]
 * @property {number} [partBytes] Large files go up in parts of so many bytes. Default: basic transfers.
 * @property {string} [folder] Where large files are kept. Default: memory.
 * @property {boolean} [redirects] Whether large files are elsewhere.
 * @property {number} [pageSize] Of trees. Default 50.
 * @property {number} [port]
 */

/** @param {string} name */
export const shaOf = (name) => createHash('sha1').update(name).digest('hex');

/** @param {HubOptions} [options] */
export async function startHub(options = {}) {
  /** @type {{ method: string, path: string, query: string, range: string | undefined, received: number, bytes: number, status: number }[]} */
  const seen = [];
  const hub = {
    url: '',
    /** Where large files are: by its name another host. */
    elsewhere: '',
    /** @type {{ [name: string]: HubRepo }} */
    repos: options.repos ?? {},
    objects: new Objects(options.folder),
    uploads: new Map(),
    xorbs: new Map(),
    /** @type {HubFault[]} */
    faults: [],
    seen,
    options: { pageSize: 50, ...options },
    /** Token of xet, which may be changed to expire the one before. */
    xetToken: 'xet-1',
    /** Bytes of content that were taken, by kind of request. */
    taken: { basic: 0, parts: 0, xorbs: 0 },
    /** What a client did that the real Hub would not have liked. */
    /** @type {string[]} */
    complaints: [],
    /** Hears of each request before anything is done about it. @type {((path: string) => void) | undefined} */
    onRequest: undefined,
    /** Requests that wait for ever. @type {Set<import('node:http').ServerResponse>} */
    stalled: new Set(),
    /** @param {string} name @param {{ [path: string]: Uint8Array }} files @param {string} [branch] */
    commit(name, files, branch = 'main') {
      const repo = hub.repos[name];
      const add = Object.entries(files).map(([path, bytes]) => ({ path, value: { bytes } }));
      return commitTo(repo, branch, { summary: 'by somebody else', add, remove: [] });
    },
    async close() {
      for (const response of hub.stalled) response.destroy();
      await new Promise((resolve) => {
        server.close(() => resolve(undefined));
        server.closeAllConnections();
      });
    },
  };
  const server = createServer((request, response) => {
    handle(hub, request, response).catch((error) => {
      hub.complaints.push(`${request.method} ${request.url}: ${error.stack}`);
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end(JSON.stringify({ error: error.message }));
    });
  });
  server.requestTimeout = 0;
  await new Promise((resolve) => server.listen(options.port ?? 0, '127.0.0.1', () => resolve(undefined)));
  hub.url = `http://127.0.0.1:${server.address().port}`;
  hub.elsewhere = hub.url.replace('127.0.0.1', 'localhost');
  return hub;
}

/** @typedef {Awaited<ReturnType<typeof startHub>>} Hub */

async function handle(hub, request, response) {
  const { pathname, searchParams, search } = new URL(request.url, hub.url);
  const { method } = request;
  const entry = {
    method,
    path: pathname,
    query: search,
    range: request.headers.range,
    received: 0,
    bytes: 0,
    status: 0,
  };
  hub.seen.push(entry);
  hub.onRequest?.(pathname);
  const fault = faultFor(hub, method, pathname);
  if (fault?.kind === 'stall') {
    hub.stalled.add(response);
    return;
  }
  if (fault?.kind === 'drop') {
    // With some of the body, as a connection that breaks while it is used.
    await new Promise((resolve) => {
      request.once('data', resolve).once('end', resolve);
    });
    response.destroy();
    return;
  }
  const call = {
    ...{ hub, request, method, pathname, searchParams, fault, entry },
    headers: request.headers,
    body: () => collect(request, entry),
    /** @param {number} status @param {string | Uint8Array | object} [content] @param {{ [name: string]: string | number }} [headers] */
    end(status, content = '', headers = {}) {
      answer(call, response, status, content, headers);
    },
    /** @param {number} status @param {string} error @param {string} [code] */
    refuse(status, error, code) {
      call.end(status, { error }, code === undefined ? {} : { 'x-error-code': code });
    },
  };
  if (fault?.kind === 'status') {
    await call.body();
    call.fault = undefined;
    call.end(fault.status, fault.body ?? { error: 'a fault' }, fault.headers);
    return;
  }
  if (fault?.kind === 'conflict') {
    const name = /^\/api\/datasets\/([^/]+\/[^/]+)\//.exec(pathname)[1];
    hub.commit(name, { [`others/${hub.seen.length}.txt`]: Buffer.from(`${hub.seen.length}`) });
  }
  for (const part of [lfsRequest, xetRequest, writeRequest, readRequest]) if (await part(call)) return;
  await call.body();
  call.refuse(404, 'Not found', 'RepoNotFound');
}

function faultFor(hub, method, path) {
  for (const fault of hub.faults) {
    if (fault.method !== undefined && fault.method !== method) continue;
    if (fault.path !== undefined && !fault.path.test(path)) continue;
    if ((fault.skip ?? 0) > 0) {
      fault.skip--;
      continue;
    }
    fault.times = (fault.times ?? 1) - 1;
    if (fault.times <= 0) hub.faults.splice(hub.faults.indexOf(fault), 1);
    return fault;
  }
  return undefined;
}

async function collect(request, entry) {
  const parts = [];
  for await (const part of request) {
    entry.received += part.length;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function answer({ fault, entry, method }, response, status, content, headers) {
  if (fault?.kind === 'drop-after') {
    response.destroy();
    return;
  }
  const isJson = typeof content === 'object' && !(content instanceof Uint8Array);
  let body = isJson ? JSON.stringify(content) : content;
  let code = status;
  if (fault?.kind === 'status-after') [code, body] = [fault.status, fault.body ?? ''];
  const plain = { ...headers };
  if (fault?.kind === 'no-etag') delete plain.etag;
  if (isJson) plain['content-type'] ??= 'application/json';
  const length = Buffer.byteLength(body);
  entry.bytes = length;
  entry.status = code;
  response.writeHead(code, { 'content-length': length, ...plain });
  if (fault?.kind === 'cut') {
    response.write(Buffer.from(body).subarray(0, length >> 1), () => response.destroy());
    return;
  }
  response.end(method === 'HEAD' ? undefined : body);
}
