// Builds and runs bench.cc. google/crc32c comes from LIBCRC32C=/path/to/libcrc32c.so, else from the system (Debian: libcrc32c1), else
// from the wheel google-crc32c of PyPI, which carries a build of it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const cache = fileURLToPath(new URL('../../.cache/crc32c', import.meta.url));
const wheel = 'google-crc32c==1.9.0';

const library = process.env['LIBCRC32C'] ?? fromSystem() ?? fromWheel();
execFileSync('cmake', ['-S', here, '-B', `${cache}/build`], { stdio: 'ignore' });
execFileSync('cmake', ['--build', `${cache}/build`], { stdio: 'ignore' });
console.log(
  `${cpus()[0].model}, ${cpus().length} processors; google/crc32c: ${library.replace(cache, 'bench/.cache/crc32c')}`,
);
execFileSync(`${cache}/build/crc32c_bench`, [library], { stdio: 'inherit' });

function fromSystem() {
  try {
    const known = execFileSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' });
    return /libcrc32c\.so\S* .*=> (\S+)/.exec(known)?.[1];
  } catch {
    return undefined;
  }
}

function fromWheel() {
  const libraries = `${cache}/wheel/google_crc32c.libs`;
  try {
    if (!existsSync(libraries)) {
      mkdirSync(cache, { recursive: true });
      execFileSync('python3', ['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary=:all:', '-d', cache, wheel]);
      const file = readdirSync(cache).find((name) => name.endsWith('.whl'));
      execFileSync('python3', ['-m', 'zipfile', '-e', `${cache}/${file}`, `${cache}/wheel`]);
    }
    return `${libraries}/${readdirSync(libraries).find((name) => name.startsWith('libcrc32c'))}`;
  } catch (error) {
    console.error(
      `Cannot find google/crc32c: install libcrc32c1, or python3 with pip, or set LIBCRC32C (${error.message})`,
    );
    process.exit(1);
  }
}
