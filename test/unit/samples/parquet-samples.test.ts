/** From Parquet files to samples: which column is sound, text or kept, and what each row gives. Files as `datasets` writes them. */

import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { bytesSource } from '../../../src/bytes.ts';
import type { ColumnOptions } from '../../../src/samples/parquet/columns.ts';
import { findParquet } from '../../../src/samples/parquet/inputs.ts';
import { parquetIn } from '../../../src/samples/parquet/parquet.ts';
import { planParquet, rangesOf } from '../../../src/samples/parquet/plan.ts';
import { type RowSample, samplesOf } from '../../../src/samples/parquet/samples.ts';
import { hasShared, sharedFiles, sharedPath } from '../../shared-data.ts';
import { parquetPath, parquetRows, told } from '../../support/parquet-files.ts';

const folder = fileURLToPath(new URL('../../data/parquet-audio', import.meta.url));
const at = (name: string) => join(folder, name);
const made = mkdtempSync(join(tmpdir(), 'bowerbird-parquet-'));
afterAll(() => rmSync(made, { recursive: true, force: true }));

async function planOf(names: string | readonly string[], options: ColumnOptions = {}) {
  const paths = (typeof names === 'string' ? [names] : names).map((name) => (name.includes('/') ? name : at(name)));
  return planParquet((await findParquet(paths)).files, options);
}

async function samples(name: string, options?: ColumnOptions): Promise<RowSample[]> {
  const plan = await planOf(name, options);
  // As it crosses to a thread.
  const { files, columns } = JSON.parse(JSON.stringify(plan));
  const found = [];
  for await (const sample of samplesOf([{ file: files[0], first: 0, count: plan.rows }], columns)) found.push(sample);
  return found;
}

const wavBytes = (sample: RowSample) =>
  sample.audio === undefined ? undefined : Buffer.from(sample.audio).toString('latin1', 0, 4);

describe('planParquet()', () => {
  test('goes by the features, and says what it chose', async () => {
    const plan = await planOf('featured.parquet', { keepColumns: ['label', 'id'] });
    expect(plan).toMatchObject({
      rows: 10,
      files: [
        { uri: at('featured.parquet'), rows: 10, rowGroups: 1, size: readFileSync(at('featured.parquet')).length },
      ],
      columns: {
        audio: { name: 'audio', form: 'struct', samplingRate: 16000 },
        text: 'sentence',
        kept: [
          { name: 'label', classes: ['Star', 'Amsel'] },
          { name: 'id', classes: null },
        ],
      },
      left: ['second'],
    });
    expect(plan.notices).toEqual([
      'The sound is taken from column "audio"; so could it be from "second" (option "audioColumn")',
      'The text is taken from column "sentence" (option "textColumn")',
    ]);
  });
  test('looks at the first bytes where nothing tells', async () => {
    const bare = await planOf('bare.parquet');
    expect(bare.columns).toEqual({
      audio: { name: 'audio', form: 'struct', samplingRate: null },
      text: 'sentence',
      kept: [],
    });
    expect(bare.left).toEqual(['label', 'id']);
    expect(bare.notices[0]).toBe(
      'The sound is taken from column "audio": its first bytes are sound, and nothing else tells',
    );
    const binary = await planOf('binary.parquet');
    // "text" holds numbers there.
    expect(binary.columns).toMatchObject({ audio: { name: 'clip', form: 'bytes' }, text: 'transcript' });
  });
  test('takes the columns that are given', async () => {
    const plan = await planOf('featured.parquet', { audioColumn: 'second', textColumn: 'id' });
    expect(plan).toMatchObject({ columns: { audio: { name: 'second', samplingRate: null }, text: 'id' }, notices: [] });
    expect((await planOf('paths.parquet', { audioColumn: 'file' })).columns.audio).toMatchObject({ form: 'path' });
  });
  test('looks at a file that holds rows', async () => {
    const plan = await planOf([parquetPath('empty'), at('silent.parquet')], { textColumn: 'text' });
    expect(plan).toMatchObject({ rows: 2, columns: { text: 'text' } });
    expect((await planOf(parquetPath('empty'))).rows).toBe(0);
  });
  test('does without sound where there is none, and says so', async () => {
    const plan = await planOf('silent.parquet');
    expect(plan.columns.audio).toBeNull();
    expect(plan.notices[0]).toMatch(/^No column holds sound/);
  });
  test.each([
    [
      'featured.parquet',
      { audioColumn: 'sound' },
      'USAGE',
      /Cannot find column "sound" \(option "audioColumn"\): there are "id", "audio", /,
    ],
    ['featured.parquet', { textColumn: 'x' }, 'USAGE', /option "textColumn"/],
    ['featured.parquet', { keepColumns: ['id', 'x'] }, 'USAGE', /Cannot find column "x" \(option "keepColumns"\)/],
    ['featured.parquet', { keepColumns: ['audio'] }, 'USAGE', /is the sound/],
    ['featured.parquet', { audioColumn: 'id' }, 'BAD_SCHEMA', /"id" cannot hold sound/],
    ['binary.parquet', { keepColumns: ['text'] }, 'USAGE', /"text" is made of column "transcript"/],
  ])('%s with %j is %s', async (name, options, code, message) => {
    await expect(planOf(name, options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
  test('compares the columns of all files, and only those that are used', async () => {
    const plan = await planOf(['bare.parquet', 'others.parquet']);
    expect(plan).toMatchObject({ rows: 20, left: ['label', 'id', 'more'] });
    expect(plan.notices.at(-1)).toMatch(/not in every file are left out: "more"/);
    await expect(planOf(['bare.parquet', 'others.parquet'], { keepColumns: ['label'] })).rejects.toMatchObject({
      code: 'BAD_SCHEMA',
      source: at('others.parquet'),
      message: expect.stringMatching(/bare\.parquet", where "label" is INT64, found BYTE_ARRAY as STRING/),
    });
    await expect(planOf(['bare.parquet', 'silent.parquet'])).rejects.toMatchObject({
      code: 'BAD_SCHEMA',
      message: expect.stringMatching(/found none/),
    });
  });
});

describe('samplesOf()', () => {
  test('gives sound, text and kept columns of each row, and why a row has no sound', async () => {
    const found = await samples('featured.parquet', { keepColumns: ['label', 'id'] });
    const beside = at('sub/beside.wav');
    expect(found.map((s) => [s.row, wavBytes(s), s.audioPath, s.audioUri, s.problem])).toEqual([
      [0, 'RIFF', 'first.wav', undefined, undefined],
      [1, undefined, undefined, undefined, 'column "audio" is null'],
      [2, undefined, 'sub/beside.wav', beside, undefined],
      [3, 'RIFF', undefined, undefined, undefined],
      [4, undefined, undefined, undefined, 'column "audio" is null'],
      [
        5,
        undefined,
        '../../../etc/passwd',
        undefined,
        'its path "../../../etc/passwd" leads out of the dataset, and is not followed',
      ],
      [6, undefined, '/etc/passwd', undefined, 'its path "/etc/passwd" leads out of the dataset, and is not followed'],
      [
        7,
        undefined,
        'https://example.org/x.wav',
        undefined,
        'its path "https://example.org/x.wav" leads out of the dataset, and is not followed',
      ],
      [8, undefined, 'gone.wav', undefined, 'the file that it names, "gone.wav", is not there'],
      [9, undefined, 'empty.wav', undefined, 'column "audio" holds 0 bytes'],
    ]);
    expect(found.slice(0, 4).map((s) => s.fields)).toEqual([
      { text: 'one', label: 0, label_name: 'Star', id: 0 },
      { text: 'two', label: 1, label_name: 'Amsel', id: 1 },
      { text: null, label: null, label_name: null, id: 2 },
      { text: 'four', label: -1, label_name: null, id: 3 },
    ]);
    expect(found.every(({ uri }) => uri === at('featured.parquet'))).toBe(true);
  });
  test('takes bytes and paths from columns of their own', async () => {
    expect((await samples('binary.parquet')).map((s) => [wavBytes(s), s.problem])).toEqual([
      [undefined, 'column "clip" is null'],
      ['RIFF', undefined],
    ]);
    expect((await samples('paths.parquet', { audioColumn: 'file' })).map((s) => [s.audioUri, s.problem])).toEqual([
      [at('sub/beside.wav'), undefined],
      [undefined, 'column "file" is null'],
    ]);
    expect(
      (await samples('silent.parquet', { keepColumns: ['n'] })).map(({ fields, problem }) => [fields, problem]),
    ).toEqual([
      [{ text: 'a', n: 1 }, undefined],
      [{ text: 'b', n: 2 }, undefined],
    ]);
  });
  test('reads rows of several files as if they were one', async () => {
    const plan = await planOf([parquetPath('snappy-v1'), parquetPath('zstd-v2')], { textColumn: 'text' });
    const all = [...parquetRows['snappy-v1']!, ...parquetRows['zstd-v2']!].map((row) => row['text']);
    const texts: unknown[] = [];
    for (let first = 0; first < plan.rows; first += 25) {
      for await (const { fields } of samplesOf(rangesOf(plan.files, first, 25), plan.columns))
        texts.push(told(fields['text']));
    }
    expect(texts).toEqual(all);
  });
  test('rangesOf() cuts all rows where units and files end', () => {
    const file = (uri: string, rows: number) => ({ uri, size: 1, version: 'v', rows, rowGroups: 1 });
    const files = [file('a', 3), file('none', 0), file('b', 5)];
    const told = (first: number, count: number) =>
      rangesOf(files, first, count).map((range) => [range.file.uri, range.first, range.count]);
    expect([0, 2, 4, 6, 8].map((first) => told(first, 2))).toEqual([
      [['a', 0, 2]],
      [
        ['a', 2, 1],
        ['b', 0, 1],
      ],
      [['b', 1, 2]],
      [['b', 3, 2]],
      [],
    ]);
    expect(rangesOf(files, 0, 1)[0]!.file).toEqual({ uri: 'a', size: 1, version: 'v' });
  });
  test('a file that has changed since is an error', async () => {
    const path = join(made, 'changed.parquet');
    copyFileSync(at('bare.parquet'), path);
    const plan = await planOf(path);
    writeFileSync(path, readFileSync(at('featured.parquet')));
    const iterate = async () => {
      for await (const _ of samplesOf([{ file: plan.files[0]!, first: 0, count: 1 }], plan.columns));
    };
    await expect(iterate()).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringMatching(/when the plan was made/),
    });
  });
  test('damage names the row', async () => {
    const path = join(made, 'damaged.parquet');
    const bytes = readFileSync(parquetPath('gzip-v1'));
    const file = await parquetIn(bytesSource(new Uint8Array(bytes), 'x'), 'x');
    bytes[4 + file.groups[0]!.bytes - 3]! ^= 1;
    writeFileSync(path, bytes);
    const plan = await planOf(path, { textColumn: 'flag' });
    const rows: number[] = [];
    const iterate = async () => {
      for await (const { row } of samplesOf([{ file: plan.files[0]!, first: 0, count: plan.rows }], plan.columns))
        rows.push(row);
    };
    await expect(iterate()).rejects.toMatchObject({
      code: 'CORRUPT',
      source: path,
      record: expect.any(Number),
      offset: expect.any(Number),
    });
  });
});

describe('findParquet() of files', () => {
  test('takes the Parquet files of a folder, and says what it left out', async () => {
    const inside = join(made, 'folder');
    mkdirSync(inside);
    copyFileSync(at('bare.parquet'), join(inside, 'a.parquet'));
    writeFileSync(join(inside, 'README.md'), '# x');
    const found = await findParquet(inside);
    expect(found.files.map(({ uri }) => uri)).toEqual([join(inside, 'a.parquet')]);
    expect(found.notices).toEqual(['1 file is left out whose names do not end with .parquet']);
    expect((await findParquet([join(inside, '*.parquet')])).files).toHaveLength(1);
    copyFileSync(at('bare.parquet'), join(inside, 'other'));
    expect((await findParquet([join(inside, 'other'), join(inside, 'a.parquet')])).files).toHaveLength(2);
  });
});

test.skipIf(!hasShared)('the file that `datasets` wrote holds four recordings, and what they are called', async () => {
  const [file] = sharedFiles('parquet/hf-audio');
  const found = await samples(sharedPath(file!.name), { keepColumns: ['label', 'start_s'] });
  expect(found.map((s) => [s.audio!.length, wavBytes(s), s.audioPath])).toEqual(
    [5, 6, 7, 8].map((n) => [44424, 'RIFF', `LOCA_2021_09_24_652_${n}.wav`]),
  );
  expect(found.map(({ fields }) => typeof fields['label_name'])).toEqual(['string', 'string', 'string', 'string']);
  expect(found[0]!.fields).toMatchObject({ text: 'LOCA_2021_09_24_652_5', label: 0 });
});
