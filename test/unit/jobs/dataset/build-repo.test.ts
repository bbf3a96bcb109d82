/** datasetBuild() into a repository of the Hub: what is done is what the repository has; needs a build. */

import { appendFileSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { ParquetShardWriter } from '../../../../src/samples/parquet/write/shard-writer.ts';
import { objectStore } from '../../../support/object-store.ts';
import { type EpisodeSpec, specs } from '../../../support/processed-episodes.ts';
import { scratch, tree } from '../folder.ts';
import {
  build,
  bytesAt,
  dataOf,
  hubStore,
  putEpisodes,
  repositoryOf,
  sha256,
  stateFolder,
  writePlan,
} from './building.ts';

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
const gets = () => server.seen.filter(({ url }) => url.includes('processed')).length;

/** A state folder beside which the episodes are in the bucket. */
function given(of: readonly EpisodeSpec[] = episodes): string {
  putEpisodes(server, of);
  return stateFolder(of);
}

async function startRepo(files: { readonly [path: string]: Uint8Array } = {}): Promise<void> {
  const first = { 'README.md': Buffer.from('# By hand\n'), ...files };
  store.hub.repos[repo] = { refs: { main: 'a'.repeat(40) }, commits: { ['a'.repeat(40)]: first }, log: [] };
}

test('a repository gets one commit a chunk, and the files that a folder would get', async () => {
  const state = given();
  const report = await build({ state, repo });
  expect(report).toMatchObject({
    complete: true,
    done: 5,
    skipped: 0,
    left: 0,
    commits: 5,
    rows: 16,
    repository: `hf://datasets/${repo}`,
  });
  expect(summaries()).toEqual(added(...chunks));
  expect(lines(state)).toEqual(chunks);
  const local = await build({ state: stateFolder(episodes), out: join(state, 'out') });
  const there = repositoryOf(store.hub);
  for (const { name } of local.files) expect(there[name]).toBe(sha256(readFileSync(join(state, 'out', name))));
  // Nothing of it stays here.
  expect(Object.keys(tree(state)).filter((path) => path.endsWith('.parquet') && !path.startsWith('out/'))).toEqual([]);
  expect(store.hub.complaints).toEqual([]);
});

test('a second run, here or on another machine, reads no episode and commits nothing', async () => {
  const state = given();
  await build({ state, repo });
  const [before, commits] = [repositoryOf(store.hub), log().length];
  server.seen.length = 0;
  expect(await build({ state, repo })).toMatchObject({ complete: true, done: 0, skipped: 5, commits: 0 });
  const other = stateFolder(episodes);
  expect(await build({ state: other, repo })).toMatchObject({
    complete: true,
    done: 0,
    skipped: 5,
    commits: 0,
    rows: 16,
  });
  expect(lines(other)).toEqual(chunks);
  expect([repositoryOf(store.hub), log().length, gets()]).toEqual([before, commits, 0]);
  // Footers are asked for once.
  store.hub.seen.length = 0;
  await build({ state: other, repo });
  expect(store.hub.seen.filter(({ path }) => path.endsWith('.parquet'))).toEqual([]);
});

test('a run that was killed between its commit and its journal commits no chunk again', async () => {
  const state = given();
  await build({ state, repo });
  rmSync(join(state, '.bowerbird'), { recursive: true });
  rmSync(join(state, 'progress.log'));
  // Its files were still here.
  const left = join(state, '.bowerbird/upload/data/en/chunk-00001.parquet');
  mkdirSync(dirname(left), { recursive: true });
  writeFileSync(left, bytesAt(store.hub, 'data/en/chunk-00001.parquet'));
  rmSync(join(state, 'dataset.json'));
  expect(await build({ state, repo, overwrite: true })).toMatchObject({
    complete: true,
    done: 0,
    skipped: 5,
    commits: 0,
  });
  expect(summaries()).toEqual(added(...chunks));
  expect(existsSync(left)).toBe(false);
});

test('progress.log is not believed: what the repository lacks is built', async () => {
  const state = given();
  writeFileSync(join(state, 'progress.log'), 'de-0\nen-1\nfr-7');
  expect(await build({ state, repo })).toMatchObject({ complete: true, done: 5 });
  expect(summaries()).toEqual(added(...chunks));
  expect(lines(state)).toEqual([...chunks, 'fr-7'].sort());
});

test('what was removed from the repository is built again', async () => {
  const state = given();
  await build({ state, repo });
  const before = repositoryOf(store.hub);
  const files = { ...store.hub.repos[repo]!.commits[store.hub.repos[repo]!.refs['main']!]! };
  delete files['data/en/chunk-00001.parquet'];
  const { repos } = store.hub;
  repos[repo] = { ...repos[repo]!, refs: { main: 'b'.repeat(40) }, commits: { ['b'.repeat(40)]: files } };
  expect(await build({ state, repo })).toMatchObject({ done: 1, skipped: 4, commits: 1 });
  expect(repositoryOf(store.hub)).toEqual(before);
});

test('a language alone is built, and the rest is neither removed nor forgotten', async () => {
  const state = given();
  expect(await build({ state, repo, language: 'de' })).toMatchObject({ complete: false, done: 2, left: 3 });
  const german = dataOf(store.hub);
  expect(await build({ state, repo, language: ['en'] })).toMatchObject({ complete: true, done: 3, left: 0 });
  expect(repositoryOf(store.hub)).toMatchObject(german);
  expect(await build({ state, repo })).toMatchObject({ complete: true, done: 0, skipped: 5, commits: 0 });
  expect(summaries()).toEqual(added(...chunks));
});

test('two machines with their own folders share the chunks, and no chunk is made twice', async () => {
  const [one, two] = [given(), given()];
  const reports = await Promise.all([
    build({ state: one, repo, chunkMod: 2, chunkRem: 0 }),
    build({ state: two, repo, chunkMod: 2, chunkRem: 1 }),
  ]);
  expect(reports.map(({ done }) => done)).toEqual([3, 2]);
  expect(summaries()).toEqual(added(...chunks));
  expect(await build({ state: one, repo })).toMatchObject({ complete: true, done: 0, skipped: 5 });
});

test('an old or foreign file in the place of a chunk is refused and kept, before anything is read', async () => {
  const state = given();
  for (const name of ['data/en/chunk-00001-part-00.parquet', 'data/en/chunk-00001.parquet']) {
    await startRepo({ [name]: Buffer.from('PAR1 of somebody else') });
    const before = repositoryOf(store.hub);
    server.seen.length = 0;
    await expect(build({ state, repo })).rejects.toMatchObject({
      code: 'EXISTS',
      message: expect.stringContaining(name),
    });
    expect([repositoryOf(store.hub), gets(), log().length]).toEqual([before, 0, 0]);
    expect(existsSync(join(state, 'progress.log'))).toBe(false);
    expect(await build({ state, repo, overwrite: true })).toMatchObject({ done: 5 });
    const there = repositoryOf(store.hub);
    expect(Object.keys(there).filter((path) => path.startsWith('data/en/chunk-00001'))).toEqual([
      'data/en/chunk-00001.parquet',
    ]);
    expect(bytesAt(store.hub, 'README.md').toString()).toContain('# By hand\n');
    expect(log().filter(({ removed }) => removed.length > 0)).toMatchObject(
      name.includes('part')
        ? [{ added: expect.arrayContaining(['data/en/chunk-00001.parquet']), removed: [name] }]
        : [],
    );
    rmSync(state, { recursive: true });
    mkdirSync(state);
    writePlan(state, episodes);
  }
});

test('another size of chunks on another machine is refused with an explanation', async () => {
  await build({ state: given(), repo });
  const before = repositoryOf(store.hub);
  await expect(build({ state: given(), repo, episodesPerChunk: 3 })).rejects.toMatchObject({
    code: 'EXISTS',
    message: expect.stringMatching(/"data\/en\/chunk-00000\.parquet" was made with 2 in a chunk, where en-0 has 3 now/),
  });
  await expect(build({ state: given(), repo, check: 'full' })).rejects.toMatchObject({
    code: 'EXISTS',
    message: expect.stringContaining('made with other options'),
  });
  expect(repositoryOf(store.hub)).toEqual(before);
});

test('another size of chunks in the same folder is refused with an explanation', async () => {
  const state = given();
  await build({ state, repo, language: 'de' });
  store.hub.repos = {};
  await expect(build({ state, repo, episodesPerChunk: 3 })).rejects.toMatchObject({
    code: 'EXISTS',
    message: expect.stringContaining('episodesPerChunk: 2 there, 3 here'),
  });
});

test('a plan that has grown has its last chunks made anew with all of their episodes, and nothing else', async () => {
  await build({ state: given(), repo });
  const before = dataOf(store.hub);
  const more = specs({ de: 4, en: 6 }, 2);
  const report = await build({ state: given(more), repo });
  expect(report).toMatchObject({ done: 2, skipped: 3, commits: 2, rows: 20 });
  expect(report.notices.join('\n')).toContain('holds 1 of its 2 episodes of de-1, which is made anew');
  const after = dataOf(store.hub);
  expect(Object.keys(after)).toEqual(Object.keys(before));
  expect(Object.keys(after).filter((path) => after[path] !== before[path])).toEqual([
    'data/de/chunk-00001.parquet',
    'data/en/chunk-00002.parquet',
  ]);
  expect(Buffer.from(bytesAt(store.hub, 'README.md')).toString()).toMatch(/num_examples: 12/);
});

test('a plan that has grown beyond its last chunk has that one made anew, and the next ones beside it', async () => {
  await build({ state: given(), repo });
  const before = dataOf(store.hub);
  const more = specs({ de: 8, en: 5 }, 2);
  // Also where the next one is there before it: another machine made that.
  const second = await build({ state: given(more), repo, chunkMod: 4, chunkRem: 2 });
  expect(second).toMatchObject({ done: 1, complete: false });
  expect(Object.keys(dataOf(store.hub))).toContain('data/de/chunk-00002.parquet');
  const report = await build({ state: given(more), repo });
  expect(report).toMatchObject({ complete: true, done: 2, skipped: 5, commits: 2, rows: 26 });
  const after = dataOf(store.hub);
  expect(Object.keys(before).filter((path) => after[path] !== before[path])).toEqual(['data/de/chunk-00001.parquet']);
  expect(await build({ state: given(more), repo })).toMatchObject({ done: 0, skipped: 7, commits: 0 });
});

test('chunks that the plan does not have are refused, and overwrite removes them when all others are there', async () => {
  await build({ state: given(), repo });
  const before = repositoryOf(store.hub);
  // One chunk where there were two: the first holds its first episodes, the second would double the others.
  const other = { state: given(), repo, episodesPerChunk: 9 };
  await expect(build(other)).rejects.toMatchObject({
    code: 'EXISTS',
    message: expect.stringContaining('"data/de/chunk-00001.parquet" is a chunk that the plan does not have'),
  });
  expect(repositoryOf(store.hub)).toEqual(before);
  const half = await build({ ...other, overwrite: true, language: 'de' });
  expect(half).toMatchObject({ done: 1, complete: false });
  expect(Object.keys(dataOf(store.hub))).toContain('data/de/chunk-00001.parquet');
  expect(await build({ ...other, overwrite: true })).toMatchObject({ done: 1, complete: true, commits: 2, rows: 16 });
  expect(Object.keys(dataOf(store.hub))).toEqual(['data/de/chunk-00000.parquet', 'data/en/chunk-00000.parquet']);
  expect(log().at(-1)!.summary).toBe('Remove 3 file(s) of an earlier plan');
  const readme = Buffer.from(bytesAt(store.hub, 'README.md')).toString();
  expect(readme).toMatch(/num_examples: 6/);
  expect(readme).toMatch(/num_examples: 10/);
  expect(await build(other)).toMatchObject({ done: 0, skipped: 2, commits: 0 });
});

test('overwrite with another size of parts deletes those that are left over in the same commit', async () => {
  const state = given();
  await build({ state, repo, parquetMaxBytes: 5000 });
  const parts = Object.keys(repositoryOf(store.hub)).filter((path) => path.startsWith('data/en/chunk-00001-part-'));
  expect(parts.length).toBeGreaterThan(1);
  const from = log().length;
  expect(await build({ state, repo, overwrite: true })).toMatchObject({ done: expect.any(Number) });
  expect(Object.keys(repositoryOf(store.hub)).filter((path) => path.startsWith('data/en/chunk-00001'))).toEqual([
    'data/en/chunk-00001.parquet',
  ]);
  expect(
    log()
      .slice(from)
      .find(({ removed }) => removed.includes(parts[0]!)),
  ).toMatchObject({ removed: parts, added: expect.arrayContaining(['data/en/chunk-00001.parquet']) });
});

test('files of the original script are a chunk when their rows are of its episodes alone', async () => {
  const state = given();
  const file = async (prefixes: readonly string[]) => {
    const path = join(scratch(), 'a.parquet');
    const fd = openSync(path, 'w+');
    const columns = [
      { name: 'audio', kind: 'audio', samplingRate: 16_000 },
      { name: 'text', kind: 'string' },
    ] as const;
    const writer = await ParquetShardWriter.open(fd, path, { columns, groupBytes: 3000 });
    for (const prefix of prefixes) {
      for (let i = 0; i < 2; i++)
        writer.add({ audio: { bytes: Buffer.alloc(700), path: `${prefix}x_00000${i}.mp3` }, text: '' });
    }
    writer.finish();
    return readFileSync(path);
  };
  const [a, b] = ['processed/en/0003/', 'processed/en/0002/'];
  await startRepo({
    'data/en/chunk-00001.parquet': await file([a, b]),
    'data/de/chunk-00001.parquet': await file(['processed/de/0002/']),
  });
  const before = dataOf(store.hub);
  expect(await build({ state, repo })).toMatchObject({ complete: true, done: 3, skipped: 2, commits: 3 });
  expect(dataOf(store.hub)).toMatchObject(before);
  await startRepo({ 'data/en/chunk-00001.parquet': await file([a, 'processed/en/0004/']) });
  await expect(build({ state: given(), repo })).rejects.toMatchObject({
    code: 'EXISTS',
    message: expect.stringContaining('"processed/en/0004/x_000000.mp3") is of no episode of chunk en-1'),
  });
});

test('a dry run tells what is there and writes nothing, here or there', async () => {
  const state = given();
  await build({ state, repo, language: 'de' });
  const [here, there] = [tree(state), repositoryOf(store.hub)];
  expect(await build({ state, repo, dryRun: true })).toMatchObject({
    dryRun: true,
    complete: false,
    chunks: 5,
    sources: 8,
    done: 0,
    skipped: 2,
    left: 3,
  });
  expect([tree(state), repositoryOf(store.hub)]).toEqual([here, there]);
  const fresh = stateFolder(episodes);
  await build({ state: fresh, repo: 'org/none', dryRun: true });
  expect(Object.keys(tree(fresh))).toEqual(['work_plan.json']);
});

test('a torn end of progress.log is no part of the next id', async () => {
  const state = given();
  await build({ state, repo, language: 'de' });
  appendFileSync(join(state, 'progress.log'), 'en-');
  await build({ state, repo });
  expect(lines(state)).toEqual([...chunks, 'en-'].sort());
});

test('the folder of a dataset is no state of a repository, and keeps its files', async () => {
  const state = given();
  await build({ state, out: state });
  const before = tree(state);
  for (const overwrite of [false, true]) {
    await expect(build({ state, repo, overwrite })).rejects.toMatchObject({
      code: 'EXISTS',
      message: expect.stringContaining('it is a dataset that option "out" made'),
    });
  }
  expect(tree(state)).toEqual(before);
  const other = given();
  await build({ state: other, repo });
  await expect(build({ state: other, out: other })).rejects.toMatchObject({
    code: 'EXISTS',
    message: expect.stringContaining('it is the state of a repository'),
  });
});

test("files of others in the state folder are nobody's business", async () => {
  const state = given();
  mkdirSync(join(state, 'data/en'), { recursive: true });
  writeFileSync(join(state, 'data/en/chunk-00001.parquet'), 'mine');
  await build({ state, repo, overwrite: true });
  expect(readFileSync(join(state, 'data/en/chunk-00001.parquet'), 'utf8')).toBe('mine');
});
