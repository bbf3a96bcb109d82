// @ts-check
// Runs the suite on other Node versions: `npm run test:nodes -- [20 22 24] [-- vitest arguments]`.
import { spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeOf } from './nodes.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const separator = process.argv.indexOf('--', 2);
const own = process.argv.slice(2, separator === -1 ? undefined : separator);
const forVitest = separator === -1 ? [] : process.argv.slice(separator + 1);

for (const version of own.length === 0 ? ['20', '22', '24'] : own) {
  const node = nodeOf(version);
  const name = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  process.stdout.write(`\nThe suite on Node ${name}\n`);
  // First on the PATH, so that the processes that tests start (npm among them) run on it too.
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH']}` };
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const run = spawnSync(node, [vitest, 'run', ...forVitest], { cwd: root, env, stdio: 'inherit' });
  if (run.status !== 0) {
    process.stderr.write(`The suite failed on Node ${name}\n`);
    process.exitCode = 1;
  }
}
