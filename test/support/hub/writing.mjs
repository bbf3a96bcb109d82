/** Writing to the Hub in tests: repositories, and commits in NDJSON on top of the head. */

import { createHash } from 'node:crypto';

const mostOperations = 100;
const mostBody = 16 << 20;
const mostInFolder = 10_000;

export async function writeRequest(call) {
  const { hub, pathname, method, end, refuse } = call;
  if (method === 'GET' && pathname === '/api/whoami-v2') {
    if (!mayWrite(call)) return true;
    end(200, {
      type: 'user',
      id: '1',
      name: 'org',
      fullname: 'Org',
      orgs: [],
      auth: { type: 'access_token', accessToken: { role: 'write' } },
    });
    return true;
  }
  if (method === 'POST' && pathname === '/api/validate-yaml') {
    await call.body();
    end(200, { errors: [], warnings: [] });
    return true;
  }
  if (method === 'POST' && pathname === '/api/repos/create') {
    await create(call);
    return true;
  }
  const [, name, kind, given] = /^\/api\/datasets\/([^/]+\/[^/]+)\/(preupload|commit)\/(.*)$/.exec(pathname) ?? [];
  if (name === undefined || method !== 'POST') return false;
  const body = await call.body();
  if (!mayWrite(call)) return true;
  const repo = hub.repos[name];
  if (repo === undefined) refuse(404, 'Repository not found', 'RepoNotFound');
  else if (repo.refs[decodeURIComponent(given)] === undefined)
    refuse(404, `Invalid rev id: ${given}`, 'RevisionNotFound');
  else if (kind === 'preupload') preupload(call, body);
  else commit(call, { name, repo, branch: decodeURIComponent(given) }, body);
  return true;
}

/** Answers itself when not. */
export function mayWrite({ hub, headers, refuse }) {
  const { authorization } = headers;
  const { writeToken } = hub.options;
  if (authorization === undefined || !/^Bearer \S+$/.test(authorization) || /Bearer undefined/.test(authorization)) {
    refuse(401, 'Invalid username or password.');
    return false;
  }
  if (writeToken !== undefined && authorization !== `Bearer ${writeToken}`) {
    refuse(403, "You don't have the rights to write to this repository: the token has the role 'read'");
    return false;
  }
  return true;
}

async function create(call) {
  const { hub, end, refuse } = call;
  const { name, organization, type, visibility, private: isPrivate } = JSON.parse((await call.body()).toString());
  if (!mayWrite(call)) return;
  if (type !== 'dataset') return refuse(400, `expected a dataset, found ${type}`);
  const id = `${organization ?? 'org'}/${name}`;
  const url = `${hub.url}/datasets/${id}`;
  if (hub.repos[id] !== undefined) return end(409, { error: 'You already created this dataset repo', url });
  const first = createHash('sha1').update(`first ${id}`).digest('hex');
  hub.repos[id] = {
    refs: { main: first },
    commits: {
      [first]: { '.gitattributes': { bytes: Buffer.from('*.parquet filter=lfs diff=lfs merge=lfs -text\n') } },
    },
    log: [],
    visibility: visibility ?? (isPrivate ? 'private' : 'public'),
  };
  end(200, { url, name: id, id: '1' });
}

const largeNames = /\.(parquet|mdb|bin|mp3|flac|wav|ogg|opus|npy|gz|zip)$/;
const mostRegular = 10 << 20;

function preupload({ end, refuse }, body) {
  const { files } = JSON.parse(body.toString());
  if (files.length > 100) return refuse(413, 'Too many files');
  end(200, {
    files: files.map(({ path, size, sample }) => {
      const isLarge = largeNames.test(path) || size >= mostRegular || Buffer.from(sample, 'base64').includes(0);
      return { path, uploadMode: isLarge ? 'lfs' : 'regular', shouldIgnore: false, oid: null };
    }),
  });
}

function commit(call, { name, repo, branch }, body) {
  const { hub, headers, end, refuse } = call;
  if (!String(headers['content-type']).startsWith('application/x-ndjson')) return refuse(400, 'expected x-ndjson');
  if (body.length > mostBody) return refuse(413, 'Payload too large');
  const lines = body
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const [header, ...operations] = lines;
  if (header?.key !== 'header' || !header.value.summary) return refuse(400, '"summary" is required');
  if (operations.length > mostOperations) return refuse(413, 'Too many operations');
  const head = repo.refs[branch];
  const { parentCommit, summary } = header.value;
  if (parentCommit !== undefined && parentCommit !== head) {
    return refuse(412, 'A commit has happened since. Please refresh and try again.');
  }
  const [add, remove] = [[], []];
  const files = repo.commits[head];
  for (const { key, value } of operations) {
    const wrong = wrongPath(value.path);
    if (wrong !== undefined) return refuse(400, wrong);
    switch (key) {
      case 'file':
        if (value.encoding !== 'base64') return refuse(400, 'expected base64');
        add.push({ path: value.path, value: { bytes: Buffer.from(value.content, 'base64') } });
        break;
      case 'lfsFile':
        if (value.algo !== 'sha256') return refuse(400, 'expected sha256');
        if (hub.objects.sizeOf(value.oid) !== value.size) {
          return refuse(
            400,
            `Your push was rejected because an LFS pointer pointed to a file that does not exist: ${value.path}`,
          );
        }
        add.push({ path: value.path, value: { lfs: { oid: value.oid, size: value.size } } });
        break;
      case 'deletedFile':
        if (files[value.path] === undefined) return refuse(400, `${value.path} does not exist`);
        remove.push(value.path);
        break;
      case 'deletedFolder':
        remove.push(...Object.keys(files).filter((path) => path.startsWith(value.path)));
        break;
      default:
        return refuse(400, `unknown operation ${key}`);
    }
  }
  if (operations.length === 0) hub.complaints.push('an empty commit');
  const oid = commitTo(repo, branch, { summary, add, remove });
  const crowded = crowdedFolder(repo.commits[oid]);
  if (crowded !== undefined) hub.complaints.push(`more than ${mostInFolder} names in "${crowded}"`);
  end(200, { success: true, commitOid: oid, commitUrl: `${hub.url}/datasets/${name}/commit/${oid}`, hookOutput: '' });
}

function wrongPath(path) {
  const isWrong = path.startsWith('/') || path.split('/').some((name) => ['', '.', '..', '.git'].includes(name));
  return isWrong ? `Invalid path: ${path}` : undefined;
}

export function commitTo(repo, branch, { summary, add, remove }) {
  const parent = repo.refs[branch];
  const files = { ...repo.commits[parent] };
  for (const path of remove) delete files[path];
  for (const { path, value } of add) files[path] = value;
  repo.log ??= [];
  const oid = createHash('sha1').update(`${parent} ${repo.log.length} ${summary}`).digest('hex');
  repo.log.push({ oid, parent, summary, added: add.map(({ path }) => path), removed: [...remove] });
  repo.commits[oid] = files;
  repo.refs[branch] = oid;
  return oid;
}

function crowdedFolder(files) {
  const names = Object.keys(files);
  if (names.length <= mostInFolder) return undefined;
  const counts = new Map();
  for (const name of names) {
    const folder = name.slice(0, name.lastIndexOf('/') + 1);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts].find(([, count]) => count > mostInFolder)?.[0];
}
