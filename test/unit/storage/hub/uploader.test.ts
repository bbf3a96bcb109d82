/** HFUploader, and pack() with hf:// as its place. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Converter, HFUploader, pack } from '../../../../src/index.ts';
import { fileOf } from '../../../support/hub/reading.mjs';
import { type Hub, startHub } from '../../../support/hub/server.mjs';
import { wav } from '../../../support/labelled.ts';
import { scratch, tree, writeFiles } from '../../jobs/folder.ts';

let hub: Hub;
const names = ['HF_ENDPOINT', 'HF_TOKEN', 'HF_HOME', 'HUGGING_FACE_HUB_TOKEN', 'HF_HUB_ENABLE_HF_TRANSFER'] as const;
const before = names.map((name) => [name, process.env[name]] as const);

beforeEach(async () => {
  hub = await startHub();
  for (const name of names) delete process.env[name];
  Object.assign(process.env, { HF_ENDPOINT: hub.url, HF_TOKEN: 'hf_secret', HF_HOME: '/nonexistent' });
});
afterEach(async () => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await hub.close();
});

/** What the repository holds, as text. */
function held(repo = 'org/ds', branch = 'main'): { [path: string]: string } {
  const { refs, commits } = hub.repos[repo]!;
  const files = Object.entries(commits[refs[branch]!]!).filter(([path]) => path !== '.gitattributes');
  return Object.fromEntries(
    files.map(([path, value]) => {
      const { size, read } = fileOf(hub, value);
      return [path, Buffer.from(read(0, size)).toString('latin1')];
    }),
  );
}

const added = (repo = 'org/ds') => hub.repos[repo]!.log!.map(({ added }) => added);

function dataset(shards: number): string {
  const files = Object.fromEntries(
    Array.from({ length: shards }, (_, n) => [`shard_${String(n).padStart(5, '0')}/data.mdb`, `shard ${n}`]),
  );
  return writeFiles(scratch(), { ...files, 'metadata.json': '{}', 'pack.json': '{"job":"pack"}', '.bowerbird/x': 'x' });
}

test('upload() commits up to 50 files at a time, and what tells of the others with the last', async () => {
  const folder = dataset(120);
  const notices: string[] = [];
  const samples: number[][] = [];
  const told = await new HFUploader('org/ds').upload(folder, {
    onNotice: (notice) => notices.push(notice),
    onProgress: ({ files, filesDone, bytes, bytesTotal }) => samples.push([files, filesDone, bytes, bytesTotal]),
  });
  const { '.bowerbird/x': _, ...files } = tree(folder);
  expect(held()).toEqual(files);
  expect(added().map(({ length }) => length)).toEqual([50, 50, 22]);
  expect(added()[2]).toEqual(expect.arrayContaining(['pack.json', 'metadata.json']));
  const bytes = Object.values(files).reduce((sum, { length }) => sum + length, 0);
  expect(told).toEqual({ files: 122, skipped: 0, bytes, commits: 3, oid: hub.repos['org/ds']!.refs['main'] });
  expect(samples.at(-1)).toEqual([122, 122, bytes, bytes]);
  expect(notices).toEqual(['hf://datasets/org/ds was not there: made as a private dataset']);
  expect(hub.repos['org/ds']!.visibility).toBe('private');
});

test('upload() sends what is new, below a folder and on a branch where these are named', async () => {
  await new HFUploader('org/ds', { private: false }).upload(dataset(1));
  expect(hub.repos['org/ds']!.visibility).toBe('public');
  hub.repos['org/ds']!.refs['dev'] = hub.repos['org/ds']!.refs['main']!;
  const uploader = new HFUploader('hf://datasets/org/ds@dev/sets/one/');
  expect(uploader.uri).toBe('hf://datasets/org/ds@dev/sets/one');
  expect(await uploader.upload(dataset(2))).toMatchObject({ files: 4, skipped: 0, commits: 1 });
  expect(await uploader.upload(dataset(3))).toMatchObject({ files: 1, skipped: 4, commits: 1 });
  expect(await uploader.upload(dataset(3))).toMatchObject({ files: 0, skipped: 5, bytes: 0, commits: 0 });
  expect(Object.keys(held('org/ds', 'dev')).filter((path) => path.startsWith('sets/one/'))).toHaveLength(5);
  expect(Object.keys(held())).toHaveLength(3);
});

test('upload() of nothing makes nothing', async () => {
  expect(await new HFUploader('org/ds').upload(scratch())).toEqual({
    ...{ files: 0, skipped: 0, bytes: 0, commits: 0, oid: undefined },
  });
  expect(hub.repos).toEqual({});
});

test('upload() tells of what was tried again', async () => {
  const notices: string[] = [];
  await new HFUploader('org/ds').upload(dataset(1));
  hub.faults.push({ method: 'PUT', kind: 'status', status: 429, headers: { 'retry-after': '0' } });
  hub.faults.push({ path: /\/commit\//, kind: 'status-after', status: 504 });
  await new HFUploader('org/ds').upload(dataset(2), { onNotice: (notice) => notices.push(notice) });
  expect(notices).toEqual([
    'hf://datasets/org/ds: 1 request sent again, 1 answer asked to wait (429), 1 commit looked up, since the answer was lost',
  ]);
});

test('a branch that is not there is an error, and no token is told before anything is read', async () => {
  await new HFUploader('org/ds').upload(dataset(1));
  await expect(new HFUploader('org/ds', { branch: 'none' }).open()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  hub.repos['org/ds'] = { ...hub.repos['org/ds']!, token: 'another' };
  const error = await new HFUploader('org/ds').open().catch((e) => e);
  expect(error).toMatchObject({ code: 'ACCESS', message: expect.stringContaining('may write to it') });
  expect(error.message).not.toContain('hf_secret');
});

test('an HFUploader shows no token', () => {
  const uploader = new HFUploader('org/ds', { token: 'hf_hidden' });
  expect(inspect(uploader, { showHidden: true, depth: 9 }) + JSON.stringify(uploader)).not.toContain('hf_hidden');
});

test('new HFUploader() refuses what names no dataset', () => {
  for (const name of ['ds', 'hf://models/org/ds', 'hf://datasets/org', 'a/b c']) {
    expect(() => new HFUploader(name)).toThrow(/expected (hf:\/\/datasets\/)?OWNER\/NAME/);
  }
});

class Texts extends Converter {
  override get converterName() {
    return 'texts';
  }
  override *samples() {
    for (let i = 0; i < 6; i++) yield { text: `${i}` };
  }
}

const packing = { converter: new Texts(), samplesPerShard: 2, workers: 1, upload: 'hf://datasets/org/ds' };

test('pack() with hf:// uploads the finished folder, and what it did stands in the report', async () => {
  const out = join(scratch(), 'ds');
  const jobs = new Set<string>();
  const report = await pack({ ...packing, out, onProgress: ({ job }) => jobs.add(job) });
  const made = Object.entries(tree(out)).filter(([path]) => !path.startsWith('.bowerbird/'));
  expect(held()).toEqual(Object.fromEntries(made));
  expect(added()).toHaveLength(1);
  expect([...jobs]).toEqual(['pack', 'upload']);
  const bytes = made.reduce((sum, [, { length }]) => sum + length, 0);
  expect(report.notices).toContain(`hf://datasets/org/ds: 8 files (${bytes} bytes) sent in 1 commit`);
  const again = await pack({ ...packing, out });
  expect(again.notices).toContain('hf://datasets/org/ds: 0 files (0 bytes) sent in 0 commits; 8 were there already');
  expect(added()).toHaveLength(1);
  const kept = JSON.parse(readFileSync(join(out, '.bowerbird/hub-commits.json'), 'utf8')) as { commits: number[] };
  expect(kept.commits.length).toBeGreaterThan(0);
  expect(JSON.stringify([report, tree(out)])).not.toContain('hf_secret');
});

test('pack() says at once that it may not write there, and a dry run sends nothing', async () => {
  const out = join(scratch(), 'ds');
  await pack({ ...packing, out, dryRun: true });
  expect(hub.seen).toEqual([]);
  hub.faults.push({ path: /revision/, kind: 'status', status: 401 });
  await expect(pack({ ...packing, out })).rejects.toMatchObject({ code: 'ACCESS' });
  expect(() => tree(out)).toThrow('ENOENT');
  await expect(pack({ ...packing, out, removeUploaded: true })).rejects.toThrow(
    'Cannot use option "removeUploaded" with option "upload" as "hf://datasets/org/ds": the Hub gets shards in commits',
  );
});

test('pack() of some units uploads when the last are done', async () => {
  const folder = scratch();
  const manifest = join(writeFiles(folder, { 'm.jsonl': '' }), 'm.jsonl');
  for (const n of [0, 1]) writeFileSync(join(folder, `${n}.wav`), wav([1, 2, 3]));
  writeFileSync(manifest, [0, 1].map((n) => `${JSON.stringify({ audio_filepath: `${n}.wav`, text: '' })}\n`).join(''));
  const some = { inputs: manifest, out: join(folder, 'ds'), samplesPerShard: 1, workers: 1, upload: packing.upload };
  const first = await pack({ ...some, units: '0/2' });
  expect(first.notices).toContain(
    'nothing was uploaded: shards are left to other runs, and the one that makes the last uploads all',
  );
  expect(hub.repos).toEqual({});
  await pack({ ...some, units: '1/2' });
  expect(Object.keys(held()).filter((path) => path.endsWith('data.mdb'))).toHaveLength(2);
});

test('pack() takes an HFUploader too', async () => {
  const out = join(scratch(), 'ds');
  const report = await pack({ ...packing, out, upload: new HFUploader('org/other', { private: false }) });
  expect(report.notices).toContain('hf://datasets/org/other was not there: made as a public dataset');
  expect(Object.keys(held('org/other'))).toHaveLength(8);
});
