/** datasetBuild() of packed datasets; needs a build. */

import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pack } from '../../../../src/api/pack.ts';
import { readAudio } from '../../../../src/api/read-audio.ts';
import type { PackOptions } from '../../../../src/api/types.ts';
import { bytesSource } from '../../../../src/bytes.ts';
import { writePickle } from '../../../../src/formats/pickle/write.ts';
import { numpyArray } from '../../../../src/formats/python/numpy.ts';
import { type PythonInput, PythonTuple } from '../../../../src/formats/python/values.ts';
import { writeDataset } from '../../../support/datasets.ts';
import { wav } from '../../../support/labelled.ts';
import { scratch } from '../folder.ts';
import { buildFrom, fieldBytes, kindsIn } from './from-building.ts';

type Fields = { readonly [field: string]: PythonInput };

const pcm = (...samples: number[]) => ({
  audio: new Uint8Array(Float32Array.from(samples).buffer),
  shape: new PythonTuple([samples.length]),
  dtype: 'float32',
  sample_rate: 8000,
});
const value = (fields: Fields) => Uint8Array.from(writePickle(fields));
const keyOf = (number: number) => `sample_${String(number).padStart(8, '0')}`;

/** A shard for each list. */
async function datasetOf(...shards: readonly (readonly (Fields | Uint8Array)[])[]): Promise<string> {
  let number = 0;
  const entriesOf = (samples: readonly (Fields | Uint8Array)[]) =>
    Object.fromEntries(
      samples.map((sample) => [keyOf(number++), sample instanceof Uint8Array ? sample : value(sample)]),
    );
  const named = shards.map((samples, i) => [`shard_${String(i).padStart(5, '0')}`, entriesOf(samples)] as const);
  const folder = join(scratch(), 'ds');
  mkdirSync(folder);
  return writeDataset(folder, Object.fromEntries(named), {});
}

async function packed(files: { readonly [name: string]: Uint8Array }, options: Partial<PackOptions> = {}) {
  const root = join(scratch(), 'in');
  mkdirSync(root);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(root, name), bytes);
  const out = join(scratch(), 'ds');
  await pack({ inputs: root, out, workers: 1, ...options });
  return out;
}

test('samples become WAV files bit for bit, over all shards in the order of their keys', async () => {
  const sounds = Array.from({ length: 7 }, (_, i) => [i * 1000, -1, 32_767, -32_768]);
  const files = Object.fromEntries(sounds.map((samples, i) => [`r${i}.wav`, wav(samples)]));
  const ds = await packed(files, { samplesPerShard: 3 });
  const first = await buildFrom(`pack:${ds}`, { samplesPerChunk: 2 });
  expect(first.report).toMatchObject({ complete: true, chunks: 4, rows: 7, sources: 7, rejects: 0 });
  expect(first.rows.map(({ audio }) => audio!.path)).toEqual(sounds.map((_, i) => `${keyOf(i)}.wav`));
  for (const [i, { audio, ...said }] of first.rows.entries()) {
    const { samples, sampleRate } = await readAudio(bytesSource(audio!.bytes, audio!.path));
    expect([...samples]).toEqual(sounds[i]!.map((sample) => sample / 32_768));
    // A header of 58 bytes: "fmt " of 18, "fact" and "data", as float32 needs them.
    expect([sampleRate, audio!.bytes.length]).toEqual([16_000, 58 + 16]);
    expect(said).toEqual({ sample_rate: 16_000, text: '', converter: 'folder', duration: 4 / 16_000 });
  }
  expect(kindsIn(first.out)).toMatchObject({
    audio: 'audio',
    sample_rate: 'int64',
    text: 'string',
    duration: 'float64',
  });
  expect(first.report.notKept).toEqual(expect.arrayContaining(['shape', 'dtype', 'shard_id', 'shard_position']));
  const other = await buildFrom(`pack:${ds}/`, { samplesPerChunk: 5, workers: 1 });
  expect(other.rows).toEqual(first.rows);
  const again = await buildFrom(`pack:${ds}`, { samplesPerChunk: 2, state: first.state });
  expect(again.report).toMatchObject({ done: 0, skipped: 4 });
});

test('recordings that were kept as they are stay so, and are called after what they hold', async () => {
  const files = { 'a.mp3': fieldBytes('mp3/mono_st.mp3'), 'b.wav': fieldBytes('wav/base.wav') };
  const { rows, report } = await buildFrom(`pack:${await packed(files, { codec: 'original' })}`);
  expect(rows.map(({ audio }) => audio!.path)).toEqual([`${keyOf(0)}.mp3`, `${keyOf(1)}.wav`]);
  for (const [i, bytes] of Object.values(files).entries())
    expect(Buffer.from(rows[i]!.audio!.bytes).equals(bytes)).toBe(true);
  expect(report.notKept).toContain('codec');
});

test('arrays of one dimension become lists, and what no column takes is named', async () => {
  const sample = {
    ...pcm(0.5),
    ids: numpyArray(Int32Array.of(1, -2)),
    embedding: numpyArray(Float32Array.of(0.25, 2)),
    half: numpyArray(Float64Array.of(0.1)),
    mel: numpyArray(Float32Array.of(1, 2, 3, 4), [2, 2]),
    words: ['a', 'b'],
    raw: Uint8Array.of(1, 2),
    meta: { a: 1 },
    flag: true,
    none: null,
  };
  const { rows, out, report } = await buildFrom(`pack:${await datasetOf([sample])}`);
  const { audio: _, ...said } = rows[0]!;
  expect(said).toEqual({
    sample_rate: 8000,
    ids: [1, -2],
    embedding: [0.25, 2],
    half: [0.1],
    words: ['a', 'b'],
    raw: Uint8Array.of(1, 2),
    flag: true,
    none: null,
  });
  expect(report.notKept).toEqual(['mel', 'meta', 'shape', 'dtype']);
  expect(report.notices).toContainEqual(expect.stringContaining('"mel", "meta"'));
  expect(kindsIn(out)).toMatchObject({ ids: 'int64', embedding: 'float32', half: 'float64', words: 'string' });
});

const others: readonly (readonly [string, Fields | Uint8Array, string])[] = [
  ['another kind', { ...pcm(1), text: 5 }, 'Its "text" is a whole number, expected text'],
  ['one more field', { ...pcm(1), text: 'x', more: 1 }, 'It has a field "more"'],
  ['no recording', { audio: 'a.wav', text: 'x', sample_rate: 8000 }, 'its "audio" is a path, and no sound'],
  [
    'float64',
    { audio: new Uint8Array(8), dtype: 'float64', shape: new PythonTuple([1]), sample_rate: 8000, text: '' },
    'none of a WAV file',
  ],
  [
    'a codec of nobody',
    { audio: new Uint8Array(9), codec: 'exe', sample_rate: 8000, text: '' },
    '"codec" is none that is known',
  ],
  ['no dict', Uint8Array.from(writePickle([1])), 'its value is no dict'],
  ['no sample', Buffer.from('anything'), 'neither a pickle nor MessagePack'],
];

test.each(others)(
  'a sample with %s is rejected by its key, and with onError as "fail" ends the build',
  async (_, sample, reason) => {
    // What is known of fields is known from the first hundred of a shard.
    const usual = Array.from({ length: 100 }, (_, i) => ({ ...pcm(i / 128), text: `${i}` }));
    const from = `pack:${await datasetOf([...usual, sample, { ...pcm(0.5), text: 'last' }])}`;
    const { rows, rejects, report } = await buildFrom(from, { workers: 1 });
    expect(report).toMatchObject({ rows: 101, rejects: 1 });
    expect(rows.at(-1)).toMatchObject({ text: 'last', audio: { path: `${keyOf(101)}.wav` } });
    expect(rejects).toMatchObject([
      {
        input: expect.stringMatching(/shard_00000\/data\.mdb$/),
        record: 100,
        key: keyOf(100),
        reason: expect.stringContaining(reason),
      },
    ]);
    await expect(buildFrom(from, { workers: 1, onError: 'fail' })).rejects.toMatchObject({
      message: expect.stringContaining(reason),
    });
  },
);

test('a field that shards have in two kinds is an error that names both samples', async () => {
  const ds = await datasetOf([{ ...pcm(1), age: 1 }], [{ ...pcm(1), age: 'old' }]);
  await expect(buildFrom(`pack:${ds}`)).rejects.toMatchObject({
    code: 'BAD_SCHEMA',
    message: expect.stringMatching(
      /"age" is text in sample "sample_00000001" of ".*shard_00001", and a whole number in .*shard_00000"/,
    ),
  });
});

test('a field that one sample lacks is null there, and so is the sound of one without', async () => {
  const ds = await datasetOf([{ ...pcm(1), text: 'a', age: 1 }, { text: 'b', age: 2.5 }, pcm(0.25)]);
  const { rows, report } = await buildFrom(`pack:${ds}`);
  expect(rows).toMatchObject([
    { text: 'a', age: 1, audio: { path: `${keyOf(0)}.wav` } },
    { text: 'b', age: 2.5, audio: null, sample_rate: null },
    { text: null, age: null, audio: { path: `${keyOf(2)}.wav` } },
  ]);
  expect(report).toMatchObject({ rejects: 0, rowsWithoutDuration: 1 });
  expect(report.notes).toMatchObject([{ note: 'It has no sound: its audio is null', files: 1, first: keyOf(1) }]);
});

test('shards that were written anew are noticed, and others are left alone', async () => {
  const ds = await datasetOf([pcm(1), pcm(2)], [pcm(3), pcm(4)]);
  const { state } = await buildFrom(`pack:${ds}`, { samplesPerChunk: 2 });
  utimesSync(join(ds, 'shard_00001/data.mdb'), 1, 1);
  const again = await buildFrom(`pack:${ds}`, { samplesPerChunk: 2, state });
  expect(again.report).toMatchObject({ done: 1, skipped: 1, complete: true });
});

test('what stands beside the samples is listed', async () => {
  const ds = await datasetOf([pcm(1)]);
  writeFileSync(join(ds, 'notes.txt'), '');
  await writeDataset(ds, { shard_00009: { x: value(pcm(2)) } });
  const { report } = await buildFrom(`pack:${ds}`);
  expect(report.rows).toBe(1);
  expect(report.leftOut).toEqual([
    expect.stringMatching(/shard_00009" is left out: metadata\.json does not list it$/),
    '"notes.txt": it is no part of the dataset',
  ]);
  expect(readdirSync(ds)).toContain('shard_00009');
});

test.each([
  ['gone/', {}, 'NOT_FOUND', ''],
  ['s3://bucket/ds/', {}, 'UNSUPPORTED', 'expected a folder or file of this machine'],
  ['ds/', { keepColumns: ['x'] }, 'USAGE', 'Cannot use option "keepColumns"'],
  ['ds/', { allowOutside: true }, 'USAGE', 'Cannot use option "allowOutside"'],
])('pack:%s with %j is an error of code %s', async (place, options, code, message) => {
  await expect(buildFrom(`pack:${place}`, options)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
});

test('a dataset without a sample is an error', async () => {
  await expect(buildFrom(`pack:${await datasetOf([])}`)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('it has no sample'),
  });
});
