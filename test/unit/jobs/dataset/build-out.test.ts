/** datasetBuild() into a folder; needs a build. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { bytesSource } from '../../../../src/bytes.ts';
import { parquetIn } from '../../../../src/samples/parquet/parquet.ts';
import { readShardFooter } from '../../../../src/samples/parquet/shard-footer.ts';
import { objectStore } from '../../../support/object-store.ts';
import { episodeObjects, planOf, segmentsOf, specs } from '../../../support/processed-episodes.ts';
import { tree } from '../folder.ts';
import { build, putEpisodes, stateFolder, writePlan } from './building.ts';

const server = await objectStore();
const episodes = specs({ de: 3, en: 5 });

async function rowsOf(path: string) {
  const file = await parquetIn(bytesSource(readFileSync(path), path), path);
  const rows: { [column: string]: unknown }[] = [];
  for await (const batch of file.rows()) rows.push(...batch.map(({ values }) => values));
  await file.close();
  return rows;
}

test('a folder gets the files of the repository, and a second run makes nothing', async () => {
  putEpisodes(server, episodes);
  const state = stateFolder(episodes);
  const out = join(state, 'out');
  const report = await build({ state, out });
  expect(report).toMatchObject({
    complete: true,
    chunks: 5,
    done: 5,
    skipped: 0,
    left: 0,
    rows: 24,
    rejects: 0,
    sources: 8,
  });
  expect(report.files.map(({ name }) => name)).toEqual([
    'data/de/chunk-00000.parquet',
    'data/de/chunk-00001.parquet',
    'data/en/chunk-00000.parquet',
    'data/en/chunk-00001.parquet',
    'data/en/chunk-00002.parquet',
  ]);
  const rows = await rowsOf(join(out, 'data/en/chunk-00001.parquet'));
  const expected = episodes
    .filter(({ language, episode }) => language === 'en' && ['0002', '0003'].includes(episode))
    .flatMap(segmentsOf);
  expect(rows.map(({ text }) => text)).toEqual(expected.map(({ text }) => text));
  const { bytes, path } = rows[0]!['audio'] as { bytes: Uint8Array; path: string };
  expect(path).toBe('0002_000000.wav');
  expect(Buffer.from(bytes).equals(server.objects.get('bucket/processed/en/0002/0002_000000.wav')!)).toBe(true);
  const { facts } = await readShardFooter(join(out, 'data/en/chunk-00001.parquet'));
  expect(facts).toMatchObject({
    chunk: 'en-1',
    part: 0,
    parts: 1,
    config: 'en',
    split: 'train',
    rows: 6,
    rejects: 0,
    speakers: { count: 3 },
    unknownSeconds: 0,
  });
  const seconds = expected.reduce((sum, { start, end }) => sum + (end as number) - (start as number), 0);
  expect(facts!.seconds).toBeCloseTo(seconds, 9);
  const before = tree(out);
  expect(await build({ state, out })).toMatchObject({ complete: true, done: 0, skipped: 5 });
  expect(tree(out)).toEqual(before);
  expect(existsSync(join(state, 'progress.log'))).toBe(false);
});

test('parts, threads and downloads change no row', async () => {
  putEpisodes(server, episodes);
  const state = stateFolder(episodes);
  await build({ state, out: join(state, 'one'), workers: 1, downloadWorkers: 1 });
  const parted = await build({ state, out: join(state, 'many'), parquetMaxBytes: 9000, downloadWorkers: 64 });
  const names = parted.files.map(({ name }) => name).filter((name) => name.includes('/en/chunk-00001'));
  expect(names).toContain('data/en/chunk-00001-part-01.parquet');
  const many = (await Promise.all(names.map((name) => rowsOf(join(state, 'many', name))))).flat();
  expect(many).toEqual(await rowsOf(join(state, 'one/data/en/chunk-00001.parquet')));
  for (const [part, name] of names.entries()) {
    const { facts, bytes } = await readShardFooter(join(state, 'many', name));
    expect(facts).toMatchObject({ part, parts: names.length });
    expect(bytes).toBeLessThanOrEqual(9000);
  }
});

test('a bucket of 500 episodes is built whole, and to the same bytes by one thread and by two', async () => {
  const many = specs({ de: 150, en: 250, sr: 100 }, 2);
  putEpisodes(server, many);
  const state = stateFolder(many);
  const built = async (name: string, workers: number) => {
    const out = join(state, name);
    const report = await build({ state, out, episodesPerChunk: 100, workers });
    expect(report).toMatchObject({ complete: true, chunks: 6, sources: 500, rows: 1000, rejects: 0 });
    return Object.fromEntries(Object.entries(tree(out)).filter(([path]) => path.startsWith('data/')));
  };
  const one = await built('one', 1);
  expect(Object.keys(one)).toHaveLength(6);
  expect(await built('two', 2)).toEqual(one);
});

test('row groups beyond what viewers read are told before they are made', async () => {
  putEpisodes(server, episodes);
  const state = stateFolder(episodes);
  const notices = async (rowgroupBytes: number) =>
    (await build({ state, out: join(state, 'out'), rowgroupBytes, dryRun: true })).notices;
  expect(await notices(300_000_000)).toEqual([]);
  expect((await notices(300_000_001)).join()).toContain('row groups may be too large for readers');
});

test('a plan that has grown gets more, another one is refused, and overwrite leaves nothing of the old one', async () => {
  const more = specs({ de: 4, en: 5 });
  putEpisodes(server, [...more, ...specs({ fr: 9 })]);
  const state = stateFolder(episodes);
  const out = join(state, 'out');
  await build({ state, out });
  writePlan(state, more);
  expect(await build({ state, out })).toMatchObject({ complete: true, done: 1, skipped: 4, rows: 27 });
  const before = tree(out);
  const others = more.map(({ episode, ...spec }) => ({
    ...spec,
    episode: String(8 - Number(episode)).padStart(4, '0'),
  }));
  putEpisodes(server, others);
  writePlan(state, others);
  await expect(build({ state, out })).rejects.toMatchObject({
    code: 'EXISTS',
    message: expect.stringContaining('chunk de-0 is of another plan'),
  });
  expect(tree(out)).toEqual(before);
  await expect(build({ state, out, episodesPerChunk: 4 })).rejects.toMatchObject({
    code: 'EXISTS',
    message: expect.stringContaining('episodesPerChunk: 2 there, 4 here'),
  });
  expect(await build({ state, out, episodesPerChunk: 4, overwrite: true })).toMatchObject({
    complete: true,
    done: 3,
    rows: 27,
  });
  expect(Object.keys(tree(out)).filter((path) => path.startsWith('data/'))).toEqual([
    'data/de/chunk-00000.parquet',
    'data/en/chunk-00000.parquet',
    'data/en/chunk-00001.parquet',
  ]);
});

test('files of another language that an earlier plan made stay, with overwrite too', async () => {
  putEpisodes(server, episodes);
  const state = stateFolder(episodes.filter(({ language }) => language === 'de'));
  const out = join(state, 'out');
  await build({ state, out });
  writePlan(
    state,
    episodes.filter(({ language }) => language === 'en'),
  );
  expect(await build({ state, out, overwrite: true })).toMatchObject({ complete: true, done: 3 });
  expect(Object.keys(tree(out)).filter((path) => path.startsWith('data/'))).toHaveLength(5);
});

test('a file of somebody else in the place of a chunk is kept', async () => {
  putEpisodes(server, episodes);
  const state = stateFolder(episodes);
  const out = join(state, 'out');
  mkdirSync(join(out, 'data/en'), { recursive: true });
  writeFileSync(join(out, 'data/en/chunk-00001-part-00.parquet'), 'mine');
  await expect(build({ state, out })).rejects.toMatchObject({
    code: 'EXISTS',
    message: expect.stringContaining('chunk-00001-part-00.parquet'),
  });
  expect(readFileSync(join(out, 'data/en/chunk-00001-part-00.parquet'), 'utf8')).toBe('mine');
  expect(readdirSync(join(out, 'data/en'))).toHaveLength(1);
});

test('machines with a folder in common share its chunks', async () => {
  putEpisodes(server, episodes);
  const out = join(stateFolder(episodes), 'out');
  const machine = (chunkRem: number) => build({ state: stateFolder(episodes), out, chunkMod: 2, chunkRem });
  const reports = await Promise.all([machine(0), machine(1)]);
  expect(reports.map(({ done }) => done)).toEqual([3, 2]);
  expect(reports.filter(({ complete }) => complete).length).toBeGreaterThan(0);
  expect(await build({ state: stateFolder(episodes), out })).toMatchObject({ complete: true, done: 0, skipped: 5 });
});

test('episodes of a local folder are read as those of a bucket', async () => {
  const folder = join(stateFolder([]), 'bucket');
  for (const [key, bytes] of episodeObjects(episodes)) {
    mkdirSync(dirname(join(folder, key)), { recursive: true });
    writeFileSync(join(folder, key), bytes);
  }
  putEpisodes(server, episodes);
  const [one, two] = [stateFolder(episodes), stateFolder(episodes)];
  await build({ state: one, out: join(one, 'out') });
  expect(await build({ state: two, out: join(two, 'out'), source: join(folder, 'processed/') })).toMatchObject({
    complete: true,
    rejects: 0,
  });
  const data = (state: string) => tree(join(state, 'out/data'));
  expect(data(two)).toEqual(data(one));
});

test('an abort ends a run whose server does not answer, and the next run goes on', async () => {
  putEpisodes(server, episodes);
  const state = stateFolder(episodes);
  const aborted = new AbortController();
  let asked = 0;
  server.fault = () => {
    if (++asked < 12) return false;
    setImmediate(() => aborted.abort());
    return true;
  };
  await expect(build({ state, out: join(state, 'out'), signal: aborted.signal })).rejects.toMatchObject({
    code: 'INTERRUPTED',
  });
  server.fault = undefined;
  expect(await build({ state, out: join(state, 'out') })).toMatchObject({ complete: true, rejects: 0, rows: 24 });
});

test.each([
  ['neither repo nor out', {}, 'found none'],
  ['both', { repo: 'a/b', out: 'c' }, 'found both'],
  ['a URI as out', { out: 's3://bucket/ds' }, 'expected a folder of this machine'],
  ['half of a division', { out: 'c', chunkMod: 2 }, 'without option "chunkRem"'],
  ['a remainder that is none', { out: 'c', chunkMod: 2, chunkRem: 2 }, 'expected 0 to 1'],
])('%s is refused', async (_, options, message) => {
  await expect(build(options)).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining(message) });
});

test('a build without a plan scans all languages and writes the plan, whichever it builds', async () => {
  putEpisodes(server, episodes);
  const state = join(stateFolder([]), 'new');
  const given = { state, out: join(state, 'out'), language: 'EN-us' };
  await build({ ...given, dryRun: true });
  expect(existsSync(state)).toBe(false);
  expect(await build(given)).toMatchObject({ complete: false, chunks: 5, done: 3, left: 2, sources: 8 });
  expect(JSON.parse(readFileSync(join(state, 'work_plan.json'), 'utf8'))).toEqual(planOf(episodes));
  await expect(build({ ...given, limitPerLanguage: 1 })).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('limitPerLanguage'),
  });
  await expect(build({ ...given, source: 's3://bucket/others/' })).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('is not below "others/"'),
  });
});

test('a card that nothing can be put into is told before the first download', async () => {
  putEpisodes(server, episodes);
  const state = stateFolder(episodes);
  const out = join(state, 'out');
  mkdirSync(out);
  writeFileSync(join(out, 'README.md'), '---\nconfigs: [\n---\n');
  await expect(build({ state, out })).rejects.toMatchObject({ code: 'BAD_SCHEMA' });
  expect(server.seen).toEqual([]);
  writeFileSync(join(out, 'README.md'), '# Birds\n\nBy hand.\n');
  await build({ state, out });
  expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain('# Birds\n\nBy hand.\n');
  expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain('num_examples: 15');
});
