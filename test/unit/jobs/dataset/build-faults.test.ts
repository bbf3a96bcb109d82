/** datasetBuild() into a repository of the Hub when something goes wrong: objects, credentials, uploads, other people; needs a build. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { partNames } from '../../../../src/jobs/engine/part-names.ts';
import type { Fault } from '../../../support/object-server.ts';
import { objectStore } from '../../../support/object-store.ts';
import { type EpisodeSpec, specs } from '../../../support/processed-episodes.ts';
import { tree } from '../folder.ts';
import { build, bytesAt, hubStore, putEpisodes, repositoryOf, sha256, stateFolder } from './building.ts';

const server = await objectStore();
const store = await hubStore();
const episodes = specs({ de: 3, en: 5 }, 2);
const chunks = ['de-0', 'de-1', 'en-0', 'en-1', 'en-2'];
const repo = 'org/ds';

const log = () => store.hub.repos[repo]?.log ?? [];
const summaries = () =>
  log()
    .map(({ summary }) => summary.replace(/:.*/, ''))
    .sort();
const added = (...ids: readonly string[]) => ids.map((id) => `Add ${id}`);
const lines = (state: string) => readFileSync(join(state, 'progress.log'), 'utf8').split('\n').slice(0, -1).sort();

/** A state folder beside which the episodes are in the bucket. */
function given(of: readonly EpisodeSpec[] = episodes): string {
  putEpisodes(server, of);
  return stateFolder(of);
}

async function startRepo(files: { readonly [path: string]: Uint8Array } = {}): Promise<void> {
  const first = { 'README.md': Buffer.from('# By hand\n'), ...files };
  store.hub.repos[repo] = { refs: { main: 'a'.repeat(40) }, commits: { ['a'.repeat(40)]: first }, log: [] };
}

const refusing =
  (status: number, code: string, part: string): Fault =>
  ({ url }, response) => {
    if (!url.includes(part)) return false;
    const body = `<Error><Code>${code}</Code></Error>`;
    response.writeHead(status, { 'content-length': body.length }).end(body);
    return true;
  };

test('credentials that expire fail the chunk, and the next run completes it', async () => {
  const state = given();
  server.fault = refusing(400, 'ExpiredToken', '0002_000001');
  await expect(build({ state, repo, workers: 1 })).rejects.toMatchObject({ code: 'ACCESS' });
  expect(Object.keys(tree(state)).filter((path) => path.endsWith('.parquet'))).toEqual([]);
  server.fault = undefined;
  expect(await build({ state, repo })).toMatchObject({ complete: true, rejects: 0 });
  expect(summaries()).toEqual(added(...chunks));
  const expected = await build({ state: given(), out: join(state, 'out') });
  expect(repositoryOf(store.hub)).toMatchObject(
    Object.fromEntries(expected.files.map(({ name }) => [name, sha256(readFileSync(join(state, 'out', name)))])),
  );
});

test('missing recordings are listed, and an empty chunk is complete', async () => {
  const state = given();
  for (const key of [...server.objects.keys()])
    if (/processed\/de\/0002\/.*\.wav$/.test(key)) server.objects.delete(key);
  server.objects.delete('bucket/processed/en/0001/0001_000001.oga');
  server.objects.set('bucket/processed/en/0001/stray.txt', Buffer.from('x'));
  const report = await build({ state, repo });
  expect(report).toMatchObject({ complete: true, rejects: 3, extras: 1, emptyChunks: ['de-1'], commits: 4, rows: 13 });
  expect(lines(state)).toEqual(chunks);
  const rejects = readFileSync(join(state, 'rejects.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rejects.map(({ input, code, extra }) => [input.slice('s3://bucket/processed/'.length), code, extra])).toEqual([
    ['de/0002/0002_000000.mp3', 'NOT_FOUND', undefined],
    ['de/0002/0002_000001.mp3', 'NOT_FOUND', undefined],
    ['en/0001/0001_000001.oga', 'NOT_FOUND', undefined],
    ['en/0001/stray.txt', 'NAME_MISMATCH', true],
  ]);
  expect(await build({ state, repo })).toMatchObject({ complete: true, done: 0, skipped: 5, emptyChunks: ['de-1'] });
  const other = await build({ state: stateFolder(episodes), repo });
  expect(other).toMatchObject({ complete: true, done: 1, skipped: 4, commits: 0, rejects: 3 });
  // Those who want none left out are told of the chunk that lacks some.
  await expect(build({ state: stateFolder(episodes), repo, onError: 'fail' })).rejects.toMatchObject({
    code: 'EXISTS',
    message: expect.stringContaining('chunk en-0 is there without 1 that could not be used'),
  });
});

test('onError "fail" and maxRejects end the run at a segment that cannot be used', async () => {
  const state = given();
  server.objects.delete('bucket/processed/en/0001/0001_000001.oga');
  await expect(build({ state, repo, onError: 'fail' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('0001_000001'),
  });
  await expect(build({ state, repo, maxRejects: 0 })).rejects.toMatchObject({ code: 'TOO_MANY_REJECTS' });
  // What was made under "fail" stands.
  expect(await build({ state, repo })).toMatchObject({ complete: true, rejects: 1 });
  expect(summaries()).toEqual(added(...chunks));
});

test('two runs in one state folder do not meet', async () => {
  const state = given();
  const first = build({ state, repo });
  await expect(build({ state, out: join(state, 'out') })).rejects.toMatchObject({ code: 'LOCKED' });
  await first;
});

test('who puts other files into the place of a chunk while it is built keeps them', async () => {
  await startRepo();
  const state = given();
  store.hub.faults.push({ kind: 'conflict', method: 'POST', path: /\/commit\// });
  expect(await build({ state, repo, language: 'de' })).toMatchObject({ done: 2 });
  const before = partNames('data/en/chunk-00000.parquet', 1)[0]!;
  let isDone = false;
  server.fault = () => {
    if (!isDone) store.hub.commit(repo, { [before]: Buffer.alloc(2000, 1) });
    isDone = true;
    return false;
  };
  await expect(build({ state, repo, workers: 1 })).rejects.toMatchObject({
    code: 'EXISTS',
    message: expect.stringContaining('was put there while it was built'),
  });
  expect(bytesAt(store.hub, before).equals(Buffer.alloc(2000, 1))).toBe(true);
});

test('a chunk whose upload failed goes up in the next run, and is not downloaded again', async () => {
  const state = given();
  server.objects.delete('bucket/processed/en/0001/0001_000001.oga');
  store.hub.faults.push({ kind: 'status', status: 403, method: 'POST', path: /\/commit\//, times: 1 });
  await expect(build({ state, repo, workers: 1, language: 'en' })).rejects.toMatchObject({ code: 'ACCESS' });
  const made = Object.keys(tree(state)).filter((path) => path.endsWith('.parquet'));
  expect(made).toContain('.bowerbird/upload/data/en/chunk-00000.parquet');
  server.seen.length = 0;
  expect(await build({ state, repo, workers: 1, language: 'en' })).toMatchObject({ left: 2, rejects: 1, rows: 9 });
  expect(server.seen.filter(({ url }) => url.includes('/en/0000/'))).toEqual([]);
  expect(Object.keys(tree(state)).filter((path) => path.endsWith('.parquet') || path.includes('built/'))).toEqual([]);
  expect(JSON.parse(readFileSync(join(state, 'rejects.jsonl'), 'utf8'))).toMatchObject({
    input: 's3://bucket/processed/en/0001/0001_000001.oga',
  });
});

test('what was left of a failed upload is not believed when its bytes are others', async () => {
  const state = given();
  store.hub.faults.push({ kind: 'status', status: 403, method: 'POST', path: /\/commit\//, times: 1 });
  await expect(build({ state, repo, workers: 1, language: 'en' })).rejects.toMatchObject({ code: 'ACCESS' });
  const path = join(state, '.bowerbird/upload/data/en/chunk-00000.parquet');
  const bytes = readFileSync(path);
  bytes[100]! ^= 1;
  writeFileSync(path, bytes);
  await build({ state, repo });
  const local = await build({ state: given(), out: join(state, 'out') });
  for (const { name } of local.files)
    expect(repositoryOf(store.hub)[name]).toBe(sha256(readFileSync(join(state, 'out', name))));
});

test.each([
  ['the tree', 'GET', /\/tree\//],
  ['the commit', 'POST', /\/commit\//],
  ['an upload', 'PUT', /./],
])('an abort ends a run that waits for %s of the Hub, and the next run goes on', async (_, method, path) => {
  const state = given();
  await startRepo();
  store.hub.faults.push({ kind: 'stall', method, path });
  const aborted = new AbortController();
  const push = store.hub.seen.push.bind(store.hub.seen);
  store.hub.seen.push = (...items) => {
    if (items.some((item) => item.method === method && path.test(item.path))) setImmediate(() => aborted.abort());
    return push(...items);
  };
  await expect(build({ state, repo, signal: aborted.signal })).rejects.toMatchObject({ code: 'INTERRUPTED' });
  store.hub.seen.push = push;
  store.hub.faults.length = 0;
  expect(await build({ state, repo })).toMatchObject({ complete: true, rows: 16 });
  expect(summaries()).toEqual(added(...chunks));
});
