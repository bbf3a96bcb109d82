/** bowerbird ingest: which shards a run makes, where, and how a second one goes on. */

import { existsSync, readFileSync, realpathSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ingest } from '../../dist/index.js';
import { readShards } from '../support/labelled.ts';
import { bowerbird, scratch } from './built.ts';
import { ingestInto, outputs, recordings, shardsOf } from './ingesting.ts';

describe('shards', () => {
  test('are the same bytes whatever the number of threads, and balanced', async () => {
    const folder = scratch(recordings(23));
    const make = async (name: string, workers: number, more: object = {}) => {
      const out = join(folder, name, 'train');
      await ingest({
        inputs: join(folder, 'labels.csv'),
        audio: join(folder, 'audio'),
        out,
        shards: 4,
        workers,
        ...more,
      });
      return shardsOf(join(folder, name));
    };
    const one = await make('one', 1);
    expect(Object.keys(one)).toEqual([0, 1, 2, 3].map((i) => `train-0000${i}-of-00004.tfrecord`));
    expect(await make('four', 4)).toEqual(one);
    const examples = readShards(join(folder, 'one'));
    expect(examples.map(({ samples }) => samples[0]! * 32768)).toEqual(Array.from({ length: 23 }, (_, i) => i));
    const manifest = JSON.parse(readFileSync(join(folder, 'one/train.ingest.json'), 'utf8'));
    expect(manifest.files.map((shard: { rows: number }) => shard.rows)).toEqual([6, 6, 6, 5]);

    const shuffled = await make('shuffled', 1, { shuffle: 7 });
    expect(await make('shuffled4', 4, { shuffle: 7 })).toEqual(shuffled);
    expect(await make('other', 2, { shuffle: 8 })).not.toEqual(shuffled);
    const order = readShards(join(folder, 'shuffled')).map(({ samples }) => samples[0]! * 32768);
    expect(order).not.toEqual([...order].sort((a, b) => a - b));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 23 }, (_, i) => i));
    const zipped = await make('gzip', 2, { compression: 'gzip' });
    for (const [name, bytes] of Object.entries(zipped))
      expect(gunzipSync(Buffer.from(bytes, 'latin1')).toString('latin1') === one[name], name).toBe(true);
  });

  test('go into a folder under the name of the CSV file when the output ends with a slash', async () => {
    const folder = scratch(recordings(2));
    const { code } = await bowerbird(folder, ingestInto('out/', '--shards', '2', '-q'));
    expect(code).toBe(0);
    expect(Object.keys(outputs(join(folder, 'out')))).toEqual([
      'ingest.json',
      'labels-00000-of-00002.tfrecord',
      'labels-00001-of-00002.tfrecord',
    ]);
  });

  test('of two sets stand side by side under their prefixes', async () => {
    const folder = scratch(recordings(4));
    const run = (prefix: string) =>
      ingest({ inputs: join(folder, 'labels.csv'), audio: join(folder, 'audio'), out: join(folder, 'out', prefix) });
    await run('train');
    await run('val');
    expect(Object.keys(outputs(join(folder, 'out')))).toEqual([
      'train-00000-of-00001.tfrecord',
      'train.ingest.json',
      'val-00000-of-00001.tfrecord',
      'val.ingest.json',
    ]);
    expect(await run('train')).toMatchObject({ done: 0, skipped: 1 });
  });
});

describe('a run', () => {
  const args = ingestInto('out/train', '--shards', '5', '--json');

  test('goes on where an earlier one ended, and makes shards again whose recordings changed', async () => {
    const folder = scratch(recordings(20));
    const first = JSON.parse((await bowerbird(folder, args)).stdout);
    expect(first).toMatchObject({ job: 'ingest', done: 5, skipped: 0, rows: 20, used: 20, complete: true });
    const before = outputs(join(folder, 'out'));
    rmSync(join(folder, 'out/train-00003-of-00005.tfrecord'));
    expect(JSON.parse((await bowerbird(folder, args)).stdout)).toMatchObject({ done: 1, skipped: 4 });
    expect(outputs(join(folder, 'out'))).toEqual(before);

    utimesSync(join(folder, 'audio/clip-0.wav'), 1, 1);
    expect(JSON.parse((await bowerbird(folder, args)).stdout)).toMatchObject({ done: 1, skipped: 4 });
    expect(outputs(join(folder, 'out'))).toEqual(before);

    writeFileSync(
      join(folder, 'labels.csv'),
      readFileSync(join(folder, 'labels.csv'), 'utf8').replace('1,clip-19', '2,clip-19'),
    );
    expect(JSON.parse((await bowerbird(folder, args)).stdout)).toMatchObject({ done: 1, skipped: 4 });
    const other = await bowerbird(folder, [...args, '--mode', 'rich']);
    expect(other.code).toBe(1);
    expect(JSON.parse(other.stdout).error).toMatchObject({
      code: 'EXISTS',
      message: expect.stringContaining('mode: compat there, rich here'),
    });
  });

  test('in two parts makes what a whole one makes', async () => {
    const folder = scratch(recordings(20));
    await bowerbird(folder, args);
    const whole = outputs(join(folder, 'out'));
    rmSync(join(folder, 'out'), { recursive: true });
    const parts = await Promise.all(['0/2', '1/2'].map((units) => bowerbird(folder, [...args, '--units', units])));
    expect(parts.map(({ code }) => code)).toEqual([0, 0]);
    expect(outputs(join(folder, 'out'))).toEqual(whole);
  });

  test('with --dry-run counts and touches nothing', async () => {
    const folder = scratch({ ...recordings(5), 'audio/clip-3.wav': 'x' });
    rmSync(join(folder, 'audio/clip-4.wav'));
    const { code, stdout } = await bowerbird(folder, [...args.slice(0, -1), '--dry-run', '-q']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1 {2}-> train-00004-of-00005.tfrecord$/m);
    expect(stdout).toMatch(/^rows +5$/m);
    expect(stdout).toMatch(/^missing +1 row$/m);
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  test('takes everything from the environment, and from .env behind it', async () => {
    const folder = scratch({
      ...recordings(6),
      '.env':
        'DATA_INPUT_PATH=nowhere.csv\nBUCKET_NAME=\nDATA_OUTPUT_PATH=out/\nNUM_SHARDS=3\nNUM_WORKERS=2\nRUNNER=DataflowRunner\nREGION=us-central1\n',
    });
    const env = { DATA_INPUT_PATH: 'labels.csv' };
    const { code, stdout, stderr } = await bowerbird(folder, ['ingest', '--audio', 'audio', '--progress', 'none'], env);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        'bowerbird: notice: RUNNER=DataflowRunner: everything runs on this machine; not used: REGION\n' +
        `bowerbird: notice: using DATA_OUTPUT_PATH, NUM_SHARDS, NUM_WORKERS of ${join(realpathSync(folder), '.env')}\n`,
    });
    expect(stdout).toMatch(/^shards +3$/m);
    const typed = await bowerbird(
      folder,
      ['ingest', '--audio', 'audio', '--out', 'other/', '--shards', '1', '-q'],
      env,
    );
    expect(typed.code).toBe(0);
    expect(Object.keys(shardsOf(join(folder, 'other')))).toEqual(['labels-00000-of-00001.tfrecord']);
  });

  test('without a CSV file or an output says which', async () => {
    const folder = scratch();
    expect(await bowerbird(folder, ['ingest'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Expected a CSV file for bowerbird ingest, or DATA_INPUT_PATH'),
    });
    expect(await bowerbird(folder, ['ingest', 'a.csv'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Expected --out PREFIX for bowerbird ingest, or DATA_OUTPUT_PATH'),
    });
    for (const wrong of [
      { hop: 1 },
      { audioAs: 'bytes', mono: true },
      { keepColumns: ['label'] },
      { keepColumns: ['a', 'a:int'] },
      { delimiter: '"' },
    ] as const)
      await expect(ingest({ inputs: 'a', out: 'b', ...wrong })).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('tells in its manifest what each shard is', async () => {
    const folder = scratch(recordings(9));
    await bowerbird(folder, args);
    const manifest = JSON.parse(readFileSync(join(folder, 'out/train.ingest.json'), 'utf8'));
    for (const { name, bytes } of manifest.files) expect(statSync(join(folder, 'out', name)).size).toBe(bytes);
    expect(manifest).toMatchObject({
      rows: 9,
      records: 9,
      rejects: 0,
      classes: [0, 1, 2].map((id) => ({ id: String(id), records: 3 })),
      sampleRates: [{ sampleRate: 16_000, recordings: 9 }],
      channels: [{ channels: 1, recordings: 9 }],
    });
    expect(manifest.soundSeconds).toBeCloseTo((9 + (0 + 1 + 2 + 3 + 4) + (0 + 1 + 2 + 3)) / 16_000, 9);
  });
});
