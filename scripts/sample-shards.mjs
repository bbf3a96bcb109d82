// Writes an LMDB shard of samples such as pack() makes, for tests that run what is built.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `folder`/data.mdb: sound of one channel, at 8,000 Hz, every fourth sample with an array instead; every tenth cannot be read where `bad`.
 * @param {string} folder
 * @param {{ samples: number, first?: number, bad?: boolean, frames?: number }} options `frames`: by 20
 */
export async function writeSampleShard(folder, { samples, first = 0, bad = false, frames = 400 }) {
  const [{ LmdbWriter }, { writePickle }, { numpyArray }, { PythonFloat, PythonTuple }] = await Promise.all([
    import('../dist/formats/lmdb/write.js'),
    import('../dist/formats/pickle/write.js'),
    import('../dist/formats/python/numpy.js'),
    import('../dist/formats/python/values.js'),
  ]);
  mkdirSync(folder, { recursive: true });
  rmSync(join(folder, 'data.mdb'), { force: true });
  const writer = new LmdbWriter(join(folder, 'data.mdb'));
  const said = {
    sample_rate: 8000,
    shape: new PythonTuple([frames]),
    dtype: 'float32',
    duration: new PythonFloat(frames / 8000),
  };
  for (let i = 0; i < samples; i++) {
    const number = first + i;
    const floats = Float32Array.from({ length: frames }, (_, at) => Math.sin(at * number) / 2);
    const audio = new Uint8Array(floats.buffer);
    const sample =
      i % 4 === 3
        ? { text: `array ${number}`, features: numpyArray(floats, [20, frames / 20]) }
        : { audio, ...said, text: `sound ${number}` };
    const value = bad && i % 10 === 9 ? Buffer.from('no sample') : writePickle(sample).slice();
    await writer.write([Buffer.from(`sample_${String(number).padStart(8, '0')}`)], [value]);
  }
  await writer.finish();
  await writer.close();
}
