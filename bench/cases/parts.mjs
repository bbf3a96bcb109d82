// How fast are the other parts: repair, gzip input, salvage of a damaged file?
import { closeSync, copyFileSync, mkdirSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { bowerbird } from '../common/bench.mjs';
import { a2oFiles, made, warm } from '../common/data.mjs';
import { zipped } from '../common/gzip.mjs';
import { cost } from '../common/process.mjs';
import { comparison, rounds } from '../common/rounds.mjs';

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const { paths } = a2oFiles(bench, bench.gib(2), 10);
  const whole = /** @type {string} */ (paths[0]);
  const gzip = zipped(bench, paths.slice(0, 2));
  const [damaged] = made(bench, 'damaged', (dir) => damage(whole, join(dir, 'damaged.tfrecord'))).paths;
  warm([whole, damaged, ...gzip.paths]);
  const out = bench.path('out');
  const before = () => {
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out);
  };
  const { size: bytes } = statSync(whole);
  const command = (
    /** @type {string} */ name,
    /** @type {number} */ bytes,
    /** @type {readonly string[]} */ args,
    accept = [0],
  ) => ({
    name,
    bytes,
    before,
    run: () => cost([...bowerbird, ...args, '--quiet'], { accept }),
  });
  const samples = rounds(
    bench,
    [
      { name: 'cp', bytes, before, run: () => cost(['cp', whole, out]) },
      command('extract', bytes, ['extract', whole, '--out', out]),
      command(
        'extract --on-error salvage, damaged',
        bytes,
        ['extract', damaged, '--out', out, '--on-error', 'salvage'],
        [3],
      ),
      command('verify, damaged', bytes, ['verify', damaged], [4]),
      command('repair, damaged', bytes, ['repair', damaged, '--out', join(out, 'repaired.tfrecord')], [0, 3, 4]),
      // By the bytes that come out of gzip; two files, so the two workers have one each.
      command('extract, gzip', gzip.plainBytes, ['extract', ...gzip.paths, '--out', out]),
      command('verify, gzip', gzip.plainBytes, ['verify', ...gzip.paths]),
    ],
    { rounds: bench.rounds(5) },
  );
  rmSync(out, { recursive: true, force: true });
  bench.say(
    `Whole processes, the start of Node (about 0.2 s) included; one file of ${(bytes / 2 ** 30).toFixed(2)} GiB, page cache warm:`,
  );
  bench.say(comparison(samples, ['cp']));
}

/** Overwrites a byte in every tenth MiB, and one in the middle. @param {string} from @param {string} to */
function damage(from, to) {
  copyFileSync(from, to);
  const fd = openSync(to, 'r+');
  const { size } = statSync(to);
  for (let at = Math.min(5 << 20, size >> 1); at < size; at += 10 << 20) writeSync(fd, Buffer.from([0xa5]), 0, 1, at);
  closeSync(fd);
}
