// How fast do half, bfloat16 and double become float32, beside NumPy's astype?
//
// The addon reads, verifies, parses and converts files in the page cache, and throws the rows away; less a pass without conversion
// (float32 of as many bytes), that leaves the conversion. NumPy converts an array of one record's size, again and again.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { serializeExample, serializeTensor } from '../../dist/index.js';
import { frame } from '../../scripts/a2o-like.mjs';
import { made, warm, writePieces } from '../common/data.mjs';
import { nativePass } from '../common/native-pass.mjs';
import { pythonWith } from '../common/peers.mjs';
import { median, table } from '../common/stats.mjs';

const windows = 12;
const values = windows * 1280;
const kinds = /** @type {const} */ ([
  ['float16', 2],
  ['bfloat16', 2],
  ['float64', 8],
]);

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const records = bench.size(8000, 80);
  const files = kinds.map(([dtype, size]) => ({
    dtype,
    from: tensors(bench, dtype, windows, records),
    // As many bytes of float32: what a pass costs that converts nothing.
    plain: tensors(bench, 'float32', (windows * size) / 4, records),
  }));
  for (const { from, plain } of files) warm([...from, ...plain]);
  const numpy = numpyNanos(bench);
  const rows = files.map(({ dtype, from, plain }) => {
    /** @type {number[]} */
    const whole = [];
    /** @type {number[]} */
    const alone = [];
    for (let round = -1; round < bench.rounds(9); round++) {
      const all = (nativePass(from).cpu * 1e9) / (records * values);
      const rest = (nativePass(plain).cpu * 1e9) / (records * values);
      if (round < 0) continue;
      whole.push(all);
      alone.push(all - rest);
      bench.raw({ dtype, round, nanosWithScan: all, nanosWithoutConversion: rest });
    }
    const other = numpy?.[dtype];
    const ns = (/** @type {number | undefined} */ value) => value?.toFixed(3) ?? '-';
    const ratio =
      other === undefined ? '-' : `${(other / median(whole)).toFixed(1)}, ${(other / median(alone)).toFixed(1)}`;
    return [dtype, ns(median(whole)), ns(median(alone)), ns(other), ratio];
  });
  bench.say('Nanoseconds a value, CPU time of one thread, medians:');
  bench.say(
    table([
      ['to float32 from', 'scan and convert', 'convert alone', 'NumPy astype', 'NumPy ÷ ours: with scan, alone'],
      ...rows,
    ]),
  );
}

/** @param {import('../common/bench.mjs').Bench} bench @param {string} dtype @param {number} windows @param {number} records */
function tensors(bench, dtype, windows, records) {
  return made(bench, `${dtype}-${windows}`, (dir) => {
    const length = windows * 1280;
    const data = dtype === 'float64' ? new Float64Array(length) : new Float32Array(length);
    const payload = (/** @type {number} */ r) => {
      for (let i = 0; i < length; i++) data[i] = Math.sin(i + r);
      return serializeExample({
        embedding: { kind: 'bytes', values: [serializeTensor(data, [windows, 1, 1280], dtype)] },
        filename: { kind: 'bytes', values: ['site_0280/20201001T000000+1030_Arkaba-Dry-A_49500.flac'] },
        timestamp_s: { kind: 'float', values: [60] },
      });
    };
    const pool = Array.from({ length: 16 }, (_, r) => frame(Buffer.from(payload(r))));
    writePieces(join(dir, 'tensors.tfrecord'), records, (r) => /** @type {Buffer} */ (pool[r % pool.length]));
  }).paths;
}

/** @param {import('../common/bench.mjs').Bench} bench @returns {{ [dtype: string]: number } | undefined} */
function numpyNanos(bench) {
  const python = pythonWith(bench, 'numpy, ml_dtypes');
  if (python === undefined) {
    bench.say(
      `Without NumPy: no Python with numpy and ml_dtypes at ${bench.options.python} (npm run test:interop makes one).`,
    );
    return undefined;
  }
  const times = bench.size(2000, 20);
  const script = `
import json, time, numpy, ml_dtypes
result = {}
for name, dtype in (("float16", numpy.float16), ("bfloat16", ml_dtypes.bfloat16), ("float64", numpy.float64)):
    arrays = [numpy.sin(numpy.arange(${values}) + i).astype(dtype) for i in range(16)]
    best = 1e9
    for _ in range(9):
        start = time.process_time()
        for i in range(${times}): arrays[i % 16].astype(numpy.float32)
        best = min(best, time.process_time() - start)
    result[name] = best / ${times} / ${values} * 1e9
print(json.dumps(result))`;
  const { stdout } = spawnSync(python, ['-c', script], { encoding: 'utf8' });
  return JSON.parse(stdout);
}
