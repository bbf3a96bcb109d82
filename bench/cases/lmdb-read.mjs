// How fast is an LMDB file read, all of it and by single keys, beside a cursor of the C library and one of py-lmdb?
//
// Values of 100 bytes, 3 kB and 64 kB, page cache warm; every value is touched, one byte of each 64, in the place where the reader has it. A
// cursor of the C library gives a pointer into its map; `copied` copies each value out, as whoever keeps it must. Ours gives memory of its own:
// it reads the next batches on other threads meanwhile, which shows where a processor is idle. Each in a process of its own, which starts the
// clock when the file is open; ours has read it a few times before, for the compiler.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../common/bench.mjs';
import { bytesOf, made, warm } from '../common/data.mjs';
import { buildNative } from '../common/native-build.mjs';
import { ownPython } from '../common/peers.mjs';
import { cost } from '../common/process.mjs';
import { comparison, rounds } from '../common/rounds.mjs';

const peer = join(root, 'bench/common/lmdb-peer.mjs');
const script = join(root, 'bench/peers/lmdb_cursor.py');

/** Bytes of a value, how many there are, and how many are got by their keys. */
const trials = /** @type {const} */ ([
  [100, 2_000_000, 100_000],
  [3000, 100_000, 50_000],
  [64_000, 8000, 8000],
]);

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const cursor = join(buildNative('lmdb', bench.path('lmdb-cursor')), 'lmdb_cursor');
  const python = await ownPython(
    bench,
    { name: 'lmdb-venv', requirements: 'lmdb-requirements.txt' },
    'py-lmdb',
    'lmdb',
  );
  for (const [bytes, most, mostGets] of trials) {
    const entries = bench.size(most, 100);
    const gets = bench.size(mostGets, 100);
    const { paths } = made(bench, `lmdb-${bytes}-${entries}`, (dir) => {
      const path = join(dir, 'data.mdb');
      const command = [peer, 'make', path, `${entries}`, `${bytes}`];
      const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`Cannot make ${path}: ${stderr}`);
    });
    warm(paths);
    const path = paths[0] ?? '';
    /** @type {(how: string, ours: readonly string[], count: readonly string[]) => [string, string[]][]} */
    const contenders = (how, ours, count) => [
      ...ours.map((each) => /** @type {[string, string[]]} */ ([each, [process.execPath, peer, each, path, ...count]])),
      ['C cursor', [cursor, how, path, ...count]],
      ...(how === 'scan' ? [/** @type {[string, string[]]} */ (['C cursor, copied', [cursor, 'copy', path]])] : []),
      ...(python === undefined
        ? []
        : [/** @type {[string, string[]]} */ (['py-lmdb', [python, script, how, path, ...count]])]),
    ];
    const all = contenders('scan', ['scan', 'views'], []);
    compare(bench, `${entries} values of ${bytes} bytes, all in order`, bytesOf(paths), all);
    const some = contenders('get', ['getNow', 'get'], [`${gets}`]);
    compare(bench, `${gets} of them by their keys`, gets * bytes, some);
  }
}

/** @param {import('../common/bench.mjs').Bench} bench @param {string} what @param {number} bytes @param {readonly [string, string[]][]} commands */
function compare(bench, what, bytes, commands) {
  /** @type {Set<string>} */
  const sums = new Set();
  const contenders = commands.map(([name, command]) => ({
    name,
    bytes,
    run() {
      const { stdout, peakMiB, others } = cost(command);
      const { seconds, cpu, entries, sum } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
      sums.add(`${entries} entries, sum ${sum}`);
      return { seconds, cpu, peakMiB, others };
    },
  }));
  const samples = rounds(bench, contenders, { rounds: bench.rounds(5) });
  if (sums.size !== 1) throw new Error(`Not everybody read the same: ${[...sums].join('; ')}`);
  bench.say(`${what}:`);
  bench.say(comparison(samples, ['C cursor', 'C cursor, copied', 'py-lmdb']));
}
