/** Reading of the Hub in tests: revisions, trees in pages, files by range and by way of a redirect. */

import { createHash } from 'node:crypto';

/** What a file in a commit is. */
export function fileOf(hub, value) {
  if (value.lfs !== undefined) {
    const { oid, size } = value.lfs;
    return { size, oid, isLarge: true, read: (from, to) => hub.objects.read(oid, from, to) };
  }
  const bytes = value instanceof Uint8Array ? value : value.bytes;
  const isLarge = value instanceof Uint8Array && bytes.length > 1000;
  const oid = isLarge ? createHash('sha256').update(bytes).digest('hex') : gitOid(bytes);
  return { size: bytes.length, oid, isLarge, read: (from, to) => Buffer.from(bytes).subarray(from, to) };
}

/** @param {Uint8Array} bytes */
export function gitOid(bytes) {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

export async function readRequest(call) {
  const { hub, pathname, method, searchParams, headers, end, refuse } = call;
  if (method === 'GET' && /^\/objects\/[0-9a-f]{64}$/.test(pathname)) {
    const oid = pathname.slice('/objects/'.length);
    if (headers.authorization !== undefined) return ended(refuse(400, 'Only one auth mechanism allowed'));
    return ended(
      file({ size: hub.objects.sizeOf(oid), oid, read: (from, to) => hub.objects.read(oid, from, to) }, call),
    );
  }
  const match = /^(\/api)?\/datasets\/([^/]+\/[^/]+?)(?:\/(revision|tree|resolve|paths-info|refs)(?:\/(.*))?)?$/.exec(
    pathname,
  );
  if (match === null) return false;
  const [, api, name, kind = 'revision', rest = 'main'] = match;
  const repo = hub.repos[name];
  if (repo === undefined) return ended(refuse(404, 'Repository not found', 'RepoNotFound'));
  if (repo.token !== undefined && headers.authorization !== `Bearer ${repo.token}`) {
    return ended(refuse(401, 'Invalid username or password.'));
  }
  if (kind === 'refs') {
    const branches = Object.entries(repo.refs).map(([branch, targetCommit]) => ({
      name: branch,
      ref: `refs/heads/${branch}`,
      targetCommit,
    }));
    return ended(end(200, { branches, tags: [], converts: [] }));
  }
  const slash = rest.indexOf('/');
  const revision = decodeURIComponent(slash < 0 ? rest : rest.slice(0, slash));
  const path = slash < 0 ? '' : decodeURIComponent(rest.slice(slash + 1));
  const sha = repo.refs[revision] ?? revision;
  const files = repo.commits[sha];
  if (files === undefined) return ended(refuse(404, `Invalid rev id: ${revision}`, 'RevisionNotFound'));
  if (api !== undefined && kind === 'revision') {
    const siblings = Object.keys(files).map((rfilename) => ({ rfilename }));
    const isPrivate = repo.visibility === 'private';
    return ended(
      end(200, {
        _id: '1',
        id: name,
        author: name.split('/')[0],
        sha,
        private: isPrivate,
        gated: false,
        disabled: false,
        downloads: 0,
        likes: 0,
        tags: [],
        siblings,
      }),
    );
  }
  if (kind === 'paths-info') return ended(end(200, pathsInfo(hub, files, headers, await call.body())));
  if (api !== undefined && kind === 'tree') return ended(tree(call, files, path, searchParams));
  if (kind !== 'resolve') return false;
  if (repo.gated === true) {
    return ended(refuse(403, 'Access to dataset is restricted and you are not in the authorized list.', 'GatedRepo'));
  }
  if (files[path] === undefined) return ended(refuse(404, 'Entry not found', 'EntryNotFound'));
  const found = fileOf(hub, files[path]);
  const facts = { 'x-repo-commit': sha };
  if (found.isLarge && files[path].lfs !== undefined && hub.options.redirects !== false) {
    const linked = { 'x-linked-etag': `"${found.oid}"`, 'x-linked-size': found.size, etag: `"${found.oid}"` };
    return ended(end(302, '', { ...facts, ...linked, location: `${hub.elsewhere}/objects/${found.oid}` }));
  }
  return ended(file(found, call, facts));
}

function ended(_) {
  return true;
}

function pathsInfo(hub, files, headers, body) {
  const isForm = String(headers['content-type']).includes('form');
  const paths = isForm ? new URLSearchParams(body.toString()).getAll('paths') : JSON.parse(body.toString()).paths;
  return paths.flatMap((path) => {
    if (files[path] !== undefined) return [treeEntry(hub, path, files[path])];
    const isFolder = path === '' || Object.keys(files).some((name) => name.startsWith(`${path}/`));
    return isFolder ? [{ type: 'directory', path, oid: gitOid(Buffer.from(path)), size: 0 }] : [];
  });
}

function treeEntry(hub, path, value) {
  const { size, oid, isLarge } = fileOf(hub, value);
  // Git has a pointer in the place of a large file, with a hash of its own.
  const pointer = gitOid(Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${size}\n`));
  const large = isLarge ? { oid: pointer, lfs: { oid, size, pointerSize: 134 } } : { oid };
  return { type: 'file', path, size, ...large };
}

function tree({ hub, request, pathname, end, refuse }, files, folder, query) {
  const before = folder === '' ? '' : `${folder}/`;
  const paths = Object.keys(files).filter((path) => path.startsWith(before));
  if (paths.length === 0 && folder !== '') return refuse(404, `${folder} does not exist on "main"`, 'EntryNotFound');
  const isRecursive = /^(true|1)$/i.test(query.get('recursive') ?? '');
  const folders = new Set();
  for (const path of paths) {
    const names = path.slice(before.length).split('/').slice(0, -1);
    const depth = isRecursive ? names.length : Math.min(1, names.length);
    for (let n = 1; n <= depth; n++) folders.add(before + names.slice(0, n).join('/'));
  }
  const shown = paths.filter((path) => isRecursive || !path.slice(before.length).includes('/'));
  const entries = [
    ...[...folders].map((path) => ({ type: 'directory', path, oid: gitOid(Buffer.from(path)), size: 0 })),
    ...shown.map((path) => treeEntry(hub, path, files[path])),
  ];
  const { pageSize } = hub.options;
  const from = Number(query.get('cursor') ?? 0);
  const next = from + pageSize < entries.length;
  const url = `http://${request.headers.host}${pathname}?recursive=${isRecursive}&cursor=${from + pageSize}`;
  return end(200, entries.slice(from, from + pageSize), next ? { link: `<${url}>; rel="next"` } : {});
}

function file({ size, oid, read }, { headers, end }, more = {}) {
  const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  const facts = { ...more, etag: `"${oid}"`, 'accept-ranges': 'bytes' };
  const last = to === '' ? size : Math.min(size, Number(to) + 1);
  if (headers.range === undefined) return end(200, read(0, size), facts);
  if (Number(from) >= size) return end(416, '', { ...facts, 'content-range': `bytes */${size}` });
  return end(206, read(Number(from), last), { ...facts, 'content-range': `bytes ${from}-${last - 1}/${size}` });
}
