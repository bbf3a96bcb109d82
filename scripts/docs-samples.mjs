// @ts-check
/**
 * `node scripts/docs-samples.mjs`: recordings for the examples in docs/, made in demo/ beside what `npm run demo` makes there: twelve clips with
 * labels.csv, whose last rows hold the usual mistakes, a minute of night with calls in it, and a dataset of two shards. The same bytes every time.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { writeWav } from '../dist/index.js';
import { writeSampleShard } from './sample-shards.mjs';

const clips = 12;

/** Noise with calls: each is a tone for a second, [from, hertz]. @param {number} seconds @param {number} rate @param {readonly (readonly [number, number])[]} calls */
function sound(seconds, rate, calls) {
  let state = 88172645;
  const noise = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state | 0) / 2 ** 31;
  };
  return Int16Array.from({ length: seconds * rate }, (_, frame) => {
    const t = frame / rate;
    const call = calls.find(([from]) => t >= from && t < from + 1);
    const tone = call === undefined ? 0 : Math.sin(2 * Math.PI * call[1] * t) * Math.sin(Math.PI * (t - call[0]));
    return Math.round(8000 * tone + 100 * noise());
  });
}

/** @param {string} folder usually demo */
export async function makeSamples(folder) {
  mkdirSync(`${folder}/recordings`, { recursive: true });
  const rows = ['label,recording'];
  for (let i = 0; i < clips; i++) {
    const samples = sound(2, 16_000, [[0.5, 300 * (i + 1)]]);
    await writeWav(
      `${folder}/recordings/clip-${i}.wav`,
      { samples, sampleRate: 16_000, channels: 1 },
      { overwrite: true },
    );
    rows.push(`${i},recordings/clip-${i}.wav`);
  }
  rows.push('12,recordings/missing.wav', 'frog,recordings/clip-1.wav', '3,recordings/clip-11.wav');
  writeFileSync(`${folder}/labels.csv`, `${rows.join('\n')}\n`);
  const samples = sound(60, 32_000, [
    [12, 2500],
    [13, 2500],
    [41, 900],
  ]);
  for (const shard of [0, 1])
    await writeSampleShard(`${folder}/ds/shard_0000${shard}`, { samples: 4, first: 4 * shard });
  const shards = [0, 1].map((id) => ({ id, path: `shard_0000${id}`, samples: 4 }));
  writeFileSync(`${folder}/ds/metadata.json`, `${JSON.stringify({ dataset_size: 8, num_shards: 2, shards })}\n`);
  await writeWav(`${folder}/night.wav`, { samples, sampleRate: 32_000, channels: 1 }, { overwrite: true });
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  await makeSamples('demo');
  console.log(`Made ${clips} clips in demo/recordings, demo/labels.csv, demo/night.wav and demo/ds.`);
}
