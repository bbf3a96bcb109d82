// @ts-check
// Runs the suite on other Node versions: `npm run test:nodes -- [20 22 24] [-- vitest arguments]`. npm carries Node itself, as
// one package a platform; a version is installed once, into .cache/nodes.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param {string} version
 * @returns {string} the path of its `node`
 */
function nodeOf(version) {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(root, '.cache/nodes', version);
  const node = join(folder, 'node_modules', name, 'bin/node');
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true });
    const options = [
      '--prefix',
      folder,
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--no-package-lock',
      '--ignore-scripts',
    ];
    const npm = spawnSync('npm', ['install', ...options, `${name}@${version}`], { cwd: folder, encoding: 'utf8' });
    if (npm.status !== 0) throw new Error(`Cannot install Node ${version}: ${npm.stderr}${npm.error ?? ''}`);
  }
  return node;
}

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
