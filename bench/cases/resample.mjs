// How many seconds of mono audio does one thread resample in a second, beside SoX ("rate -v", reading and writing raw floats)?
//
//   npm run build && node bench/cases/resample.mjs
//
// One minute of noise in blocks of 64 Ki frames. CPU time of ours, wall time of SoX with its start. SoX is left out when it
// is not installed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Resampler } from '../../dist/formats/resample.js';

const seconds = 60;
const block = 65536;
const folder = mkdtempSync(join(tmpdir(), 'bowerbird-'));
console.log(`${cpus()[0]?.model}, Node ${process.version}; times real time on one thread`);
try {
  for (const [from, to] of [
    [44100, 48000],
    [48000, 32000],
    [22050, 32000],
    [384000, 32000],
    [44100, 44101],
  ]) {
    const noise = Float32Array.from({ length: from * seconds }, () => Math.random() - 0.5);
    const ours = /** @type {const} */ (['high', 'medium', 'low']).map((quality) => {
      new Resampler(from, to, 1, quality);
      return `${quality} ${Math.round(best(() => run(new Resampler(from, to, 1, quality), noise)))}`;
    });
    console.log(`${from} to ${to} Hz: ${ours.join(', ')}; SoX -v ${bySox(from, to, noise) ?? 'not installed'}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @param {Resampler} resampler @param {Float32Array} samples */
function run(resampler, samples) {
  for (let at = 0; at < samples.length; at += block) resampler.push(samples.subarray(at, at + block));
  resampler.flush();
}

/** @param {() => void} call @returns {number} seconds of audio per second, of the best of five */
function best(call) {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const start = process.cpuUsage();
    call();
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / 1e6);
  }
  return seconds / least;
}

/** @param {number} from @param {number} to @param {Float32Array} samples */
function bySox(from, to, samples) {
  const raw = ['-t', 'raw', '-e', 'float', '-b', '32', '-c', '1'];
  const input = join(folder, 'in.raw');
  writeFileSync(input, samples);
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const before = performance.now() / 1000;
    const args = ['-D', ...raw, '-r', `${from}`, input, ...raw, join(folder, 'out.raw'), 'rate', '-v', `${to}`];
    if (spawnSync('sox', ['--single-threaded', ...args]).status !== 0) return undefined;
    least = Math.min(least, performance.now() / 1000 - before);
  }
  return Math.round(seconds / least);
}
