// @ts-check
// Other Nodes than the one that runs: npm carries Node itself, as one package a platform. Each is installed once, into .cache/nodes.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param {string} version
 * @param {string} arch
 * @returns {string} the path of its `node`
 */
export function nodeOf(version, arch = process.arch) {
  const name = `node-${process.platform}-${arch}`;
  const folder = join(root, '.cache/nodes', arch === process.arch ? version : `${version}-${arch}`);
  const node = join(folder, 'node_modules', name, 'bin/node');
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true });
    const quiet = ['--no-save', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts'];
    // --force: it may be for another processor than this one.
    const options = ['--prefix', folder, '--force', ...quiet];
    const npm = spawnSync('npm', ['install', ...options, `${name}@${version}`], { cwd: folder, encoding: 'utf8' });
    if (npm.status !== 0) throw new Error(`Cannot install Node ${version}: ${npm.stderr}${npm.error ?? ''}`);
  }
  return node;
}
