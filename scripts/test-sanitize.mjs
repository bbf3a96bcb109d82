// Runs the unit tests with an addon that has AddressSanitizer and UndefinedBehaviorSanitizer in it, so that the bindings are watched too
// (the cores without Node: native-test.mjs --sanitize):
//   npm run test:sanitize [-- vitest's arguments]     default: all of test/unit that uses the addon, and threads that end
// The build stays in native/build-sanitize. GCC on Linux only: its libasan has to be loaded before Node.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const build = join(root, 'native/build-sanitize');
const packageFolder = createRequire(import.meta.url).resolve;
const headers = [
  join(dirname(packageFolder('node-api-headers/package.json')), 'include'),
  dirname(packageFolder('node-addon-api/package.json')),
];
const flags = '-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g';

run('cmake', [
  ...['-S', join(root, 'native'), '-B', build],
  ...[`-DCMAKE_JS_INC=${headers.join(';')}`, `-DCMAKE_CXX_FLAGS=${flags}`, '-DCMAKE_CXX_COMPILER=g++'],
]);
run('cmake', ['--build', build, '--parallel', String(availableParallelism())]);
// Some tests take the built package, which must fit this addon.
run(process.execPath, [join(root, 'scripts/build-ts.mjs')]);

/** The runtime that g++ links with, as a file. @param {string} name */
const runtime = (name) => spawnSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout.trim();
// Tests that build or install the package, or measure its memory, have nothing to tell here.
const without = ['native-cores', 'fuzz-replay', 'readme', 'policy', 'imports'];
const given = process.argv.slice(2);
const all = readdirSync(join(root, 'test/unit'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts') && !without.includes(basename(path, '.test.ts')))
  .map((path) => `test/unit/${path}`);
// Memory that outlives its thread is what a sanitizer is for.
all.push('test/crash/thread-ends.test.ts');
const tests = given.length > 0 ? given : [...all, '--testNamePattern', '^(?!.*within \\d+ MiB)'];
run(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--testTimeout=120000', ...tests], {
  BOWERBIRD_SANITIZED: join(build, 'bowerbird.node'),
  NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --require ${join(root, 'scripts/sanitized-addon.cjs')}`,
  LD_PRELOAD: `${runtime('libasan.so')} ${runtime('libubsan.so')}`,
  // Node gives nothing back at its end, and WebAssembly of V8 lives on signals of its own.
  ASAN_OPTIONS: 'detect_leaks=0:allow_user_segv_handler=1:handle_segv=0:handle_sigbus=0',
  UBSAN_OPTIONS: 'print_stacktrace=1',
});

/** Ends this process with the command's exit code when it fails. @param {string} command @param {string[]} args @param {object} env */
function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (error) console.error(`Cannot run ${command}: ${error.message}; it takes CMake 3.18 and GCC`);
  if (status !== 0) process.exit(status ?? 1);
}
