// How fast do half, bfloat16 and double become float32, beside NumPy's astype?
//
// The addon reads, verifies, parses and converts files in the page cache, and hands the rows over in batches, as readEmbeddings() takes
// them. Less the checksums, and less the same of as many float32 values, that leaves the conversion. NumPy converts an array of one
// record's size, again and again.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { serializeExample, serializeTensor } from '../../dist/index.js';
import { frame } from '../../scripts/a2o-like.mjs';
import { made, warm, writePieces } from '../common/data.mjs';
import { checkPass, extractPass } from '../common/native-pass.mjs';
import { pythonWith } from '../common/peers.mjs';
import { median, table } from '../common/stats.mjs';

const windows = 12;
const values = windows * 1280;
const kinds = /** @type {const} */ (['float16', 'bfloat16', 'float64']);

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const records = bench.size(8000, 80);
  const files = kinds.map((dtype) => ({ dtype, from: tensors(bench, dtype, records) }));
  const plain = tensors(bench, 'float32', records);
  for (const paths of [plain, ...files.map(({ from }) => from)]) warm(paths);
  const numpy = numpyNanos(bench);
  const rows = files.map(({ dtype, from }) => {
    /** @type {number[]} */
    const whole = [];
    /** @type {number[]} */
    const alone = [];
    for (let round = -1; round < bench.rounds(9); round++) {
      const nanos = (/** @type {{ cpu: number }} */ { cpu }) => (cpu * 1e9) / (records * values);
      const all = nanos(extractPass(from));
      const behindChecksums = all - nanos(checkPass(from));
      const withoutConversion = nanos(extractPass(plain)) - nanos(checkPass(plain));
      if (round < 0) continue;
      whole.push(all);
      alone.push(behindChecksums - withoutConversion);
      bench.raw({
        dtype,
        round,
        nanosWithScan: all,
        nanosBehindChecksums: behindChecksums,
        nanosWithoutConversion: withoutConversion,
      });
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

/** @param {import('../common/bench.mjs').Bench} bench @param {string} dtype @param {number} records */
function tensors(bench, dtype, records) {
  return made(bench, `${dtype}-${windows}`, (dir) => {
    const data = dtype === 'float64' ? new Float64Array(values) : new Float32Array(values);
    const payload = (/** @type {number} */ r) => {
      for (let i = 0; i < values; i++) data[i] = Math.sin(i + r);
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
