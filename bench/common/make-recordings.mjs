// A process of its own that makes recordings for the benchmarks of ingest: mono, 16 bits, tones that rise and fall in noise (FLAC makes about
// two thirds of it, as of field recordings), and labels.csv beside them. The same bytes every time.
//
//   make-recordings.mjs FOLDER wav|flac COUNT SECONDS RATE
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeFlac, writeWav } from '../../dist/index.js';

const [folder = '', kind = '', ...numbers] = process.argv.slice(2);
const [count = 0, seconds = 0, sampleRate = 0] = numbers.map(Number);
const rows = ['Label,Blob Name'];
for (let i = 0; i < count; i++) {
  const name = `clip-${String(i).padStart(5, '0')}.${kind}`;
  const audio = { samples: clip(i), sampleRate, channels: 1 };
  if (kind === 'flac') await encodeFlac(join(folder, name), audio, { bits: 16 });
  else await writeWav(join(folder, name), audio, { type: 'int16' });
  rows.push(`${i % 50},${name}`);
}
writeFileSync(join(folder, 'labels.csv'), `${rows.join('\n')}\n`);

/** @param {number} seed */
function clip(seed) {
  let state = (seed + 1) * 2654435761;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 8; i++) uniform();
  const pitch = 200 + 3800 * uniform();
  const beat = 0.5 + 7.5 * uniform();
  const level = 0.001 + 0.019 * uniform();
  return Float32Array.from({ length: Math.round(seconds * sampleRate) }, (_, frame) => {
    const t = frame / sampleRate;
    const tone = 0.3 * Math.sin(2 * Math.PI * pitch * t) * Math.sin(2 * Math.PI * beat * t) ** 2;
    // Twice the standard deviation of the mean of three is one.
    const noise = 2 * (uniform() + uniform() + uniform() - 1.5);
    return tone + level * noise;
  });
}
