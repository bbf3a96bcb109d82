/** datasetCard(): the card of a folder, and of a repository of the Hub in one commit. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { datasetCard } from '../../../src/api/dataset/card.ts';
import { writeCardShard } from '../../support/card-shards.ts';
import { fileOf } from '../../support/hub/reading.mjs';
import { shaOf, startHub } from '../../support/hub/server.mjs';
import { scratch } from '../jobs/folder.ts';

let hub: Awaited<ReturnType<typeof startHub>>;
beforeAll(async () => {
  hub = await startHub({ redirects: false });
  Object.assign(process.env, { HF_ENDPOINT: hub.url, HF_TOKEN: 'any-token' });
});
afterAll(() => hub.close());

async function folderOf(files: { readonly [path: string]: number }): Promise<string> {
  const folder = join(scratch(), 'ds');
  for (const [path, rows] of Object.entries(files)) await writeCardShard(folder, path, rows);
  return folder;
}

const two = { 'data/en/chunk-00000.parquet': 3, 'data/de/chunk-00000.parquet': 2 };

test('datasetCard() writes the card of a folder, and brings it up to date', async () => {
  const out = await folderOf(two);
  const report = await datasetCard({ out });
  expect(report).toMatchObject({
    files: 2,
    rows: 5,
    soundSeconds: 7.5,
    changed: ['dnsmos.svg', 'README.md'],
    notices: [],
  });
  expect(readFileSync(join(out, 'README.md'), 'utf8')).toBe(report.readme);
  expect(report.readme).toContain('    num_examples: 3\n');
  expect((await datasetCard({ out })).changed).toEqual([]);
  await writeCardShard(out, 'data/en/chunk-00001.parquet', 4);
  const again = await datasetCard({ out });
  expect(again.readme).toContain('    num_examples: 7\n');
  expect(readdirSync(out).sort()).toEqual(['README.md', 'data', 'dnsmos.svg']);
});

test('datasetCard() writes nothing in a dry run, and leaves out what is hidden or half', async () => {
  const out = await folderOf({
    ...two,
    'data/en/.chunk-00009.parquet': 9,
    '.bowerbird/data/en/chunk-00008.parquet': 9,
  });
  const report = await datasetCard({ out, dryRun: true });
  expect(report).toMatchObject({ files: 2, changed: ['dnsmos.svg', 'README.md'], dryRun: true });
  expect(readdirSync(out)).not.toContain('README.md');
});

test('datasetCard() counts files that say nothing of themselves, and tells how many they are', async () => {
  const out = await folderOf({ 'data/en/chunk-00000.parquet': 3 });
  await writeCardShard(out, 'data/en/other.parquet', 2, false);
  const report = await datasetCard({ out });
  expect(report).toMatchObject({ files: 2, rows: 5, rowsWithoutLength: 2 });
  expect(report.notices).toEqual([expect.stringContaining('other.parquet')]);
});

test('datasetCard() names a damaged file, and writes no card without it', async () => {
  const out = await folderOf(two);
  writeFileSync(join(out, 'data/en/chunk-00001.parquet'), 'PAR1 and no end');
  await expect(datasetCard({ out })).rejects.toMatchObject({
    code: 'TRUNCATED',
    message: expect.stringContaining('chunk-00001'),
  });
  expect(readdirSync(out)).not.toContain('README.md');
});

test.each([
  ['neither', {}],
  ['both', { out: 'x', repo: 'a/b' }],
])('datasetCard() refuses %s of out and repo', async (_, options) => {
  await expect(datasetCard(options)).rejects.toMatchObject({ code: 'USAGE' });
});

test('datasetCard() says that a folder holds no dataset', async () => {
  const out = join(scratch(), 'ds');
  await writeCardShard(out, 'data/some/other.parquet', 1, false);
  await expect(datasetCard({ out })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

async function repository(readme?: string): Promise<void> {
  const folder = await folderOf(two);
  const files = Object.fromEntries(Object.keys(two).map((path) => [path, readFileSync(join(folder, path))]));
  if (readme !== undefined) Object.assign(files, { 'README.md': Buffer.from(readme) });
  hub.faults.length = 0;
  hub.repos = { 'org/ds': { refs: { main: shaOf('one') }, commits: { [shaOf('one')]: files }, log: [] } };
}

function nowIn(repo: string): { [path: string]: string } {
  const { refs, commits } = hub.repos[repo]!;
  const files = Object.entries(commits[refs['main']!]!).map(([path, value]) => {
    const { size, read } = fileOf(hub, value);
    return [path, String(read(0, size))];
  });
  return Object.fromEntries(files);
}

test('datasetCard() puts card and histogram into a repository in one commit, and no second one', async () => {
  await repository('---\nlicense: mit # ours\n---\nHello\n');
  const report = await datasetCard({ repo: 'org/ds' });
  expect(report.commit).toBe(hub.repos['org/ds']!.refs['main']);
  const { 'README.md': readme, 'dnsmos.svg': svg } = nowIn('org/ds');
  expect(readme).toBe(report.readme);
  expect(readme).toMatch(/^---\nlicense: mit # ours\nconfigs:\n/);
  expect(readme).toContain('load_dataset("org/ds", "de", split="train"');
  expect(svg).toContain('5 rows, 3.25 on average');
  const again = await datasetCard({ repo: 'org/ds' });
  expect(again).toMatchObject({ changed: [] });
  expect(again.commit).toBeUndefined();
  expect(hub.repos['org/ds']!.log).toHaveLength(1);
});

test('datasetCard() makes the card anew where somebody commits meanwhile', async () => {
  await repository();
  hub.faults.push({ method: 'POST', path: /\/commit\//, kind: 'conflict' });
  await datasetCard({ repo: 'org/ds' });
  expect(nowIn('org/ds')['README.md']).toContain('num_examples: 3');
});
