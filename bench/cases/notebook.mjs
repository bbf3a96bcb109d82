// How fast is `bowerbird extract` beside the notebook that it replaces, on the same files?
//
// The notebook is too slow for the input of the case `extract`, so both get a tenth of it. It starts its clock when TensorFlow is loaded: the
// start of Node and of its threads is subtracted in turn.
import { mkdirSync, rmSync } from 'node:fs';
import { bowerbird } from '../common/bench.mjs';
import { a2oFiles, bytesOf, warm } from '../common/data.mjs';
import { Outputs } from '../common/outputs.mjs';
import { notebook } from '../common/peers.mjs';
import { cost } from '../common/process.mjs';
import { comparison, rounds } from '../common/rounds.mjs';
import { startSeconds } from '../common/start.mjs';

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const all = a2oFiles(bench, bench.gib(8)).paths;
  const paths = all.slice(0, Math.max(2, all.length / 10));
  const bytes = bytesOf(paths);
  warm(paths);
  const out = bench.out();
  const outputs = new Outputs(out);
  const extract = (/** @type {number} */ workers) => ({
    name: `extract --workers ${workers}`,
    bytes,
    less: startSeconds(bench, workers),
    before: () => {
      rmSync(out, { recursive: true, force: true });
      mkdirSync(out);
    },
    run: () => cost([...bowerbird, 'extract', ...paths, '--out', out, '--workers', String(workers), '--quiet']),
    check: () => outputs.check(),
  });
  const samples = rounds(bench, [extract(1), extract(2), ...notebook(bench, paths)], {
    rounds: bench.rounds(7),
  });
  rmSync(out, { recursive: true, force: true });
  const where = bench.options.ram ? 'a RAM disk' : 'the same disk';
  bench.say(`${(bytes / 2 ** 30).toFixed(1)} GiB in ${paths.length} files, page cache warm, to ${where}:`);
  bench.say(comparison(samples, ['notebook']));
}
