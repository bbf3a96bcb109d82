// How fast are warm files verified and extracted, beside a bare read loop, TensorFlow's reader and npm's?
//
// The first three run on one thread of this process; the bare loop reads into page-aligned memory, 1 MiB at a time, and looks at
// nothing; rows are handed over in batches, as readEmbeddings() takes them. The commands are whole processes, less the start of Node and of their threads.
import { readAll } from '../common/bare-read.mjs';
import { bowerbird } from '../common/bench.mjs';
import { a2oFiles, warm } from '../common/data.mjs';
import { checkPass, extractPass } from '../common/native-pass.mjs';
import { npmReaders, tensorflowReader } from '../common/peers.mjs';
import { cost } from '../common/process.mjs';
import { comparison, rounds } from '../common/rounds.mjs';
import { startSeconds } from '../common/start.mjs';

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const input = a2oFiles(bench, bench.gib(8));
  warm(input.paths);
  const { bytes } = input;
  const verify = (/** @type {number} */ workers) => ({
    name: `verify --workers ${workers}`,
    bytes,
    less: startSeconds(bench, workers),
    run: () => cost([...bowerbird, 'verify', input.dir, '--workers', String(workers), '--quiet']),
  });
  const few = input.paths.slice(0, Math.max(1, input.paths.length >> 3));
  const samples = rounds(
    bench,
    [
      { name: 'bare read loop', bytes, run: () => readAll(input.paths) },
      { name: 'scan: CRCs and rows', bytes, run: () => extractPass(input.paths) },
      { name: 'scan: CRCs only', bytes, run: () => checkPass(input.paths) },
      verify(1),
      verify(2),
      ...tensorflowReader(bench, input.paths),
      ...npmReaders(bench, few),
    ],
    { rounds: bench.rounds(7) },
  );
  bench.say(`${(bytes / 2 ** 30).toFixed(1)} GiB in ${input.paths.length} files, page cache warm:`);
  bench.say(comparison(samples, ['bare read loop', 'tf.data raw', 'npm tfrecord']));
}
