// How fast is each body of CRC-32C in C++, beside google/crc32c, which LevelDB and TensorFlow programs use?
//
// Builds bench/native/crc32c with CMake. google/crc32c comes from LIBCRC32C=/path/to/libcrc32c.so, else from the system (Debian: libcrc32c1),
// else from the wheel google-crc32c of PyPI, which carries a build of it.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildNative } from '../common/native-build.mjs';

const wheel = 'google-crc32c==1.9.0';

/** @param {import('../common/bench.mjs').Bench} bench */
export function run(bench) {
  const work = bench.path('crc32c');
  mkdirSync(work, { recursive: true });
  const build = buildNative('crc32c', join(work, 'build'));
  const library = process.env['LIBCRC32C'] ?? fromSystem() ?? fromWheel(work);
  if (library === undefined) {
    bench.say(
      'Without google/crc32c: neither the system nor PyPI has it (apt install libcrc32c1, or python3 with pip).',
    );
  }
  const size = String(bench.size(256, 1));
  const args = [String(bench.rounds(15)), size, ...(library === undefined ? [] : [library])];
  bench.say(execFileSync(join(build, 'crc32c_bench'), args, { encoding: 'utf8' }).trim());
}

function fromSystem() {
  const { stdout } = spawnSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' });
  return /libcrc32c\.so\S* .*=> (\S+)/.exec(stdout ?? '')?.[1];
}

/** @param {string} work */
function fromWheel(work) {
  const libraries = join(work, 'wheel/google_crc32c.libs');
  if (!existsSync(libraries)) {
    const pip = ['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary=:all:', '-d', work, wheel];
    if (spawnSync('python3', pip, { stdio: 'ignore' }).status !== 0) return undefined;
    const file = readdirSync(work).find((name) => name.endsWith('.whl'));
    spawnSync('python3', ['-m', 'zipfile', '-e', join(work, file ?? ''), join(work, 'wheel')], { stdio: 'ignore' });
  }
  if (!existsSync(libraries)) return undefined;
  const name = readdirSync(libraries).find((file) => file.startsWith('libcrc32c'));
  return name === undefined ? undefined : join(libraries, name);
}
