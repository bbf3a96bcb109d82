/** datasetBuild() of rows that name objects, and of rows into a repository; needs a build. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { datasetBuild } from '../../../../dist/api/dataset/build.js';
import type { DatasetBuildOptions, DatasetBuildReport } from '../../../../src/api/types/dataset-build.ts';
import { wav } from '../../../support/labelled.ts';
import { objectStore } from '../../../support/object-store.ts';
import { scratch, tree } from '../folder.ts';
import { dataOf, hubStore, repositoryOf } from './building.ts';
import { buildFrom } from './from-building.ts';

const server = await objectStore();
const store = await hubStore();
const repo = 'org/ds';
const names = Array.from({ length: 7 }, (_, i) => `r${i}.wav`);
const csv = (of: readonly string[]) => `file_name,text\n${of.map((name) => `${name},text of ${name}\n`).join('')}`;
const sound = (name: string) => wav([Number(name[1]), 1, 2]);

function bucketOf(of: readonly string[]): void {
  server.objects.set('bucket/in/l.csv', Buffer.from(csv(of)));
  for (const name of of) server.objects.set(`bucket/in/${name}`, sound(name));
}

function localOf(of: readonly string[]): string {
  const root = join(scratch(), 'in');
  mkdirSync(root);
  writeFileSync(join(root, 'l.csv'), csv(of));
  for (const name of of) writeFileSync(join(root, name), sound(name));
  return join(root, 'l.csv');
}

test('recordings of a bucket give the rows that local ones give, in their order', async () => {
  bucketOf(names);
  const remote = await buildFrom('csv:s3://bucket/in/l.csv', { samplesPerChunk: 3, downloadWorkers: 4 });
  const local = await buildFrom(`csv:${localOf(names)}`, { samplesPerChunk: 3 });
  expect(remote.rows).toEqual(local.rows);
  expect(remote.rows.map(({ text }) => text)).toEqual(names.map((name) => `text of ${name}`));
  const again = await buildFrom('csv:s3://bucket/in/l.csv', { samplesPerChunk: 3, state: remote.state });
  expect(again.report).toMatchObject({ done: 0, skipped: 3 });
  server.objects.set('bucket/in/r4.wav', wav([9, 9, 9]));
  const changed = await buildFrom('csv:s3://bucket/in/l.csv', { samplesPerChunk: 3, state: remote.state });
  expect(changed.report).toMatchObject({ done: 1, skipped: 2 });
});

test('an object that is not there loses its row alone', async () => {
  bucketOf(names);
  server.objects.delete('bucket/in/r2.wav');
  const { rows, rejects, report } = await buildFrom('csv:s3://bucket/in/l.csv');
  expect(report).toMatchObject({ rows: 6, rejects: 1, complete: true });
  expect(rows.map(({ audio }) => audio!.path)).toEqual(names.filter((name) => name !== 'r2.wav'));
  expect(rejects).toMatchObject([{ input: 's3://bucket/in/r2.wav', row: 2, line: 4, code: 'NOT_FOUND' }]);
});

test.each([
  ['HEAD', 403, 'AccessDenied', 'ACCESS'],
  ['GET', 403, 'ExpiredToken', 'ACCESS'],
  ['GET', 403, 'AccessDenied', 'ACCESS'],
])(
  'a %s that is answered with %i %s fails the chunk, and counts as nothing missing',
  async (method, status, word, code) => {
    bucketOf(names);
    server.fault = (request, response) => {
      if (request.method !== method || !request.url.includes('r2.wav')) return false;
      response.writeHead(status).end(method === 'HEAD' ? undefined : `<Error><Code>${word}</Code></Error>`);
      return true;
    };
    const state = join(scratch(), 'state');
    await expect(buildFrom('csv:s3://bucket/in/l.csv', { state })).rejects.toMatchObject({ code });
    server.fault = undefined;
    expect((await buildFrom('csv:s3://bucket/in/l.csv', { state })).report).toMatchObject({ rows: 7, rejects: 0 });
  },
);

function build(options: DatasetBuildOptions): Promise<DatasetBuildReport> {
  return datasetBuild({ repo, samplesPerChunk: 3, workers: 2, ...options });
}

function stateFolder(): string {
  const state = join(scratch(), 'state');
  mkdirSync(state);
  return state;
}

test('rows go to a repository a commit a chunk, and another machine finds them done', async () => {
  const [here, there] = [localOf(names), localOf(names)];
  const report = await build({ from: `csv:${here}`, state: stateFolder() });
  expect(report).toMatchObject({ complete: true, chunks: 3, done: 3, commits: 3, rows: 7, sources: 7 });
  const local = await buildFrom(`csv:${here}`, { samplesPerChunk: 3 });
  const files = Object.keys(tree(local.out)).filter((name) => name.endsWith('.parquet'));
  expect(Object.keys(dataOf(store.hub))).toEqual(files);
  const before = repositoryOf(store.hub);
  const again = await build({ from: `csv:${there}`, state: stateFolder() });
  expect(again).toMatchObject({ complete: true, done: 0, skipped: 3, commits: 0, rows: 7 });
  expect(repositoryOf(store.hub)).toEqual(before);
});

test('other rows are refused before anything is built, and replace with overwrite what is there', async () => {
  await build({ from: `csv:${localOf(names)}`, state: stateFolder() });
  const before = repositoryOf(store.hub);
  const from = `csv:${localOf(['r0.wav', 'r1.wav', 'r3.wav', ...names.slice(3)])}`;
  await expect(build({ from, state: stateFolder() })).rejects.toMatchObject({
    code: 'EXISTS',
    message: expect.stringContaining('holds other rows than chunk train-0 has now'),
  });
  expect(repositoryOf(store.hub)).toEqual(before);
  const report = await build({ from, state: stateFolder(), overwrite: true });
  expect(report).toMatchObject({ complete: true, done: 1, skipped: 2, commits: 1 });
});

test('a list that is shorter than before is refused, and with overwrite takes away what was behind it', async () => {
  await build({ from: `csv:${localOf(names)}`, state: stateFolder() });
  const from = `csv:${localOf(names.slice(0, 6))}`;
  await expect(build({ from, state: stateFolder() })).rejects.toMatchObject({
    code: 'EXISTS',
    message: expect.stringContaining('"data/train/chunk-00002.parquet" is a chunk that the plan does not have'),
  });
  const report = await build({ from, state: stateFolder(), overwrite: true });
  expect(report).toMatchObject({ complete: true, chunks: 2, skipped: 2, commits: 1, rows: 6 });
  expect(Object.keys(dataOf(store.hub))).toEqual([0, 1].map((i) => `data/train/chunk-0000${i}.parquet`));
  expect(await build({ from, state: stateFolder() })).toMatchObject({ complete: true, skipped: 2, commits: 0 });
});

test('links that were signed anew lead to the same recordings', async () => {
  bucketOf(names);
  const list = (signature: string) => {
    const rows = names.map((name) => `${server.url}/bucket/in/${name}?X-Amz-Signature=${signature}\n`);
    const path = join(scratch(), 'l.csv');
    writeFileSync(path, `url\n${rows.join('')}`);
    return path;
  };
  const first = await buildFrom(`csv:${list('one')}`, { allowOutside: true });
  expect(first.rows.map(({ audio }) => audio!.path)).toEqual(names);
  const again = await buildFrom(`csv:${list('two')}`, { allowOutside: true, state: first.state });
  expect(again.report).toMatchObject({ done: 0, skipped: 1 });
});
