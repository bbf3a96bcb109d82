// Configures, builds and runs the C++ tests:
//   node scripts/native-test.mjs [--sanitize | --arm64] [name...]     names select tests by a part of their name
// --arm64 builds for arm64 and runs under emulation (Debian: g++-aarch64-linux-gnu qemu-user). The builds stay in native/build-test and
// native/build-test-sanitize or -arm64, so that only what changed is compiled again.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sanitize = process.argv.includes('--sanitize');
const arm64 = process.argv.includes('--arm64');
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const build = `${root}native/build-test${sanitize ? '-sanitize' : arm64 ? '-arm64' : ''}`;
const cross = [
  '-DCMAKE_SYSTEM_NAME=Linux',
  '-DCMAKE_SYSTEM_PROCESSOR=aarch64',
  '-DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc',
  '-DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++',
];
const options = [`-DSANITIZE=${sanitize ? 'ON' : 'OFF'}`, ...(arm64 ? cross : [])];

run('cmake', ['-S', `${root}native/test`, '-B', build, ...options], 'quiet');
run('cmake', ['--build', build, '--parallel', String(availableParallelism())], 'quiet');
if (arm64) run('qemu-aarch64', ['-L', '/usr/aarch64-linux-gnu', `${build}/native_test`, ...names], 'inherit');
else run(`${build}/native_test`, names, 'inherit');

/** Ends this process with the command's exit code when it fails, showing what it said. */
function run(command, args, output) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: output === 'quiet' ? 'pipe' : 'inherit',
  });
  if (error) {
    console.error(
      `Cannot run ${command}: ${error.message}; the C++ tests need CMake 3.18 and a C++20 compiler${arm64 ? ' for arm64, and qemu-user' : ''}`,
    );
    process.exit(1);
  }
  // Compiler warnings are for eyes, even when the build goes on.
  if (output === 'quiet' && (status !== 0 || /warning:/.test(stderr))) console.error(stdout + stderr);
  if (status !== 0) process.exit(status ?? 1);
}
