// Writes an LMDB shard of samples such as pack() makes, for tests that run what is built.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `folder`/data.mdb: sound of one channel and 0.05 s a sample, every fourth with an array instead; every tenth cannot be read where `bad`.
 * @param {string} folder
 * @param {{ samples: number, first?: number, bad?: boolean }} options
 */
export async function writeSampleShard(folder, { samples, first = 0, bad = false }) {
  const [{ LmdbWriter }, { writePickle }, { numpyArray }] = await Promise.all([
    import('../dist/formats/lmdb/write.js'),
    import('../dist/formats/pickle/write.js'),
    import('../dist/formats/python/numpy.js'),
  ]);
  mkdirSync(folder, { recursive: true });
  const writer = new LmdbWriter(join(folder, 'data.mdb'));
  for (let i = 0; i < samples; i++) {
    const number = first + i;
    const floats = Float32Array.from({ length: 400 }, (_, at) => Math.sin(at * number) / 2);
    const audio = new Uint8Array(floats.buffer);
    const sample =
      i % 4 === 3
        ? { text: `array ${number}`, features: numpyArray(floats, [20, 20]) }
        : { audio, sample_rate: 8000, text: `sound ${number}`, dtype: 'float32' };
    const value = bad && i % 10 === 9 ? Buffer.from('no sample') : writePickle(sample).slice();
    await writer.write([Buffer.from(`sample_${String(number).padStart(8, '0')}`)], [value]);
  }
  await writer.finish();
  await writer.close();
}
