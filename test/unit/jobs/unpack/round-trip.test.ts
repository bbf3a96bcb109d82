/** pack() takes what unpack() made, and writes the same shards to the last byte. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unpack } from '../../../../src/api/datasets/unpack.ts';
import { pack } from '../../../../src/api/pack.ts';
import { writeWav } from '../../../../src/api/write-wav.ts';
import { PythonFloat, PythonTuple } from '../../../../src/formats/python/values.ts';
import { Converter } from '../../../../src/samples/converter.ts';
import { scratch } from '../folder.ts';

test.each([
  [{}, '.wav'],
  [{ values: 'msgpack' }, '.wav'],
  [{ codec: 'original' }, '.wav'],
] as const)('with %j', async (options, ending) => {
  const root = scratch();
  const at = (name: string) => join(root, name);
  mkdirSync(at('in'));
  const rows = [1, 7, 12_345, 44_100].map((frames, i) => {
    const channels = 1 + (i % 2);
    return { frames, channels, name: `r${i}.wav`, text: `text ${i} é`, site: `s${i % 2}`, score: i / 2, count: i };
  });
  for (const { frames, channels, name } of rows) {
    const samples = Float32Array.from({ length: frames * channels }, (_, i) => Math.fround(Math.sin(i * frames)));
    await writeWav(at(`in/${name}`), { samples, sampleRate: 44_100, channels }, { type: 'float32' });
  }
  const lines = rows.map(({ name, text, site, score, count }) =>
    // Floats are written as Python writes them.
    JSON.stringify({ audio_filepath: name, text, site, count }).replace('}', `, "score": ${score.toFixed(1)}}`),
  );
  writeFileSync(at('in/rows.jsonl'), `${lines.join('\n')}\n`);
  const keep = { keepColumns: ['site', 'score', 'count'], samplesPerShard: 2, ...options };
  await pack({ inputs: at('in/rows.jsonl'), out: at('ds'), ...keep });
  const report = await unpack({ inputs: at('ds'), out: at('wavs') });
  expect(report).toMatchObject({ samples: 4, sounds: 4, notes: [], notices: [] });
  expect(report.files.every(({ name }) => name.endsWith(ending))).toBe(true);
  await pack({ inputs: at('wavs/manifest.jsonl'), out: at('again'), ...keep });
  for (const shard of ['shard_00000', 'shard_00001']) {
    const [one, two] = ['ds', 'again'].map((folder) => readFileSync(at(`${folder}/${shard}/data.mdb`)));
    expect(one!.equals(two!)).toBe(true);
  }
});

test('fields that JSON has no word for come back, those in files of their own too', async () => {
  const root = scratch();
  const at = (name: string) => join(root, name);
  class Odd extends Converter {
    converterName = 'manifest_file';
    *samples() {
      yield {
        ...{ audio: Float32Array.of(0.5, -0.5), sample_rate: 8000, text: 'one', converter: 'manifest_file' },
        ...{ mel: { data: Float32Array.from({ length: 60 }, (_, i) => i / 7), shape: [6, 10] } },
        ...{ small: Int16Array.of(1, 2, 3), raw: Uint8Array.of(0, 255, 7), pair: new PythonTuple([1, 'two']) },
        ...{
          whole: new PythonFloat(3),
          big: 2n ** 70n,
          not: Number.NaN,
          nested: { 'a b': [new PythonFloat(1), null] },
        },
      };
    }
  }
  await pack({ converter: new Odd(), out: at('ds') });
  await unpack({ inputs: at('ds'), out: at('wavs') });
  const keepColumns = ['mel', 'small', 'raw', 'pair', 'whole', 'big', 'not', 'nested'];
  await pack({ inputs: at('wavs/manifest.jsonl'), out: at('again'), keepColumns });
  const [one, two] = ['ds', 'again'].map((folder) => readFileSync(at(`${folder}/shard_00000/data.mdb`)));
  expect(two!.equals(one!)).toBe(true);
});

test('a file that a field names is read inside of the folder alone, and one that is not there rejects the row', async () => {
  const root = scratch();
  const at = (name: string) => join(root, name);
  mkdirSync(at('in'));
  await writeWav(at('in/a.wav'), { samples: new Float32Array(4), sampleRate: 8000, channels: 1 });
  writeFileSync(at('secret.bin'), 'x');
  const rows = ['../secret.bin', 'gone.npy'].map((name) => `{"audio_filepath":"a.wav","f":{"$file":"${name}"}}`);
  writeFileSync(
    at('in/m.jsonl'),
    [...rows, '{"audio_filepath":"a.wav","f":{"$ref":1}}', '{"audio_filepath":"a.wav","f":1}'].join('\n'),
  );
  const report = await pack({ inputs: at('in/m.jsonl'), out: at('ds'), keepColumns: ['f'], onError: 'skip' });
  expect(report).toMatchObject({ samples: 1, rejects: 3 });
  const rejects = readFileSync(at('ds/rejects.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rejects.map(({ code }) => code)).toEqual(['BAD_SCHEMA', 'NOT_FOUND', 'BAD_SCHEMA']);
  expect(rejects[0].reason).toContain('lies outside');
});
