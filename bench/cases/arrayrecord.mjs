// How fast are random records of a warm ArrayRecord file read, beside Google's reader in Python, and how fast is it verified?
//
// Single records, and batches of 256 indices, of 60 KB each in chunks of their own; one thread and two, each with a reader of its own. Both
// sides start the clock when the file is open. `verify` of one file, by one thread and by two, is held against a bare read loop on one thread,
// less the start of Node and of its threads.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { readAll } from '../common/bare-read.mjs';
import { bowerbird, root } from '../common/bench.mjs';
import { bytesOf, made, warm } from '../common/data.mjs';
import { pythonWith } from '../common/peers.mjs';
import { cost } from '../common/process.mjs';
import { comparison, rounds } from '../common/rounds.mjs';
import { startSeconds } from '../common/start.mjs';

const peer = join(root, 'bench/common/array-record-peer.mjs');
const google = join(root, 'bench/peers/array_record_reads.py');
const recordBytes = 60_000;

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const gib = bench.gib(1);
  const count = Math.round((gib * 2 ** 30) / recordBytes);
  for (const codec of ['uncompressed', 'zstd:3']) {
    const { paths } = made(bench, `arrayrecord-${gib}gib-${codec.replace(':', '')}`, (dir) => {
      const path = join(dir, 'x.arrayrecord');
      const { status, stderr } = spawnSync(process.execPath, [
        peer,
        'make',
        path,
        `group_size:1,${codec}`,
        String(count),
      ]);
      if (status !== 0) throw new Error(`Cannot make ${path}: ${stderr}`);
    });
    warm(paths);
    randomReads(bench, codec, paths[0]);
    if (codec === 'uncompressed') verifying(bench, paths);
  }
}

/** @param {import('../common/bench.mjs').Bench} bench @param {string} codec @param {string} path */
function randomReads(bench, codec, path) {
  const python = pythonWith(bench, 'array_record');
  if (python === undefined) {
    bench.say(`Without Google's reader: no array_record at ${bench.options.python} (npm run test:interop makes one).`);
  }
  for (const [how, reads] of /** @type {[string, number][]} */ ([
    ['single', bench.size(20_000, 200)],
    ['batch', bench.size(40_960, 512)],
  ])) {
    for (const threads of [1, 2]) {
      const args = [how, path, String(reads), String(threads)];
      const told = (/** @type {string} */ name, /** @type {string[]} */ command) => ({
        name,
        bytes: reads * recordBytes,
        run() {
          const { stdout, peakMiB, others } = cost(command);
          const { seconds, cpu } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
          return { seconds, cpu, peakMiB, others };
        },
      });
      const contenders = [told('bowerbird', [process.execPath, peer, ...args])];
      if (python !== undefined) contenders.push(told('array_record', [python, google, ...args]));
      const samples = rounds(bench, contenders, { rounds: bench.rounds(7) });
      const words = how === 'single' ? 'single records' : 'batches of 256 records';
      bench.say(`${codec}, ${reads} random reads in ${words}, ${threads} thread${threads > 1 ? 's' : ''}:`);
      bench.say(comparison(samples, ['array_record']));
    }
  }
}

/** @param {import('../common/bench.mjs').Bench} bench @param {readonly string[]} paths */
function verifying(bench, paths) {
  const bytes = bytesOf(paths);
  const samples = rounds(
    bench,
    [
      { name: 'bare read loop', bytes, run: () => readAll(paths) },
      ...[1, 2].map((workers) => ({
        name: `verify --workers ${workers}`,
        bytes,
        less: startSeconds(bench, workers),
        run: () => cost([...bowerbird, 'verify', ...paths, '--workers', String(workers), '--quiet']),
      })),
    ],
    { rounds: bench.rounds(7) },
  );
  bench.say(`verify of ${(bytes / 2 ** 30).toFixed(1)} GiB, uncompressed, page cache warm:`);
  bench.say(comparison(samples, ['bare read loop']));
}
