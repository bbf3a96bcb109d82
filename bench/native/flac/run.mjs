// Builds and runs bench.cc: node bench/native/flac/run.mjs [rounds] [file...]
// Without files: synthetic field recordings at five settings, then the IETF test files of ../shared when they are there. Needs CMake,
// pkg-config and the development files of the peers (Debian: libflac-dev libavformat-dev libavcodec-dev).
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const cache = fileURLToPath(new URL('../../.cache/flac', import.meta.url));
const ietf = fileURLToPath(new URL('../../../../shared/data/flac/ietf-subset', import.meta.url));
/** Name, then rate, channels, bits, compression level, seconds. */
const materials = [
  ['mono-22k-5', 22050, 1, 16, 5, 300],
  ['mono-22k-8', 22050, 1, 16, 8, 300],
  ['stereo-44k-5', 44100, 2, 16, 5, 90],
  ['stereo-44k-8', 44100, 2, 16, 8, 90],
  ['stereo-96k-24bit-5', 96000, 2, 24, 5, 40],
];

mkdirSync(cache, { recursive: true });
execFileSync('cmake', ['-S', here, '-B', `${cache}/build`], { stdio: ['ignore', 'ignore', 'inherit'] });
execFileSync('cmake', ['--build', `${cache}/build`], { stdio: ['ignore', 'ignore', 'inherit'] });
const [rounds = '7', ...given] = process.argv.slice(2);
console.log(`${cpus()[0].model}, ${cpus().length} processors`);
if (given.length > 0) {
  bench(given);
} else {
  bench(materials.map(material));
  if (existsSync(ietf))
    bench(
      readdirSync(ietf)
        .filter((name) => name.endsWith('.flac'))
        .sort()
        .map((name) => `${ietf}/${name}`),
    );
}

function bench(files) {
  execFileSync(`${cache}/build/flac_bench`, [rounds, ...files], { stdio: 'inherit' });
}

function material([name, ...settings]) {
  const file = `${cache}/${name}.flac`;
  if (!existsSync(file)) execFileSync(`${cache}/build/flac_material`, [file, ...settings.map(String)]);
  return file;
}
