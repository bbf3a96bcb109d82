/** pack() takes what unpack() made, and writes the same shards to the last byte. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unpack } from '../../../../src/api/datasets/unpack.ts';
import { pack } from '../../../../src/api/pack.ts';
import { writeWav } from '../../../../src/api/write-wav.ts';
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
