// Configures, builds and runs the C++ tests:
//   node scripts/native-test.mjs [--sanitize] [name...]     names select tests by a part of their name
// The builds stay in native/build-test and native/build-test-sanitize, so that only what changed is compiled again.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sanitize = process.argv.includes('--sanitize');
const names = process.argv.slice(2).filter((argument) => argument !== '--sanitize');
const build = `${root}native/build-test${sanitize ? '-sanitize' : ''}`;

run('cmake', ['-S', `${root}native/test`, '-B', build, `-DSANITIZE=${sanitize ? 'ON' : 'OFF'}`], 'quiet');
run('cmake', ['--build', build, '--parallel'], 'quiet');
run(`${build}/native_test`, names, 'inherit');

/** Ends this process with the command's exit code when it fails, showing what it said. */
function run(command, args, output) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: output === 'quiet' ? 'pipe' : 'inherit',
  });
  if (error) {
    console.error(`Cannot run ${command}: ${error.message}; the C++ tests need CMake 3.18 and a C++20 compiler`);
    process.exit(1);
  }
  // Compiler warnings are for eyes, even when the build goes on.
  if (output === 'quiet' && (status !== 0 || /warning:/.test(stderr))) console.error(stdout + stderr);
  if (status !== 0) process.exit(status ?? 1);
}
