// How fast is `bowerbird extract` from warm files, beside cp of the same bytes, the notebook and the readers of npm?
//
// cp is the honest baseline: it reads and writes as much and looks at none of it. The notebook and the readers of npm get one file
// and are compared by bytes a second; those readers only read.
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bowerbird } from '../common/bench.mjs';
import { a2oFiles, warm } from '../common/data.mjs';
import { Outputs } from '../common/outputs.mjs';
import { notebook, npmReaders } from '../common/peers.mjs';
import { cost } from '../common/process.mjs';
import { comparison, rounds } from '../common/rounds.mjs';
import { startSeconds } from '../common/start.mjs';

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const gib = bench.gib(8);
  const input = a2oFiles(bench, gib);
  warm(input.paths);
  const out = bench.out();
  const clear = () => {
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out);
  };
  const outputs = new Outputs(out);
  const start = [0, 0, 0];
  if (gib < 8) {
    for (const workers of [1, 2]) start[workers] = startSeconds(bench, workers);
    const [, one, two] = start.map((seconds) => Math.round(seconds * 1000));
    bench.say(
      `Below 8 GiB the start of Node and of its threads is subtracted: ${one} ms with one worker, ${two} ms with two.`,
    );
  }

  const extract = (/** @type {number} */ workers) => ({
    name: `extract --workers ${workers}`,
    bytes: input.bytes,
    less: start[workers],
    before: clear,
    run: () => cost([...bowerbird, 'extract', input.dir, '--out', out, '--workers', String(workers), '--quiet']),
    check: () => outputs.check(),
  });
  const copy = (/** @type {string} */ name, /** @type {readonly string[]} */ command) => ({
    name,
    bytes: input.bytes,
    before: clear,
    run: () => cost(command),
    check: () => checkCopies(input.paths, out),
  });
  const few = input.paths.slice(0, 1);
  const samples = rounds(
    bench,
    [
      copy('cp -r', ['cp', '-r', input.dir, out]),
      extract(1),
      extract(2),
      copy('2 x cp', twoCopies(input.paths, out)),
      ...[...notebook(bench, few), ...npmReaders(bench, few)],
    ],
    { rounds: bench.rounds(7) },
  );
  rmSync(out, { recursive: true, force: true });

  const where = bench.options.ram ? 'a RAM disk' : 'the same disk';
  bench.say(`${(input.bytes / 2 ** 30).toFixed(1)} GiB in ${input.paths.length} files, page cache warm, to ${where}:`);
  bench.say(comparison(samples, ['cp -r', '2 x cp', 'notebook']));
}

/** Half of the files each, at the same time. @param {readonly string[]} paths @param {string} out */
function twoCopies(paths, out) {
  const quote = (/** @type {string} */ path) => `'${path.replaceAll("'", `'\\''`)}'`;
  const half = paths.length >> 1;
  const copy = (/** @type {readonly string[]} */ part) => ['cp', ...[...part, out].map(quote)].join(' ');
  return ['sh', '-c', `${copy(paths.slice(0, half))} & ${copy(paths.slice(half))} && wait $!`];
}

/** @param {readonly string[]} paths @param {string} out */
function checkCopies(paths, out) {
  const copies = /** @type {string[]} */ (readdirSync(out, { recursive: true }))
    .map((name) => statSync(join(out, name)))
    .filter((status) => status.isFile())
    .map(({ size }) => size);
  const sizes = paths.map((path) => statSync(path).size);
  if (copies.sort().join() !== sizes.sort().join()) throw new Error('cp did not copy all of the files');
}
