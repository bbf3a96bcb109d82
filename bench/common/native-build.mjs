// Builds a C++ benchmark of bench/native with CMake.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './bench.mjs';

/** @param {string} name a folder of bench/native @param {string} build @param {readonly string[]} [options] @returns {string} `build` */
export function buildNative(name, build, options = []) {
  cmake(['-S', join(root, 'bench/native', name), '-B', build, ...options]);
  cmake(['--build', build]);
  return build;
}

/** @param {readonly string[]} args */
function cmake(args) {
  const { status, error, stdout, stderr } = spawnSync('cmake', args, { encoding: 'utf8' });
  if (error !== undefined) {
    throw new Error(`Cannot run cmake, which builds the C++ side: ${error.message} (Debian: apt install cmake g++)`);
  }
  if (status !== 0) throw new Error(`cmake ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
}
