// How long does the command take when there is nothing to do?
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { bowerbird } from '../common/bench.mjs';
import { made, writePieces } from '../common/data.mjs';
import { cost } from '../common/process.mjs';
import { median, table } from '../common/stats.mjs';

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const { paths } = made(bench, 'empty', (dir) => {
    for (const name of ['a.tfrecord', 'b.tfrecord']) writePieces(join(dir, name), 0, () => Buffer.alloc(0));
  });
  const out = bench.path('out-empty');
  /** @type {[string, readonly string[]][]} */
  const commands = [
    ['node -e 0', [process.execPath, '-e', '0']],
    ['--version', [...bowerbird, '--version']],
    ['--help', [...bowerbird, '--help']],
    ['extract of an empty file', [...bowerbird, 'extract', /** @type {string} */ (paths[0]), '--out', out, '--quiet']],
  ];
  /** @type {number[][]} */
  const times = commands.map(() => []);
  const runs = bench.rounds(20);
  for (let i = 0; i < runs; i++) {
    for (const [c, [name, command]] of commands.entries()) {
      rmSync(out, { recursive: true, force: true });
      const { seconds } = cost(command);
      bench.raw({ name, seconds });
      times[c].push(seconds * 1000);
    }
  }
  rmSync(out, { recursive: true, force: true });
  const ms = (/** @type {number} */ value) => value.toFixed(0);
  const rows = commands.map(([name], c) => [
    name,
    ms(median(times[c])),
    ms(Math.min(...times[c])),
    ms(Math.max(...times[c])),
  ]);
  bench.say(`${runs} runs each, in turn:`);
  bench.say(table([['command', 'ms median', 'best', 'worst'], ...rows]));
}
