// Other readers of the same files. A peer that is not installed is named and left out.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import { makeEnvironment } from '../../test/interop/environment.mjs';
import { root } from './bench.mjs';
import { bytesOf } from './data.mjs';
import { cost } from './process.mjs';

/** @typedef {import('./bench.mjs').Bench} Bench */
/** @typedef {import('./rounds.mjs').Contender} Contender */

const reader = join(root, 'bench/common/npm-reader.mjs');

/**
 * The readers of npm, each in a process of its own that starts the clock after loading.
 * @param {Bench} bench @param {readonly string[]} paths @returns {Contender[]}
 */
export function npmReaders(bench, paths) {
  const require = createRequire(reader);
  const kinds = [
    ['npm tfrecord', 'tfrecord', ''],
    ['npm tfrecord-stream', 'tfrecord-stream', ''],
    ['npm tfrecord-stream, 1 MiB reads', 'tfrecord-stream', String(1 << 20)],
  ];
  return kinds.flatMap(([name, peer, chunk]) => {
    try {
      require.resolve(peer);
    } catch {
      bench.say(`Without ${name}: it is not installed (npm i --prefix bench).`);
      return [];
    }
    return [told(name, paths, [process.execPath, reader, peer, chunk, ...paths])];
  });
}

/** @param {Bench} bench @param {readonly string[]} paths @returns {Contender[]} */
export function notebook(bench, paths) {
  return python(bench, 'notebook', 'notebook_bench.py', [], paths);
}

/** @param {Bench} bench @param {readonly string[]} paths @returns {Contender[]} */
export function tensorflowReader(bench, paths) {
  return python(bench, 'tf.data raw', 'tf_raw_reader.py', [], paths);
}

/** @param {Bench} bench @returns {string | undefined} a Python that can import `module` */
export function pythonWith(bench, module) {
  const path = interpreterOf(bench);
  return canImport(path, module) ? path : undefined;
}

/** @param {Bench} bench */
function interpreterOf({ options: { python } }) {
  return isAbsolute(python) ? python : join(root, python);
}

/** @param {string} python @param {string} modules */
function canImport(python, modules) {
  return existsSync(python) && spawnSync(python, ['-c', `import ${modules}`]).status === 0;
}

/**
 * The Python of a peer that needs an environment of its own, which is made at the first run; at the smallest size any that can do it will do,
 * and none is made.
 * @param {Bench} bench @param {{ name: string, requirements: string }} environment @param {string} peer @param {string} modules that it imports
 * @returns {Promise<string | undefined>}
 */
export async function ownPython(bench, { name, requirements }, peer, modules) {
  if (!bench.options.smallest) return makeEnvironment(name, join(root, 'bench/peers', requirements), bench.progress);
  const own = join(root, '.cache', name, 'bin/python');
  const found = [own, interpreterOf(bench)].find((path) => canImport(path, modules));
  if (found === undefined)
    bench.say(`Without ${peer}: no Python with ${modules} (npm run bench -- ${bench.name} makes one).`);
  return found;
}

/** @param {Bench} bench @param {string} name @param {string} script @param {readonly string[]} args @param {readonly string[]} paths */
function python(bench, name, script, args, paths) {
  const interpreter = pythonWith(bench, 'tensorflow');
  const file = join(root, 'bench/peers', script);
  if (interpreter === undefined || !existsSync(file)) {
    bench.say(
      `Without ${name}: no Python with TensorFlow at ${bench.options.python} (npm run test:interop makes one).`,
    );
    return [];
  }
  return [told(name, paths, [interpreter, file, ...args, ...paths])];
}

/** A command that prints its own seconds as JSON. @param {string} name @param {readonly string[]} paths @param {readonly string[]} command */
function told(name, paths, command) {
  return {
    name,
    bytes: bytesOf(paths),
    run() {
      const { stdout, peakMiB, others } = cost(command);
      return { seconds: JSON.parse(stdout.trim().split('\n').at(-1)).seconds, peakMiB, others };
    },
  };
}
