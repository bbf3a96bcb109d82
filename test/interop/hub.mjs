/** The Hub of the tests and what we upload to it, beside the official client: Python's, with xet off. */

import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { environment, makeEnvironment } from './environment.mjs';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const server = fileURLToPath(new URL('../support/hub/main.mjs', import.meta.url));
const partBytes = 1 << 20;

export async function checkHub(report, { bowerbird, work }) {
  const python = await makeEnvironment('interop-hub-venv', `${here}hub-requirements.txt`, console.log);
  for (const [kind, flags] of [
    ['basic', []],
    ['multipart', ['--part-bytes', `${partBytes}`]],
  ]) {
    const hub = await startServer([...flags, '--folder', `${work}/hub-${kind}/objects`]);
    const env = { ...environment, HF_ENDPOINT: hub.url, HF_TOKEN: 'hf_test', HF_HOME: `${work}/hub-${kind}/home` };
    const call = async (...args) => {
      const { stdout } = await run(python, [`${here}hub_client.py`, ...args], { env, maxBuffer: 1 << 26 });
      return JSON.parse(stdout);
    };
    try {
      await checkTransfers(report, { bowerbird, hub, call, kind, folder: `${work}/hub-${kind}` });
    } finally {
      await hub.close();
    }
  }
}

async function checkTransfers(report, { bowerbird, hub, call, kind, folder }) {
  const source = `${folder}/source`;
  await writeFiles(source, {
    'data/train/chunk-00000.parquet': randomBytes(3 * partBytes + 17),
    'data/train/chunk-00001.parquet': randomBytes(100),
    'data/empty.parquet': Buffer.alloc(0),
    'shard_00000/data.mdb': randomBytes(partBytes),
    'metadata.json': Buffer.from('{"a": "ä"}\n'),
    'README.md': Buffer.from('---\nlicense: mit\n---\n# Größe\n'),
  });

  await report.group(`Python's client uploads to the Hub of the tests (${kind})`, async (expect) => {
    const { oid } = await call('upload', 'org/theirs', source);
    const { repos, complaints, taken } = await hub.state();
    const { files, refs, visibility } = repos['org/theirs'];
    expect(oid === refs.main, `its commit is ${oid}, the head ${refs.main}`);
    expect(visibility === 'private', visibility);
    expect(complaints.length === 0, () => complaints.join('\n'));
    expect(kind === 'basic' || taken.parts > 3 * partBytes, 'nothing came in parts');
    await compare(expect, source, files);
  });

  await report.group(`Python's client downloads what HFUploader uploaded (${kind})`, async (expect) => {
    for (const xet of ['auto', 'off']) {
      const repo = `org/ours-${xet}`;
      const uploader = new bowerbird.HFUploader(repo, { endpoint: hub.url, token: 'hf_test', xet });
      const told = await uploader.upload(source);
      expect(told.files === 6 && told.commits === 1, JSON.stringify(told));
      const target = `${folder}/${xet}`;
      const { files, sizes } = await call('download', repo, target);
      const names = [...(await namesIn(source)), '.gitattributes'].sort();
      expect(JSON.stringify(files) === JSON.stringify(names), `it lists ${files}`);
      for (const name of await namesIn(source)) {
        const [made, got] = await Promise.all([readFile(join(source, name)), readFile(join(target, name))]);
        expect(made.equals(got), `${name} differs`);
        expect(sizes[name] === made.length, `${name} has ${sizes[name]} bytes there`);
      }
    }
    const { complaints } = await hub.state();
    expect(complaints.length === 0, () => complaints.join('\n'));
  });

  await report.group(`both clients see each other's files as there (${kind})`, async (expect) => {
    const before = await hub.state();
    const again = await new bowerbird.HFUploader('org/theirs', { endpoint: hub.url, token: 'hf_test' }).upload(source);
    expect(again.commits === 0 && again.skipped === 6, JSON.stringify(again));
    await call('upload', 'org/ours-auto', source);
    const after = await hub.state();
    expect(JSON.stringify(before.taken) === JSON.stringify(after.taken), 'bytes were sent again');
    for (const repo of ['org/theirs', 'org/ours-auto']) {
      const [was, is] = [before, after].map(({ repos }) => oidsOf(repos[repo].files));
      expect(was === is, `${repo} is another`);
    }
  });

  await report.group(
    `commits of Python's client on a parent are taken, and on an old one refused (${kind})`,
    async (expect) => {
      const { oid, refused } = await call('change', 'org/theirs', join(source, 'metadata.json'), 'data/empty.parquet');
      const { repos } = await hub.state();
      const { files, refs } = repos['org/theirs'];
      expect(refs.main === oid, 'the late commit was taken');
      expect(refused !== null, 'no error');
      expect(
        files['data/empty.parquet'] === undefined && files['added.txt'] !== undefined,
        Object.keys(files).join(' '),
      );
    },
  );
}

const oidsOf = (files) =>
  Object.entries(files)
    .map(([path, { oid }]) => `${path} ${oid}`)
    .sort()
    .join('\n');

async function compare(expect, source, files) {
  for (const name of await namesIn(source)) {
    const bytes = await readFile(join(source, name));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const git = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
    const found = files[name];
    expect(found !== undefined, `${name} is missing`);
    if (found === undefined) continue;
    expect(found.oid === (found.isLarge ? sha256 : git), `${name} differs`);
  }
}

async function namesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, path, name }) => join(parentPath ?? path, name).slice(folder.length + 1))
    .sort();
}

async function writeFiles(folder, files) {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
}

async function startServer(flags) {
  const child = spawn(process.execPath, [server, ...flags], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const url = (await lines.next()).value;
  return {
    url,
    async state() {
      child.stdin.write('state\n');
      return JSON.parse((await lines.next()).value);
    },
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await new Promise((resolve) => child.once('close', resolve));
    },
  };
}
