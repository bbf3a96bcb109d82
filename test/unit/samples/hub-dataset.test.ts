/** Datasets on the Hub, as a server in this process plays them: which files a split is, at which commit, and their rows by range. */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findParquet } from '../../../src/samples/parquet/inputs.ts';
import { planParquet } from '../../../src/samples/parquet/plan.ts';
import { samplesOf } from '../../../src/samples/parquet/samples.ts';
import { type HubServer, hubServer, shaOf } from '../../support/hub-server.ts';
import { parquetPath, parquetRows, told } from '../../support/parquet-files.ts';

const bytesOf = (name: string) => new Uint8Array(readFileSync(parquetPath(name)));
const text = (content: string) => new TextEncoder().encode(content);
const [small, other] = [bytesOf('snappy-v1'), bytesOf('zstd-v2')];
const card = (configs: string) => text(`---\nconfigs:\n${configs}\n---\n# A dataset\n`);

function repo(files: { readonly [path: string]: Uint8Array }, name = 'one') {
  return { refs: { main: shaOf(name) }, commits: { [shaOf(name)]: files } };
}

let hub: HubServer;
beforeAll(async () => {
  hub = await hubServer({
    'birds/plain': repo({
      'README.md': text('# No block\n'),
      '.gitattributes': text('x'),
      'data/train-00001-of-00002.parquet': other,
      'data/train-00000-of-00002.parquet': small,
      'data/test-00000-of-00001.parquet': other,
    }),
    'birds/card': repo({
      'README.md': card(
        "- config_name: en\n  data_files:\n  - split: train\n    path: en/part-*\n  - split: dev\n    path:\n    - en/dev.parquet\n- config_name: 'default'\n  data_files: all/**/*.parquet\n- config_name: elsewhere\n  data_files: https://example.org/x.parquet\n- config_name: gone\n  data_files: gone-*\n- config_name: csv\n  data_files: x.csv\n- config_name: dir\n  data_dir: de",
      ),
      'en/part-0.parquet': small,
      'en/part-1.parquet': other,
      'en/dev.parquet': other,
      'all/x/a.parquet': small,
      'all/x/y/b.parquet': small,
      'de/train/a.parquet': small,
      'de/test/a.parquet': other,
      'x.csv': text('a,b'),
    }),
    'birds/two': repo({
      'README.md': card('- config_name: a\n  data_files: a.parquet\n- config_name: b\n  data_files: b.parquet'),
      'a.parquet': small,
      'b.parquet': small,
    }),
    'birds/csv': {
      refs: { main: shaOf('m'), 'refs/convert/parquet': shaOf('c') },
      commits: {
        [shaOf('m')]: { 'README.md': text('# x'), 'train.csv': text('a,b') },
        [shaOf('c')]: {
          'default/train/0000.parquet': small,
          'default/train/0001.parquet': other,
          'default/test/0000.parquet': other,
        },
      },
    },
    'birds/folders': repo({ 'en/train-0.parquet': small, 'en/test-0.parquet': other, 'de/train-0.parquet': small }),
    'birds/private': { ...repo({ 'train.parquet': small }), token: 'nobody has it' },
    'birds/gated': { ...repo({ 'train.parquet': small }), gated: true },
    'birds/many': repo(
      Object.fromEntries(
        Array.from({ length: 130 }, (_, i) => [`data/train-${String(i).padStart(5, '0')}-of-00130.parquet`, small]),
      ),
    ),
  });
  process.env['HF_ENDPOINT'] = hub.url;
  process.env['HF_HOME'] = '/nonexistent';
  delete process.env['HF_TOKEN'];
});
afterAll(() => hub.close());

async function paths(name: string, options = {}) {
  const found = await findParquet(`hf://datasets/birds/${name}`, options);
  return { ...found, files: found.files.map(({ uri }) => uri.slice(found.root!.length + 1)) };
}

describe('findParquet() of a dataset', () => {
  test('takes the files of one split, in order, at the commit of the moment', async () => {
    const found = await findParquet('hf://datasets/birds/plain', { split: 'train' });
    const root = `hf://datasets/birds/plain@${shaOf('one')}`;
    expect(found).toMatchObject({ root, config: 'default', split: 'train', notices: [] });
    expect(found.files.map(({ uri, size }) => [uri, size])).toEqual([
      [`${root}/data/train-00000-of-00002.parquet`, small.length],
      [`${root}/data/train-00001-of-00002.parquet`, other.length],
    ]);
  });
  test('goes by the card', async () => {
    expect(await paths('card', { config: 'en', split: 'train' })).toMatchObject({
      files: ['en/part-0.parquet', 'en/part-1.parquet'],
    });
    expect(await paths('card', { config: 'en', split: 'dev' })).toMatchObject({ files: ['en/dev.parquet'] });
    expect(await paths('card', { split: 'train' })).toMatchObject({
      config: 'default',
      files: ['all/x/a.parquet', 'all/x/y/b.parquet'],
    });
    expect(await paths('card', { config: 'dir', split: 'test' })).toMatchObject({ files: ['de/test/a.parquet'] });
    const found = await paths('card');
    expect(found).toMatchObject({ config: 'default', split: 'train' });
    expect(found.notices).toEqual([
      expect.stringMatching(/configuration is "default"/),
      expect.stringMatching(/split is "train"/),
    ]);
  });
  test('reads the copy that the Hub makes of others', async () => {
    await expect(paths('csv', { split: 'train' })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/such as "train\.csv".*"refs\/convert\/parquet"/),
    });
    const found = await paths('csv', { split: 'train', revision: 'refs/convert/parquet' });
    expect(found).toMatchObject({
      root: `hf://datasets/birds/csv@${shaOf('c')}`,
      files: ['default/train/0000.parquet', 'default/train/0001.parquet'],
    });
  });
  test('takes a folder for a configuration where the card says nothing', async () => {
    expect(await paths('folders', { config: 'en', split: 'test' })).toMatchObject({
      config: 'en',
      files: ['en/test-0.parquet'],
    });
    expect(await paths('folders', { split: 'train' })).toMatchObject({
      files: ['de/train-0.parquet', 'en/train-0.parquet'],
    });
  });
  test('lists page by page', async () => {
    expect((await paths('many', { split: 'train' })).files).toHaveLength(130);
  });
  test.each([
    ['plain', {}, 'USAGE', /several splits; expected one of "test", "train"/],
    ['plain', { split: 'dev' }, 'USAGE', /no split "dev"; expected one of "test", "train" \(option "split"\)/],
    ['plain', { split: 'train', config: 'xx' }, 'USAGE', /no configuration "xx"; expected one of "default"/],
    ['two', { split: 'train' }, 'USAGE', /several configurations; expected one of "a", "b" \(option "config"\)/],
    [
      'card',
      { config: 'elsewhere', split: 'train' },
      'UNSUPPORTED',
      /"https:\/\/example\.org\/x\.parquet" for split "train", which is elsewhere/,
    ],
    [
      'card',
      { config: 'gone', split: 'train' },
      'NOT_FOUND',
      /names "gone-\*" for split "train" of "gone", and no file/,
    ],
    ['card', { config: 'csv', split: 'train' }, 'UNSUPPORTED', /found others, such as "x\.csv"/],
    ['plain', { split: 'train', revision: 'v9' }, 'NOT_FOUND', /Invalid rev id: v9/],
    ['nothing', { split: 'train' }, 'NOT_FOUND', /Repository not found/],
    ['private', { split: 'train' }, 'ACCESS', /set HF_TOKEN/],
  ])('%s with %j is %s', async (name, options, code, message) => {
    await expect(paths(name, options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
  test('a file that may not be read says how it may', async () => {
    const { files } = await findParquet('hf://datasets/birds/gated', { split: 'train' });
    await expect(planParquet(files)).rejects.toMatchObject({
      code: 'ACCESS',
      message: expect.stringMatching(/restricted.*set HF_TOKEN/),
    });
  });
  test('a revision stands in one place, and splits are of datasets', async () => {
    await expect(findParquet('hf://datasets/birds/plain@a', { revision: 'b' })).rejects.toMatchObject({
      code: 'USAGE',
    });
    await expect(findParquet(parquetPath('empty'), { split: 'train' })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(findParquet(parquetPath('empty'), { revision: 'main' })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(findParquet(['hf://datasets/birds/plain', 'x.parquet'])).rejects.toMatchObject({ code: 'USAGE' });
  });
});

test('findParquet() of files on the Hub pins them too', async () => {
  const found = await findParquet('hf://datasets/birds/plain/data/train-*.parquet');
  const root = `hf://datasets/birds/plain@${shaOf('one')}`;
  expect(found.root).toBe(root);
  expect(found.files.map(({ uri }) => uri)).toEqual([0, 1].map((i) => `${root}/data/train-0000${i}-of-00002.parquet`));
});

test('what was planned is read as it was, whatever is committed meanwhile', async () => {
  const moving = repo({ 'train.parquet': small }, 'first');
  hub.repos['birds/moving'] = moving;
  const { files, root } = await findParquet('hf://datasets/birds/moving', { split: 'train' });
  const plan = await planParquet(files, { textColumn: 'text' });
  moving.commits[shaOf('second')] = { 'train.parquet': bytesOf('empty') };
  moving.refs.main = shaOf('second');
  const ranges = plan.files.map((file) => ({ file, first: 0, count: file.rows }));
  const samples = [];
  for await (const sample of samplesOf(ranges, plan.columns, { root })) samples.push(sample.fields['text']);
  expect(samples.map(told)).toEqual(parquetRows['snappy-v1']!.map((row) => row['text']));
  expect((await planParquet((await findParquet('hf://datasets/birds/moving')).files)).rows).toBe(0);
});
