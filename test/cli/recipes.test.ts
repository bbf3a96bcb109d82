/** The recipes of docs/recipes/datasets.md that need no server of their own, run through pack(). The others: test/interop/recipes.mjs. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
// @ts-expect-error: it has no types.
import initSqlJs from 'sql.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type BowerbirdError, Converter, pack, type ReadSample, readSamples } from '../../dist/index.js';
import { DatabaseConverter } from '../data/recipes/database.mjs';
import { APIConverter } from '../data/recipes/http-api.mjs';
import { S3Retriever } from '../data/recipes/s3-retriever.mjs';
import { wav } from '../support/labelled.ts';
import { objectStore } from '../support/object-store.ts';
import { scratch, tree } from '../unit/jobs/folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const store = await objectStore();

async function all(samples: AsyncIterable<ReadSample>): Promise<ReadSample[]> {
  const found: ReadSample[] = [];
  for await (const sample of samples) found.push(sample);
  return found;
}

const tokenizers = new URL('../data/tokenizers/', import.meta.url);
/** What transformers says: test/data/tokenizers/make.py. */
interface Goldens {
  readonly texts: readonly string[];
  readonly cases: readonly {
    readonly tokenizer: string;
    readonly rows: readonly { readonly input_ids: readonly number[]; readonly attention_mask: readonly number[] }[];
  }[];
}

const fields = async (ds: string) => (await all(readSamples(ds))).map(({ sample }) => sample);
/** Three samples of 16 bits, as float32 bytes. */
const soundOf = (...values: readonly number[]) =>
  new Uint8Array(Float32Array.from(values, (value) => value / 32768).buffer);

describe('an HTTP API', () => {
  const token = 'the-token-of-the-test';

  async function api(): Promise<string> {
    const server = createServer(({ url, headers }, reply) => {
      const { host, authorization } = headers;
      if (url === '/v1/birds' && authorization !== `Bearer ${token}`) return reply.writeHead(401).end();
      if (url === '/v1/birds') {
        const item = (n: number) => ({ audio_url: `http://${host}/${n}.wav`, transcript: `bird ${n}`, speaker_id: n });
        return reply.end(JSON.stringify({ samples: [item(0), item(1), { ...item(2), speaker_id: null }] }));
      }
      const n = Number(/^\/(\d)\.wav$/.exec(url ?? '')?.[1]);
      return Number.isNaN(n) ? reply.writeHead(404).end() : reply.end(wav([n, n + 1, n + 2]));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/birds`;
  }

  test('gives samples, whose token is kept nowhere', async () => {
    process.env['API_TOKEN'] = token;
    const out = join(scratch(), 'ds');
    const report = await pack({ converter: new APIConverter({ endpoint: await api() }), out, samplesPerShard: 2 });
    expect(report).toMatchObject({ samples: 3, complete: true });
    const found = await fields(out);
    expect(found.map(({ text, speaker_id, converter }) => [text, speaker_id, converter])).toEqual([
      ['bird 0', 0, 'api'],
      ['bird 1', 1, 'api'],
      ['bird 2', null, 'api'],
    ]);
    expect(found[2]).toMatchObject({ audio: soundOf(2, 3, 4), shape: [3], dtype: 'float32', shard_id: 1 });
    expect(JSON.parse(readFileSync(join(out, 'metadata.json'), 'utf8'))).toMatchObject({
      dataset_name: 'api_data_birds',
      dataset_size: 3,
      num_shards: 2,
    });
    expect(JSON.stringify(tree(out))).not.toContain(token);
  });

  test('that refuses is told', async () => {
    process.env['API_TOKEN'] = 'another';
    const converter = new APIConverter({ endpoint: await api() });
    const error: BowerbirdError = await pack({ converter, out: join(scratch(), 'ds') }).then(
      () => expect.unreachable(),
      (thrown) => thrown,
    );
    expect(error.message).toMatch(/Cannot get http.*\/v1\/birds: the server answered 401/);
  });
});

test('a database of SQLite gives rows, with paths beside it', async () => {
  const folder = scratch();
  mkdirSync(join(folder, 'sound'));
  for (const n of [1, 2, 3]) writeFileSync(join(folder, `sound/${n}.wav`), wav([n, n, n]));
  const { Database } = await initSqlJs();
  const database = new Database();
  database.run('CREATE TABLE clips (audio_path TEXT, transcript TEXT, speaker TEXT, quality_score REAL)');
  for (const n of [1, 2, 3])
    database.run('INSERT INTO clips VALUES (?, ?, ?, ?)', [`sound/${n}.wav`, `c${n}`, 'x', n / 4]);
  const file = join(folder, 'clips.sqlite');
  writeFileSync(file, database.export());
  database.close();
  const query =
    'SELECT audio_path, transcript, speaker, quality_score FROM clips WHERE quality_score < 0.7 ORDER BY transcript';
  await pack({ converter: new DatabaseConverter({ file, query }), out: join(folder, 'ds') });
  expect(await fields(join(folder, 'ds'))).toMatchObject([
    { text: 'c1', metadata: { speaker: 'x', quality_score: 0.25 }, audio: soundOf(1, 1, 1), converter: 'database' },
    { text: 'c2', metadata: { speaker: 'x', quality_score: 0.5 }, audio: soundOf(2, 2, 2) },
  ]);
});

describe("processors of one's own", () => {
  const module = (name: string) => new URL(`../data/recipes/${name}`, import.meta.url);
  const { texts, cases }: Goldens = JSON.parse(readFileSync(new URL(`${tokenizers}goldens.json`), 'utf8'));

  test('give mel spectrograms', async () => {
    const folder = scratch();
    // A second of 1 kHz at 8 kHz, of two channels.
    const tone = Array.from({ length: 16_000 }, (_, i) => Math.round(8000 * Math.sin((Math.PI * (i >> 1)) / 4)));
    writeFileSync(join(folder, 'tone.wav'), wav(tone, { channels: 2, sampleRate: 8000 }));
    writeFileSync(join(folder, 'manifest.jsonl'), JSON.stringify({ audio_filepath: 'tone.wav', text: 'a tone' }));
    const processor = { module: module('mel-spectrogram.mjs'), export: 'MelSpectrogramProcessor' };
    const out = join(folder, 'ds');
    await pack({ inputs: join(folder, 'manifest.jsonl'), mono: true, sampleRate: 16_000, processor, out });
    const [sample = {}] = await fields(out);
    const { data, shape } = sample['mel_spectrogram'] as { data: Float32Array; shape: readonly number[] };
    // torchaudio's MelSpectrogram of 80 bins, with a hop of 200 in 16,000 samples and its padding.
    expect([shape, sample['mel_shape'], sample['sample_rate']]).toEqual([[80, 81], [80, 81], 16_000]);
    // 1 kHz is at 1000 mel of HTK, 28.5 steps of 80 triangles that go up to 2840 mel: between the 28th and the 29th.
    const middle = Array.from({ length: 80 }, (_, bin) => data[bin * 81 + 40]!);
    expect([27, 28]).toContain(middle.indexOf(Math.max(...middle)));
    expect(JSON.parse(readFileSync(join(out, 'metadata.json'), 'utf8'))).toMatchObject({
      processors_applied: ['MelSpectrogramProcessor'],
    });
  });

  test('give tokens of samples without sound', async () => {
    const chosen = [0, 1, 4, 5];
    class Texts extends Converter {
      override get converterName() {
        return 'texts';
      }
      override *samples() {
        for (const i of chosen) yield { text: texts[i]! };
      }
    }
    const options = { folder: fileURLToPath(new URL('bert', tokenizers)) };
    const processor = { module: module('custom-nlp.mjs'), export: 'CustomNLPProcessor', options };
    const out = join(scratch(), 'ds');
    await pack({ converter: new Texts(), processor, out });
    const { rows } = cases.find(({ tokenizer }) => tokenizer === 'bert')!;
    const found = await fields(out);
    expect(found).toHaveLength(chosen.length);
    for (const [at, sample] of found.entries()) {
      const numbers = (name: string) => Array.from(sample[name] as BigInt64Array, Number);
      const { input_ids, attention_mask } = rows[chosen[at]!]!;
      expect(numbers('input_ids')).toHaveLength(256);
      expect(numbers('input_ids').slice(0, 32)).toEqual(input_ids);
      expect(numbers('attention_mask').slice(0, 32)).toEqual(attention_mask);
    }
  });
});

describe('a dataset in S3', () => {
  const packed = async () => {
    const folder = scratch();
    for (const n of [0, 1, 2]) writeFileSync(join(folder, `${n}.wav`), wav([n, n, n]));
    const rows = [0, 1, 2].map((n) => JSON.stringify({ audio_filepath: `${n}.wav`, text: `t${n}` }));
    writeFileSync(join(folder, 'manifest.jsonl'), rows.join('\n'));
    const ds = join(folder, 'ds');
    await pack({ inputs: join(folder, 'manifest.jsonl'), out: ds, samplesPerShard: 2, upload: 's3://bucket/data/ds' });
    return ds;
  };
  const retriever = () => {
    const [accessKeyId, secretAccessKey] = ['id', 'the-secret-of-the-test'];
    return new S3Retriever({ url: `${store.url}/bucket/data/ds`, cacheDir: scratch(), accessKeyId, secretAccessKey });
  };

  test('comes shard by shard', async () => {
    const ds = await packed();
    const from = retriever();
    const found = await all(from.samples());
    const place = (path: string) => path.slice(path.indexOf('shard_'));
    const plain = (samples: ReadSample[]) => samples.map((one) => ({ ...one, shard: place(one.shard) }));
    expect(found).toHaveLength(3);
    expect(plain(found)).toEqual(plain(await all(readSamples(ds))));
    expect(readdirSync(from.cacheDir).sort()).toEqual(['metadata.json', 'shard_00000', 'shard_00001']);
  });

  test('is refused where a shard is not that of metadata.json', async () => {
    await packed();
    const name = 'bucket/data/ds/shard_00001/data.mdb';
    const bytes = Buffer.from(store.objects.get(name)!);
    bytes[bytes.length - 1]! ^= 1;
    store.objects.set(name, bytes);
    const found: string[] = [];
    const reading = async () => {
      for await (const { key } of retriever().samples()) found.push(key);
    };
    await expect(reading()).rejects.toThrow('Cannot use shard_00001: its checksum is not that of metadata.json');
    expect(found).toEqual(['sample_00000000', 'sample_00000001']);
  });
});

test('every recipe is on the page', () => {
  // What the regions hold: test/unit/docs/user-pages.test.ts.
  const page = readFileSync(join(root, 'docs/recipes/datasets.md'), 'utf8');
  const shown = [...page.matchAll(/^<!-- begin recipe (.*) -->$/gm)].map(([, name]) => name);
  expect(shown.sort()).toEqual(readdirSync(join(root, 'test/data/recipes')).sort());
});
