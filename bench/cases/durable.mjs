// How fast is `bowerbird extract --durable` from cold files, beside cp and a flush of what it wrote?
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { bowerbird } from '../common/bench.mjs';
import { a2oFiles } from '../common/data.mjs';
import { Outputs } from '../common/outputs.mjs';
import { cost } from '../common/process.mjs';
import { comparison, rounds } from '../common/rounds.mjs';

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const input = a2oFiles(bench, bench.gib(8));
  const out = bench.path('out');
  const outputs = new Outputs(out);
  const before = () => {
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out);
    cool(input.paths);
  };
  const extract = (/** @type {number} */ workers) => ({
    name: `extract --durable --workers ${workers}`,
    bytes: input.bytes,
    before,
    run: () =>
      cost([...bowerbird, 'extract', input.dir, '--out', out, '--durable', '--workers', String(workers), '--quiet']),
    check: () => outputs.check(),
  });
  const copy = `cp -r "$1" "$2" && find "$2" -type f -exec sync -d {} + && sync "$2"`;
  const samples = rounds(
    bench,
    [
      { name: 'cp -r, sync', bytes: input.bytes, before, run: () => cost(['sh', '-c', copy, 'sh', input.dir, out]) },
      ...[1, 2, 4, 8].map(extract),
    ],
    { rounds: bench.rounds(5) },
  );
  rmSync(out, { recursive: true, force: true });
  bench.say(`${(input.bytes / 2 ** 30).toFixed(1)} GiB in ${input.paths.length} files, not in the page cache:`);
  bench.say(comparison(samples, ['cp -r, sync']));
}

/** Drops files from the page cache, and nothing else's. @param {readonly string[]} paths */
function cool(paths) {
  for (const path of paths) {
    execFileSync('dd', [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none']);
  }
}
