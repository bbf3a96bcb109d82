// How many seconds of mono audio does one thread resample in a second, beside SoX ("rate -v", reading and writing raw floats)?
//
// One minute of noise in blocks of 64 Ki frames. CPU time of ours, wall time of SoX with its start.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Resampler } from '../../dist/formats/audio/resample.js';
import { table } from '../common/stats.mjs';

const block = 65536;
const qualities = /** @type {const} */ (['high', 'medium', 'low']);

/** @param {import('../common/bench.mjs').Bench} bench */
export function run(bench) {
  const seconds = bench.size(60, 1);
  const folder = bench.path('resample');
  mkdirSync(folder, { recursive: true });
  const sox = spawnSync('sox', ['--version']).status === 0;
  if (!sox) bench.say('Without SoX: it is not installed (Debian: apt install sox).');
  const rows = [['from', 'to', ...qualities, ...(sox ? ['SoX -v'] : [])]];
  for (const [from, to] of [
    [44100, 48000],
    [48000, 32000],
    [22050, 32000],
    [384000, 32000],
    [44100, 44101],
  ]) {
    const noise = Float32Array.from({ length: from * seconds }, () => Math.random() - 0.5);
    const ours = qualities.map((quality) => {
      // Makes its filter, which later ones share.
      new Resampler(from, to, 1, quality);
      return best(bench.rounds(5), () => cpuSeconds(() => resample(new Resampler(from, to, 1, quality), noise)));
    });
    const theirs = sox ? [best(bench.rounds(3), () => bySox(folder, from, to, noise))] : [];
    bench.raw({ from, to, seconds, ours: Object.fromEntries(qualities.map((q, i) => [q, ours[i]])), sox: theirs[0] });
    rows.push([`${from}`, `${to}`, ...[...ours, ...theirs].map((taken) => (seconds / taken).toFixed(0))]);
  }
  rmSync(folder, { recursive: true, force: true });
  bench.say(`Times real time on one thread, best of ${bench.rounds(5)} (SoX: of ${bench.rounds(3)}):`);
  bench.say(table(rows));
}

/** @param {Resampler} resampler @param {Float32Array} samples */
function resample(resampler, samples) {
  for (let at = 0; at < samples.length; at += block) resampler.push(samples.subarray(at, at + block));
  resampler.flush();
}

/** @param {number} rounds @param {() => number} seconds */
function best(rounds, seconds) {
  return Math.min(...Array.from({ length: rounds }, seconds));
}

/** @param {() => void} call */
function cpuSeconds(call) {
  const start = process.cpuUsage();
  call();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

/** @param {string} folder @param {number} from @param {number} to @param {Float32Array} samples */
function bySox(folder, from, to, samples) {
  const raw = ['-t', 'raw', '-e', 'float', '-b', '32', '-c', '1'];
  const input = join(folder, 'in.raw');
  writeFileSync(input, samples);
  const before = performance.now() / 1000;
  const args = ['-D', ...raw, '-r', `${from}`, input, ...raw, join(folder, 'out.raw'), 'rate', '-v', `${to}`];
  const { status, stderr } = spawnSync('sox', ['--single-threaded', ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`sox ended with ${status}: ${stderr}`);
  return performance.now() / 1000 - before;
}
