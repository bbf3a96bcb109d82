/** datasetBuild() of the rows of folders, CSV files and manifests; needs a build. */

import { cpSync, existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { DatasetBuildOptions } from '../../../../src/api/types/dataset-build.ts';
import { wav } from '../../../support/labelled.ts';
import { scratch, tree } from '../folder.ts';
import { buildFrom, fieldBytes, kindsIn, type Row } from './from-building.ts';

function folder(files: { readonly [name: string]: Uint8Array | string }, root = join(scratch(), 'in')): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return root;
}

const parquetOf = (out: string) =>
  Object.fromEntries(Object.entries(tree(out)).filter(([name]) => name.endsWith('.parquet')));
const told = ({ audio, ...rest }: Row) => [audio?.path, rest];
const seconds = (samples: number, rate = 16_000) => samples / rate;

test('a folder gives each recording as it is, named after what it holds, with the name of its folder as label', async () => {
  const files = {
    'crow/b.wav': wav([1, 2, 3]),
    'crow/broken.wav': 'no recording',
    'crow/mono.mp3': fieldBytes('mp3/mono_st.mp3'),
    'owl/lies.mp3': wav([7, 8]),
    'owl/UPPER.WAV': wav([9]),
    'notes.txt': 'no recording either',
  };
  const { report, rows, rejects, out } = await buildFrom(`folder:${folder(files)}/`, { samplesPerChunk: 2 });
  expect(report).toMatchObject({ complete: true, chunks: 3, sources: 5, rows: 4, rejects: 1, extras: 0 });
  expect(report.files.map(({ name, config, split }) => [name, config, split])).toEqual(
    [0, 1, 2].map((i) => [`data/train/chunk-0000${i}.parquet`, 'default', 'train']),
  );
  expect(Object.keys(rows[0]!)).toEqual(['audio', 'duration', 'label', 'label_name']);
  expect(kindsIn(out)).toEqual({ audio: 'audio', duration: 'float64', label: 'int64', label_name: 'string' });
  expect(rows.map(told)).toEqual([
    ['b.wav', { duration: seconds(3), label: 0, label_name: 'crow' }],
    ['mono.mp3', { duration: null, label: 0, label_name: 'crow' }],
    ['UPPER.WAV', { duration: seconds(1), label: 1, label_name: 'owl' }],
    ['lies.wav', { duration: seconds(2), label: 1, label_name: 'owl' }],
  ]);
  const given = ['crow/b.wav', 'crow/mono.mp3', 'owl/UPPER.WAV', 'owl/lies.mp3'] as const;
  for (const [i, name] of given.entries())
    expect(Buffer.from(rows[i]!.audio!.bytes).equals(files[name] as Buffer)).toBe(true);
  expect(rejects).toMatchObject([{ input: expect.stringMatching(/crow\/broken\.wav$/), row: 1, code: 'UNSUPPORTED' }]);
  expect(report.leftOut).toEqual(['"notes.txt": its name is not that of a recording']);
  expect(report.notes).toMatchObject([{ note: expect.stringContaining('it is called "lies.wav"'), files: 1 }]);
  expect(JSON.parse(readFileSync(join(out, 'dataset.json'), 'utf8')).leftOut).toEqual(report.leftOut);
});

test('the same files elsewhere, of another time and by other threads give the same bytes', async () => {
  const root = folder(Object.fromEntries([0, 1, 2, 3, 4].map((i) => [`r${i}.wav`, wav([i, i + 1])])));
  const other = join(scratch(), 'elsewhere');
  cpSync(root, other, { recursive: true });
  const first = await buildFrom(`folder:${root}`, { samplesPerChunk: 2, workers: 1 });
  const second = await buildFrom(`folder:${other}`, { samplesPerChunk: 2, workers: 2, downloadWorkers: 1 });
  expect(Object.keys(parquetOf(first.out))).toHaveLength(3);
  expect(parquetOf(second.out)).toEqual(parquetOf(first.out));
});

test('a second run makes nothing; one after a recording was touched makes its chunk alone', async () => {
  const root = folder(Object.fromEntries([0, 1, 2, 3].map((i) => [`r${i}.wav`, wav([i, i + 1])])));
  const options = { samplesPerChunk: 2 };
  const first = await buildFrom(`folder:${root}`, options);
  const again = { ...options, state: first.state };
  expect((await buildFrom(`folder:${root}`, again)).report).toMatchObject({ done: 0, skipped: 2, complete: true });
  utimesSync(join(root, 'r2.wav'), 1, 1);
  const before = parquetOf(first.out);
  expect((await buildFrom(`folder:${root}`, again)).report).toMatchObject({ done: 1, skipped: 1 });
  expect(parquetOf(first.out)).toEqual(before);
  writeFileSync(join(root, 'r2.wav'), wav([5, 5, 5]));
  const changed = await buildFrom(`folder:${root}`, again);
  expect(changed.report).toMatchObject({ done: 1, skipped: 1, rows: 4 });
  expect(Buffer.from(changed.rows[2]!.audio!.bytes).equals(wav([5, 5, 5]))).toBe(true);
});

test('fewer rows than before leave no chunk of those that are gone', async () => {
  const root = folder(Object.fromEntries([0, 1, 2].map((i) => [`r${i}.wav`, wav([i])])));
  const list = (names: readonly string[]) => writeFileSync(join(root, 'l.csv'), `file\n${names.join('\n')}\n`);
  list(['r0.wav', 'r1.wav', 'r2.wav']);
  const { out, state } = await buildFrom(`csv:${join(root, 'l.csv')}`, { samplesPerChunk: 1 });
  expect(existsSync(join(out, 'data/train/chunk-00002.parquet'))).toBe(true);
  list(['r0.wav', 'r1.wav']);
  const { report } = await buildFrom(`csv:${join(root, 'l.csv')}`, { samplesPerChunk: 1, state });
  expect(report).toMatchObject({ done: 0, skipped: 2, chunks: 2 });
  expect(Object.keys(parquetOf(out))).toEqual(['data/train/chunk-00000.parquet', 'data/train/chunk-00001.parquet']);
});

test('what a folder holds beside outputs of its own is no recording of it', async () => {
  const root = folder({ 'a.wav': wav([1]), 'b.wav': wav([2]) });
  const options = { state: root, out: root };
  const first = await buildFrom(`folder:${root}`, options);
  expect(first.report).toMatchObject({ rows: 2, leftOut: [] });
  expect((await buildFrom(`folder:${root}`, options)).report).toMatchObject({ done: 0, skipped: 1, leftOut: [] });
});

test('columns of a CSV file are text, or numbers where that is asked for; rows that cannot be used are listed', async () => {
  const text = [
    'file_name,sentence,speaker,year,score,note',
    'a.wav,"one, two",ann,2020,0.5,x',
    'gone.wav,three,ann,2021,1,x',
    'b.wav,four,,,,x',
    'a.wav,five,bob,no year,1,x',
    '../out.wav,six,bob,2022,1,x',
  ].join('\n');
  const root = folder({ 'l.csv': text, 'a.wav': wav([1, 2]), 'b.wav': wav([3]), '../out.wav': wav([4]) });
  const options: DatasetBuildOptions = { keepColumns: ['speaker', 'year:int', 'score:float'] };
  const from = `csv:${join(root, 'l.csv')}`;
  const { rows, rejects, report, out } = await buildFrom(from, options);
  expect(rows.map(told)).toEqual([
    ['a.wav', { text: 'one, two', duration: seconds(2), speaker: 'ann', year: 2020, score: 0.5 }],
    ['b.wav', { text: 'four', duration: seconds(1), speaker: '', year: null, score: null }],
  ]);
  expect(kindsIn(out)).toMatchObject({ text: 'string', speaker: 'string', year: 'int64', score: 'float64' });
  expect(rejects.map(({ row, line, code }) => [row, line, code])).toEqual([
    [1, 3, 'NOT_FOUND'],
    [3, 5, 'BAD_SCHEMA'],
    [4, 6, 'BAD_SCHEMA'],
  ]);
  expect(rejects[2]!['reason']).toContain('it lies outside');
  expect(report.notKept).toEqual(['note']);
  const outside = await buildFrom(from, { ...options, allowOutside: true });
  expect(outside.rows.map(({ text: said }) => said)).toEqual(['one, two', 'four', 'six']);
  await expect(buildFrom(from, { ...options, onError: 'fail' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('gone.wav'),
  });
  await expect(buildFrom(from, { ...options, maxRejects: 2 })).rejects.toMatchObject({ code: 'TOO_MANY_REJECTS' });
});

test('columns of a manifest are what its values are', async () => {
  const lines = [
    {
      audio_filepath: 'a.wav',
      text: 'one',
      int: 1,
      float: 1,
      bool: true,
      none: null,
      list: [1, 2.5],
      tags: [],
      meta: { x: 1 },
    },
    { audio_filepath: 'a.wav', text: 'two', int: -2, float: 2.5, bool: null, none: null, list: null, tags: ['x', 'y'] },
    { audio_filepath: 'a.wav', text: null },
  ];
  const root = folder({ 'a.wav': wav([1]), 'm.jsonl': lines.map((line) => JSON.stringify(line)).join('\n') });
  const { rows, report, out } = await buildFrom(`manifest:${join(root, 'm.jsonl')}`, { keepColumns: ['*'] });
  const duration = seconds(1);
  expect(rows.map((row) => told(row)[1])).toEqual([
    { text: 'one', duration, int: 1, float: 1, bool: true, none: null, list: [1, 2.5], tags: [] },
    { text: 'two', duration, int: -2, float: 2.5, bool: null, none: null, list: null, tags: ['x', 'y'] },
    { text: '', duration, int: null, float: null, bool: null, none: null, list: null, tags: null },
  ]);
  expect(kindsIn(out)).toMatchObject({ int: 'int64', float: 'float64', bool: 'bool', none: 'string' });
  expect(report.notKept).toEqual(['meta']);
  expect(report.notices).toContainEqual(expect.stringContaining('"meta": no column takes what they hold'));
});

test('values of two kinds in one column are an error that names both rows', async () => {
  const text = '{"audio_filepath":"a.wav","age":1}\n\n{"audio_filepath":"a.wav","age":"old"}\n';
  const root = folder({ 'a.wav': wav([1]), 'm.jsonl': text });
  await expect(buildFrom(`manifest:${join(root, 'm.jsonl')}`, { keepColumns: ['age'] })).rejects.toMatchObject({
    code: 'BAD_SCHEMA',
    message: expect.stringContaining('its "age" is text in row 1 (line 3), and a whole number in row 0 (line 1)'),
  });
});

test('a row that names a part of its recording gets that part as a WAV file', async () => {
  const samples = Array.from({ length: 32 }, (_, i) => 1000 * i - 16_000);
  const line = (more: object) => JSON.stringify({ audio_filepath: 'a.wav', text: 'x', ...more });
  const lines = [
    line({ offset: 4 / 16_000, duration: 3 / 16_000 }),
    line({ offset: 30 / 16_000 }),
    line({ offset: 1 }),
    line({ offset: -1 }),
    line({}),
  ];
  const root = folder({ 'a.wav': wav(samples), 'm.jsonl': lines.join('\n') });
  const { rows, rejects } = await buildFrom(`manifest:${join(root, 'm.jsonl')}`);
  expect(rows.map(({ audio }) => Buffer.from(audio!.bytes).toString('hex'))).toEqual(
    [samples.slice(4, 7), samples.slice(30), samples].map((part) => wav(part).toString('hex')),
  );
  expect(rows.map(({ duration }) => duration)).toEqual([seconds(3), seconds(2), seconds(32)]);
  expect(rejects.map(({ row, reason }) => [row, reason])).toEqual([
    [2, expect.stringContaining('begins behind the end')],
    [3, expect.stringContaining('"offset" is -1')],
  ]);
});

test('with check as "full" a recording that ends in the middle is rejected', async () => {
  const root = folder({ 'a.wav': fieldBytes('wav/base.wav'), 'b.wav': fieldBytes('wav/trunc.wav') });
  const header = await buildFrom(`folder:${root}`);
  const full = await buildFrom(`folder:${root}`, { check: 'full' });
  expect(header.rows.map(({ audio }) => audio!.path)).toEqual(['a.wav', 'b.wav']);
  expect(full.rows.map(({ audio }) => audio!.path)).toEqual(['a.wav']);
  expect(full.rejects).toMatchObject([{ row: 1, code: 'TRUNCATED' }]);
});

test.each([
  ['csv', 'l.csv', 'file_name,text\n', 'NOT_FOUND', 'it has no row'],
  ['csv', 'l.csv', '', 'USAGE', 'no row that names the columns'],
  ['manifest', 'm.jsonl', '\n', 'NOT_FOUND', 'it has no row'],
  ['folder', '', '', 'NOT_FOUND', 'it holds no recording'],
  ['cvs', 'l.csv', '', 'USAGE', 'expected pack:DIR, folder:DIR, csv:FILE or manifest:FILE'],
  ['csv', 'gone.csv', undefined, 'NOT_FOUND', 'gone.csv'],
])('%s:%s that holds %j is an error of code %s', async (kind, name, text, code, message) => {
  const root = scratch();
  if (name !== '' && text !== undefined) writeFileSync(join(root, name), text);
  await expect(buildFrom(`${kind}:${join(root, name)}`)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
});

test('rows of which none can be used are an error, and rejects.jsonl says why', async () => {
  const root = folder({ 'l.csv': 'file\ngone.wav\n' });
  const state = join(scratch(), 'state');
  await expect(buildFrom(`csv:${join(root, 'l.csv')}`, { state })).rejects.toMatchObject({
    code: 'BAD_SCHEMA',
    message: expect.stringContaining('none of its 1 segments or rows can be used'),
  });
  expect(readFileSync(join(state, 'out/rejects.jsonl'), 'utf8')).toContain('gone.wav');
});

test('a build that failed in the middle goes on where it ended, and ends in the same bytes', async () => {
  const root = folder({ 'l.csv': 'file\na.wav\nlate.wav\nb.wav\n', 'a.wav': wav([1]), 'b.wav': wav([2]) });
  const from = `csv:${join(root, 'l.csv')}`;
  const options: DatasetBuildOptions = { samplesPerChunk: 1, workers: 1, onError: 'fail' };
  const state = join(scratch(), 'state');
  await expect(buildFrom(from, { ...options, state })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  writeFileSync(join(root, 'late.wav'), wav([3]));
  const after = await buildFrom(from, { ...options, state });
  expect(after.report).toMatchObject({ complete: true, rows: 3, rejects: 0, skipped: 1 });
  expect(parquetOf(after.out)).toEqual(parquetOf((await buildFrom(from, options)).out));
});
