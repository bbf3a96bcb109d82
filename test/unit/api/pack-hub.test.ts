/** pack() of datasets on the Hub, as a server in this process plays it, by files that the Python package `datasets` wrote. */

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pack } from '../../../src/api/pack.ts';
import { readSamples } from '../../../src/api/read-samples.ts';
import type { PackOptions } from '../../../src/api/types.ts';
import { type HubRepo, type HubServer, hubServer, shaOf } from '../../support/hub-server.ts';
import { wav } from '../../support/labelled.ts';
import { storedLocally } from '../../support/object-store.ts';
import { scratch, tree } from '../jobs/folder.ts';

const run = promisify(execFile);
const cli = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const bytesOf = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../data/parquet-audio/${name}`, import.meta.url)));
const text = (content: string) => new TextEncoder().encode(content);
const [first, second, featured] = ['rates-0.parquet', 'rates-1.parquet', 'featured.parquet'].map(bytesOf) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
/** In the order of rows: make.py beside the files. */
const rates = [8000, 44_100, 16_000, 48_000, 11_025];

function repo(files: { readonly [path: string]: Uint8Array }, more: Partial<HubRepo> = {}): HubRepo {
  return { refs: { main: shaOf('one') }, commits: { [shaOf('one')]: files }, ...more };
}

const splits = {
  'data/train-00000-of-00002.parquet': first,
  'data/train-00001-of-00002.parquet': second,
  'data/test-00000-of-00001.parquet': second,
};

let hub: HubServer;
beforeAll(async () => {
  hub = await hubServer({});
  delete process.env['HF_TOKEN'];
  Object.assign(process.env, { HF_ENDPOINT: hub.url, HF_HOME: '/nonexistent' });
});
beforeEach(() => {
  hub.repos['birds/tones'] = repo(splits);
});
afterAll(() => hub.close());

const dataset = 'hf://datasets/birds/tones';

type Read = { readonly [field: string]: unknown };

async function packed(inputs: string, options: Partial<PackOptions> = {}) {
  const out = join(scratch(), 'ds');
  const report = await pack({ inputs, out, workers: 2, ...options } as PackOptions);
  const samples: Read[] = [];
  for await (const { key, sample } of readSamples(out)) samples.push({ ...sample, key });
  return { out, report, samples };
}

const soundOf = ({ audio }: Read) => new Float32Array((audio as Uint8Array).slice().buffer);

/** What the recordings hold, at any rate. */
function expectTone(sound: Float32Array, rate: number): void {
  // Where no filter feels an end.
  for (let i = Math.floor(sound.length / 4); i < (3 * sound.length) / 4; i++) {
    expect(Math.abs(sound[i]! - (8000 / 32_768) * Math.sin((2 * Math.PI * 440 * i) / rate))).toBeLessThan(2e-4);
  }
}

describe('a split', () => {
  test('becomes samples at the rate that its feature Audio says, over the borders of its files', async () => {
    const { samples, report, out } = await packed(dataset, { split: 'train', samplesPerShard: 2 });
    expect(samples.map(({ text: said }) => said)).toEqual(rates.map((rate) => `at ${rate}`));
    expect(samples.map(({ key }) => key)).toEqual(rates.map((_, i) => `sample_0000000${i}`));
    for (const sample of samples) {
      expect(sample).toMatchObject({ sample_rate: 16_000, converter: 'hf', dtype: 'float32' });
      const sound = soundOf(sample);
      expect(sample['shape']).toEqual([sound.length]);
      expect(Math.abs(sound.length - 1600)).toBeLessThanOrEqual(1);
      expectTone(sound, 16_000);
    }
    // The third shard has the last row of the one file and none of it twice.
    expect(samples.map((sample) => [sample['shard_id'], sample['shard_position']])).toEqual([
      ...[
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ],
      [2, 0],
    ]);
    expect(report).toMatchObject({ samples: 5, rejects: 0, source: dataset });
    expect(report.sampleRates.map(({ sampleRate }) => sampleRate).sort((a, b) => a - b)).toEqual(
      [...rates].sort((a, b) => a - b),
    );
    expect(JSON.parse(readFileSync(join(out, 'metadata.json'), 'utf8'))).toMatchObject({
      ...{ dataset_name: 'tones', dataset_size: 5, num_shards: 3 },
    });
  });

  test('keeps its rate where one is asked for, or the recordings stay as they are', async () => {
    const { samples } = await packed(dataset, { split: 'test', sampleRate: 24_000 });
    for (const sample of samples) {
      expect(sample['sample_rate']).toBe(24_000);
      expectTone(soundOf(sample), 24_000);
    }
    const original = await packed(dataset, { split: 'test', codec: 'original' });
    expect(original.samples.map((sample) => [sample['sample_rate'], sample['codec']])).toEqual([
      [48_000, 'wav'],
      [11_025, 'wav'],
    ]);
    // As make.py wrote them.
    const tones = rates.slice(3).map((sampleRate) => {
      const samples = Array.from({ length: Math.floor(sampleRate / 10) }, (_, i) =>
        Math.round(8000 * Math.sin((2 * Math.PI * 440 * i) / sampleRate)),
      );
      return wav(samples, { sampleRate });
    });
    expect(original.samples.map(({ audio }) => Buffer.from(audio as Uint8Array))).toEqual(tones);
  });

  test.each<[string[] | undefined, string[], string[]]>([
    [
      ['kind', 'score'],
      ['score', 'kind', 'kind_name'],
      ['rate', 'vector'],
    ],
    [['*'], ['rate', 'score', 'kind', 'kind_name', 'vector'], []],
    [undefined, [], ['rate', 'score', 'kind', 'vector']],
  ])('keeps of its columns %j', async (keepColumns, fields, left) => {
    const { samples, report } = await packed(dataset, { split: 'train', ...(keepColumns && { keepColumns }) });
    const all = { rate: rates, score: rates.map((rate) => Math.fround(rate / 1000)) };
    for (const [i, sample] of samples.entries()) {
      const high = rates[i]! > 20_000;
      const expected: Read = {
        ...{ rate: all.rate[i], score: all.score[i], kind: Number(high), kind_name: high ? 'high' : 'low' },
        vector: [rates[i]! / 3, -1],
      };
      for (const name of Object.keys(expected)) {
        if (fields.includes(name)) expect(sample[name]).toEqual(expected[name]);
        else expect(sample).not.toHaveProperty(name);
      }
    }
    expect([...report.notKept].sort()).toEqual([...left].sort());
  });

  test('is that of the commit of the moment when the run began', async () => {
    const repository = hub.repos['birds/tones']!;
    repository.commits[shaOf('two')] = { 'data/train-00000-of-00001.parquet': second };
    repository.refs['v2'] = shaOf('two');
    const out = join(scratch(), 'ds');
    hub.seen.length = 0;
    await pack({ inputs: dataset, split: 'train', out, samplesPerShard: 2 });
    const files = hub.seen.filter(({ path }) => path.includes('/resolve/'));
    expect(files.every(({ path }) => path.includes(`/resolve/${shaOf('one')}/`))).toBe(true);
    const again = (revision?: string) =>
      pack({ inputs: dataset, split: 'train', out, samplesPerShard: 2, ...(revision && { revision }) });
    expect(await again()).toMatchObject({ done: 0, skipped: 3 });
    // The files are the same ones at another commit of the same content, and others at another.
    expect((await packed(`${dataset}@v2`, { split: 'train' })).samples).toHaveLength(2);
    expect((await packed(dataset, { split: 'train', revision: 'v2' })).samples).toHaveLength(2);
    expect(await again('v2')).toMatchObject({ done: 1, skipped: 0, samples: 2 });
  });

  test('of several is asked for, with the names that there are', async () => {
    await expect(packed(dataset)).rejects.toMatchObject({
      ...{
        code: 'USAGE',
        message: expect.stringMatching(/several splits; expected one of "test", "train" \(option "split"\)/),
      },
    });
    hub.repos['birds/configs'] = repo({
      'README.md': text(
        '---\nconfigs:\n- config_name: low\n  data_files: a.parquet\n- config_name: high\n  data_files: b.parquet\n---\n',
      ),
      'a.parquet': first,
      'b.parquet': second,
    });
    await expect(packed('hf://datasets/birds/configs')).rejects.toMatchObject({
      ...{ code: 'USAGE', message: expect.stringMatching(/several configurations; expected one of "low", "high"/) },
    });
    const { samples } = await packed('hf://datasets/birds/configs', { config: 'high' });
    expect(samples.map(({ text: said }) => said)).toEqual(['at 48000', 'at 11025']);
  });
});

describe('rows without sound', () => {
  const inputs = 'hf://datasets/birds/odd';
  beforeEach(() => {
    hub.repos['birds/odd'] = repo({
      'data/train-00000-of-00002.parquet': featured,
      'data/train-00001-of-00002.parquet': featured,
      // RIFF with the samples 7 and 7: make.py.
      'sub/beside.wav': bytesOf('sub/beside.wav'),
    });
  });

  test('are rejected with their row in their file, and paths are followed within the dataset alone', async () => {
    const keepColumns = ['id', 'label'];
    const { samples, report, out } = await packed(inputs, { onError: 'skip', samplesPerShard: 7, keepColumns });
    const found = samples.map((sample) => [
      ...[sample['key'], sample['id'], sample['text'], sample['label_name']],
      [...soundOf(sample)].map((value) => value * 32_768).slice(0, 3),
    ]);
    const once = (base: number) => [
      [`sample_${String(base).padStart(8, '0')}`, 0, 'one', 'Star', [0, 1, -1]],
      [`sample_${String(base + 2).padStart(8, '0')}`, 2, null, null, [7, 7]],
      [`sample_${String(base + 3).padStart(8, '0')}`, 3, 'four', null, [5, 5, 5]],
    ];
    expect(found).toEqual([...once(0), ...once(10)]);
    expect(report).toMatchObject({ samples: 6, rejects: 14, rows: 20 });
    const rejects = readFileSync(join(out, 'rejects.jsonl'), 'utf8').trim().split('\n');
    const told = rejects.map((line) => JSON.parse(line)).map(({ input, row, reason }) => [input, row, reason]);
    const root = `${inputs}@${shaOf('one')}/data`;
    const reasons = [
      [1, /"audio" is null/],
      [4, /"audio" is null/],
      [5, /leads out of the dataset/],
      [6, /leads out of the dataset/],
      [7, /leads out of the dataset/],
      [8, /"gone\.wav", is not there/],
      [9, /holds 0 bytes/],
    ] as const;
    const expected = [0, 1].flatMap((file) =>
      reasons.map(([row, reason]) => [
        `${root}/train-0000${file}-of-00002.parquet`,
        row,
        expect.stringMatching(reason),
      ]),
    );
    expect(told).toEqual(expected);
  });

  test('end the run otherwise, with the row', async () => {
    await expect(packed(inputs)).rejects.toMatchObject({
      ...{
        code: 'BAD_SCHEMA',
        message: expect.stringMatching(/^Cannot use row 1 of "hf:\/\/datasets\/birds\/odd.*is null/),
      },
    });
  });
});

describe('who may not read', () => {
  test('is told how one may, before anything is made', async () => {
    hub.repos['birds/private'] = repo(splits, { token: 'hf_the_token' });
    const inputs = 'hf://datasets/birds/private';
    const out = join(scratch(), 'ds');
    await expect(pack({ inputs, split: 'train', out })).rejects.toMatchObject({
      ...{ code: 'ACCESS', message: expect.stringMatching(/set HF_TOKEN/) },
    });
    // The environment is read when the first hf:// comes: another process.
    const env = { ...process.env, HF_TOKEN: 'hf_the_token' };
    const { stdout, stderr } = await run(process.execPath, [cli, 'pack', inputs, '--split', 'train', '--out', out], {
      env,
    });
    expect(stdout).toMatch(/samples +5/);
    for (const content of [stdout, stderr, ...Object.values(tree(out))]) expect(content).not.toContain('hf_the_token');
    hub.repos['birds/gated'] = repo(splits, { gated: true });
    await expect(packed('hf://datasets/birds/gated', { split: 'train' })).rejects.toMatchObject({
      ...{ code: 'ACCESS', message: expect.stringMatching(/restricted.*set HF_TOKEN/) },
    });
  });
});

describe('the command', () => {
  test('makes what pack() makes', async () => {
    const out = join(scratch(), 'ds');
    const flags = ['--split', 'train', '--keep-columns', 'kind,score', '--samples-per-shard', '2'];
    const { stdout } = await run(process.execPath, [cli, 'pack', dataset, ...flags, '--out', out]);
    expect(stdout).toMatch(/samples +5/);
    const twin = await packed(dataset, { split: 'train', keepColumns: ['kind', 'score'], samplesPerShard: 2 });
    expect(storedLocally(out)).toEqual(storedLocally(twin.out));
    expect(readdirSync(join(out, 'shard_00002')).sort()).toEqual(['data.mdb', 'lock.mdb']);
  });

  test('lists the splits in its error', async () => {
    const failed = await run(process.execPath, [cli, 'pack', dataset, '--out', join(scratch(), 'ds')]).catch((e) => e);
    expect(failed).toMatchObject({ code: 2, stdout: '' });
    expect(failed.stderr).toMatch(/several splits; expected one of "test", "train" \(--split\)/);
  });
});
