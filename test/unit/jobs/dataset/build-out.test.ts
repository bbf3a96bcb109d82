/** datasetBuild() into a folder; needs a build. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bytesSource } from '../../../../src/bytes.ts';
import { parquetIn } from '../../../../src/samples/parquet/parquet.ts';
import { readShardFooter } from '../../../../src/samples/parquet/shard-footer.ts';
import { objectStore } from '../../../support/object-store.ts';
import { segmentsOf, specs } from '../../../support/processed-episodes.ts';
import { tree } from '../folder.ts';
import { build, putEpisodes, stateFolder } from './building.ts';

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
