/** A Hub in this process that serves datasets as the real one does: commits, trees in pages, files by range. https://huggingface.co/docs/hub/api */

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HubRepo {
  /** Branches and tags. */
  readonly refs: { [name: string]: string };
  readonly commits: { [sha: string]: { readonly [path: string]: Uint8Array } };
  /** Who may read it: nobody without this token. */
  readonly token?: string;
  /** Listed for everybody, read by nobody. */
  readonly gated?: boolean;
}

export interface HubServer {
  readonly url: string;
  readonly repos: { [name: string]: HubRepo };
  /** Method, path and range of each request. */
  readonly seen: { readonly path: string; readonly range: string | undefined; readonly bytes: number }[];
  close(): Promise<void>;
}

export const shaOf = (name: string): string => createHash('sha1').update(name).digest('hex');

const treePage = 50;

export async function hubServer(repos: HubServer['repos']): Promise<HubServer> {
  const seen: HubServer['seen'] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://hub');
    const end = (status: number, body: string | Uint8Array, headers: { [name: string]: string | number } = {}) => {
      seen.push({ path: pathname, range: request.headers.range, bytes: body.length });
      response.writeHead(status, headers).end(body);
    };
    const refuse = (status: number, error: string) => end(status, JSON.stringify({ error }));
    const [, api, name, kind, rest = ''] =
      /^(\/api)?\/datasets\/([^/]+\/[^/]+)\/(revision|tree|resolve)\/(.*)$/.exec(pathname) ?? [];
    const repo = repos[name ?? ''];
    if (kind === undefined || repo === undefined) return refuse(404, 'Repository not found');
    if (repo.token !== undefined && request.headers.authorization !== `Bearer ${repo.token}`) {
      return refuse(401, 'Invalid username or password.');
    }
    const slash = rest.indexOf('/');
    const revision = decodeURIComponent(slash < 0 ? rest : rest.slice(0, slash));
    const path = slash < 0 ? '' : decodeURIComponent(rest.slice(slash + 1));
    const sha = repo.refs[revision] ?? revision;
    const files = repo.commits[sha];
    if (files === undefined) return refuse(404, `Invalid rev id: ${revision}`);
    if (api !== undefined && kind === 'revision') return end(200, JSON.stringify({ id: name, sha, private: false }));
    if (api !== undefined) return tree(files, path, searchParams, `http://${request.headers.host}${pathname}`, end);
    if (repo.gated === true)
      return refuse(403, 'Access to dataset is restricted and you are not in the authorized list.');
    const bytes = files[path];
    return bytes === undefined ? refuse(404, 'Entry not found') : file(bytes, request.headers.range, end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    repos,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type End = (status: number, body: string | Uint8Array, headers?: { [name: string]: string | number }) => void;

function tree(
  files: { readonly [path: string]: Uint8Array },
  folder: string,
  query: URLSearchParams,
  url: string,
  end: End,
): void {
  const paths = Object.keys(files).filter((path) => path.startsWith(folder === '' ? '' : `${folder}/`));
  const from = Number(query.get('cursor') ?? 0);
  const page = paths.slice(from, from + treePage).map((path) => {
    const oid = createHash('sha256').update(files[path]!).digest('hex');
    const { length: size } = files[path]!;
    return { type: 'file', path, size, oid: oid.slice(0, 40), ...(size > 1000 ? { lfs: { oid, size } } : {}) };
  });
  const more = from + treePage < paths.length;
  end(200, JSON.stringify(page), more ? { link: `<${url}?recursive=true&cursor=${from + treePage}>; rel="next"` } : {});
}

function file(bytes: Uint8Array, range: string | undefined, end: End): void {
  const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  const part = bytes.subarray(Number(from), to === '' ? undefined : Number(to) + 1);
  const hash = createHash('sha256').update(bytes).digest('hex');
  const etag = bytes.length > 1000 ? hash : hash.slice(0, 40);
  end(206, part, {
    'content-range': `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`,
    'content-length': part.length,
    etag: `"${etag}"`,
  });
}
