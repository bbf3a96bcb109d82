/** What the commands of datasets print, what they take from the environment, and how they end. */

import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { episodesOf, makeEpisodes } from '../../bench/common/make-episodes.mjs';
import type { DatasetBuildOptions, DatasetBuildReport, DatasetScanReport } from '../../src/index.ts';
import { codecBytes } from '../support/codec-files.ts';
import { scratch } from '../unit/jobs/folder.ts';
import { cli } from './harness.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

const scanReport: DatasetScanReport = {
  job: 'dataset scan',
  version: '0.1.0',
  source: 's3://bucket/processed/',
  plan: '/state/work_plan.json',
  dryRun: false,
  languages: [
    { language: 'de', episodes: 12, added: 0 },
    { language: 'en', episodes: 1200, added: 30 },
  ],
  episodes: 1212,
  added: 30,
  gone: ['processed/de/x/'],
  leftOut: ['s3://bucket/processed/readme.txt: a file where a folder was expected'],
  elapsedSeconds: 1,
  notices: [],
};

const buildReport: DatasetBuildReport = {
  job: 'dataset build',
  version: '0.1.0',
  source: 's3://bucket/processed/',
  out: 'hf://datasets/org/name',
  repository: 'hf://datasets/org/name',
  folder: '/state',
  plan: '/state/work_plan.json',
  dryRun: false,
  complete: false,
  chunks: 5,
  sources: 5000,
  done: 2,
  skipped: 1,
  left: 2,
  rows: 7000,
  rejects: 3,
  extras: 1,
  seconds: 7200,
  rowsWithoutDuration: 1,
  emptyChunks: ['de-0'],
  notKept: ['mood'],
  leftOut: [],
  notes: [],
  bytesIn: 2_000_000,
  bytesOut: 2_100_000,
  commits: 2,
  sentBytes: 1_400_000,
  elapsedSeconds: 2,
  notices: [],
  files: ['en-0', 'en-1'].map((id) => ({
    name: `data/en/${id}.parquet`,
    bytes: 1,
    rows: 1,
    seconds: 1,
    config: 'en',
    split: 'train',
  })),
};

test('a scan lists languages, what is new, and what is not there any more', async () => {
  const { code, stdout } = await cli('dataset scan --source s3://bucket/processed/', {
    api: { datasetScan: async () => scanReport },
  });
  expect(code).toBe(0);
  expect(stdout).toBe(`de     12
en  1,200  30 new
episodes  1,212, 30 new
gone      1 episode of the plan, kept in it
left out  1 (--json lists them)
plan      /state/work_plan.json
time      1.0 s
`);
});

test('a build ends with 3 where segments were left out, and says what is left to do', async () => {
  const { code, stdout } = await cli('dataset build --repo org/name', {
    api: { datasetBuild: async () => buildReport },
  });
  expect(code).toBe(3);
  expect(stdout).toContain('chunks    3 (2 now, 1 done already)\n');
  expect(stdout).toContain('files     2\n');
  expect(stdout).toContain('written   1.40 MB sent, 2.10 MB in hf://datasets/org/name\n');
  expect(stdout).toContain('commits   2\n');
  expect(stdout).toContain('rejected  3 segments, listed in /state/rejects.jsonl\n');
  expect(stdout).toContain('empty     1 chunk without a usable row: de-0\n');
  expect(stdout).toContain('not kept  mood\n');
  expect(stdout).toContain('complete  no, 2 chunks left to other runs\n');
});

test('what is typed wins over the environment, of which only what matters is taken', async () => {
  let given: DatasetBuildOptions = {};
  const datasetBuild = async (options: DatasetBuildOptions) => {
    given = options;
    return buildReport;
  };
  const datasetEnvironment = async () => ({
    options: {
      source: 'r2://recordings/processed/',
      repo: 'org/env',
      episodesPerChunk: 7,
      parquetMaxBytes: 99,
      downloadWorkers: 5,
    },
    dotEnv: { path: '.env', variables: { repo: 'HF_REPO_ID', source: 'R2_BUCKET' } },
  });
  const api = { datasetBuild, datasetEnvironment };
  const { stderr } = await cli(
    'dataset build --episodes-per-chunk 3 --parquet-max-bytes 1GiB --language en,de --language fr -j 2',
    { api },
  );
  expect(given).toMatchObject({
    source: 'r2://recordings/processed/',
    repo: 'org/env',
    episodesPerChunk: 3,
    parquetMaxBytes: 2 ** 30,
    downloadWorkers: 5,
    language: ['en,de', 'fr'],
    workers: 2,
  });
  expect(stderr).toContain('using R2_BUCKET, HF_REPO_ID of .env');
  await cli('dataset build --from csv:l.csv --out ds', { api });
  expect(given).not.toHaveProperty('source');
  expect(given).not.toHaveProperty('repo');
  expect(given).not.toHaveProperty('episodesPerChunk');
});

test('a card is printed by --dry-run, and told of else', async () => {
  const report = {
    job: 'dataset card' as const,
    version: '0.1.0',
    place: 'ds',
    dryRun: false,
    files: 2,
    rows: 10,
    soundSeconds: 60,
    rowsWithoutLength: 0,
    changed: ['README.md'],
    readme: '# Card\n',
    notices: [],
  };
  const card = (given: object) => ({ api: { datasetCard: async () => ({ ...report, ...given }) } });
  expect((await cli('dataset card --out ds', card({}))).stdout).toContain('written  README.md in ds\n');
  expect((await cli('dataset card --out ds --dry-run', card({ dryRun: true }))).stdout).toBe('# Card\n');
});

test.each([
  ['dataset', 'Expected one of scan, build, card behind bowerbird dataset'],
  ['dataset --json', 'Expected one of scan, build, card behind bowerbird dataset'],
  ['dataset bild', 'Unknown command "bild" behind bowerbird dataset; did you mean "build"?'],
  ['dataset scan here', 'Expected nothing behind bowerbird dataset scan but received "here"'],
  ['help dataset bild', 'Unknown command "bild" behind bowerbird dataset; did you mean "build"?'],
])('%s is refused with what to type', async (line, message) => {
  const { code, stderr } = await cli(line);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

test('help of two words is the help of the command', async () => {
  const { stdout } = await cli('dataset build --help');
  expect((await cli('help dataset build')).stdout).toBe(stdout);
  expect((await cli('--help dataset build')).stdout).toBe(stdout);
});

const bowerbird = (cwd: string, ...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const env = { PATH: process.env['PATH'], HOME: cwd, NO_COLOR: '1' };
    execFile(process.execPath, [main, ...args], { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

test('the whole way: scan, build into a folder, again, verify, card', async () => {
  const root = scratch();
  const sound = codecBytes('mono.mp3');
  makeEpisodes(join(root, 'processed'), [...episodesOf('en', 3, 2), ...episodesOf('deu', 1, 2)], () => ({
    extension: 'mp3',
    bytes: sound,
  }));
  const scan = await bowerbird(root, 'dataset', 'scan', '--source', 'processed');
  expect(scan).toMatchObject({ code: 0, stdout: expect.stringContaining('episodes  4, 4 new\n') });
  const build = ['dataset', 'build', '--source', 'processed', '--out', 'ds', '--episodes-per-chunk', '2'];
  const planned = await bowerbird(root, ...build, '--dry-run');
  expect(planned.stdout).toContain('written   nothing (--dry-run)\n');
  expect(await bowerbird(root, ...build)).toMatchObject({ code: 0, stdout: expect.stringContaining('rows     8\n') });
  const again = await bowerbird(root, ...build);
  expect(again.stdout).toContain('chunks   3 (0 now, 3 done already)\n');
  const checked = await bowerbird(root, 'verify', 'ds', '--check', 'full');
  expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining('8 intact records') });
  const card = await bowerbird(root, 'dataset', 'card', '--out', 'ds', '--dry-run');
  expect(card.stdout).toBe(readFileSync(join(root, 'ds/README.md'), 'utf8'));
  const json = await bowerbird(root, ...build, '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({ job: 'dataset build', rows: 8, skipped: 3, complete: true });
});

test('all that is missing is told at once, in words of the command line, and .env is named where it was used', async () => {
  const root = scratch();
  writeFileSync(join(root, '.env'), 'R2_BUCKET=recordings\nHF_TOKEN=topsecret\n');
  const { code, stderr } = await bowerbird(root, 'dataset', 'build');
  expect(code).toBe(2);
  expect(stderr).toContain('R2_ENDPOINT_URL (--r2-endpoint-url), R2_ACCESS_KEY_ID (--r2-access-key-id)');
  expect(stderr).toContain('HF_REPO_ID (--repo, or a folder as --out)');
  expect(stderr).not.toContain('R2_BUCKET (--source)');
  expect(stderr).toMatch(/using .*R2_BUCKET.* of \.?.*\.env/);
  expect(stderr).not.toContain('topsecret');
});
