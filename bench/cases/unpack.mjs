// How fast are samples of LMDB shards unpacked, beside a copy of what is made and a Python loop over py-lmdb, pickle and soundfile?
//
// Two seconds of sound at 8,000 Hz a sample, every fourth with an array of as many values. The commands are whole processes; the loop's clock starts when
// its libraries are loaded. Of the copy and of the loop no name is safe, no checksum kept and no run taken up again.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeSampleShard } from '../../scripts/sample-shards.mjs';
import { bowerbird, root } from '../common/bench.mjs';
import { bytesOf, warm } from '../common/data.mjs';
import { ownPython } from '../common/peers.mjs';
import { cost } from '../common/process.mjs';
import { comparison, rounds } from '../common/rounds.mjs';

const shards = 4;

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const each = bench.size(2000, 50);
  const dataset = await datasetOf(bench, each);
  const files = readdirSync(dataset).map((shard) => join(dataset, shard, 'data.mdb'));
  warm(files);
  const bytes = bytesOf(files);
  const environment = { name: 'unpack-venv', requirements: 'unpack-requirements.txt' };
  const python = await ownPython(bench, environment, 'py-lmdb and soundfile', 'lmdb, numpy, soundfile');
  const out = bench.path('out');
  const whole = bench.path('whole');
  rmSync(whole, { recursive: true, force: true });
  const unpack = (/** @type {string} */ into, /** @type {number} */ workers) =>
    cost([...bowerbird, 'unpack', dataset, '--out', into, '--workers', `${workers}`, '--quiet']);
  unpack(whole, 2);
  const before = () => {
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out);
  };
  const contenders = [
    { name: 'cp -r', bytes, before, run: () => cost(['cp', '-r', whole, out]) },
    { name: 'unpack --workers 1', bytes, before, run: () => unpack(out, 1) },
    { name: 'unpack --workers 2', bytes, before, run: () => unpack(out, 2) },
  ];
  if (python !== undefined) {
    const loop = join(root, 'bench/peers/unpack_loop.py');
    const time = () => {
      const { stdout, peakMiB, others } = cost([python, loop, dataset, out]);
      return { seconds: JSON.parse(stdout).seconds, peakMiB, others };
    };
    contenders.push({ name: 'py-lmdb, pickle, soundfile', bytes, before, run: /** @type {any} */ (time) });
  }
  const samples = rounds(bench, contenders, { rounds: bench.rounds(7) });
  bench.say(`${shards * each} samples in ${shards} shards, ${Math.round(bytes / 2 ** 20)} MiB, page cache warm:`);
  bench.say(comparison(samples, ['cp -r', 'py-lmdb, pickle, soundfile']));
}

/** @param {import('../common/bench.mjs').Bench} bench @param {number} each */
async function datasetOf(bench, each) {
  const dataset = bench.path(`unpack-${each}`);
  if (existsSync(dataset)) return dataset;
  bench.progress(`making ${shards * each} samples`);
  const draft = `${dataset}.making`;
  rmSync(draft, { recursive: true, force: true });
  for (let i = 0; i < shards; i++) {
    await writeSampleShard(join(draft, `shard_0000${i}`), { samples: each, first: i * each, frames: 16_000 });
  }
  renameSync(draft, dataset);
  return dataset;
}
