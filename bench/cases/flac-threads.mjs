// How much faster do two threads decode one long FLAC file than one, through readAudio() into fresh memory?
//
// Contenders take turns in one process, so that a ratio is of neighbours. One thread reads ahead while it decodes, which is the kernel's work on
// the second processor: on two of them the best that two threads can do is half of the CPU time of one, and the last column says how near they come.
import { cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { readAudio } from '../../dist/index.js';
import { warm } from '../common/data.mjs';
import { recording } from '../common/recordings.mjs';
import { median, table } from '../common/stats.mjs';

const hour = { seconds: 3600, sampleRate: 22050, channels: 1 };
const night = { seconds: 8 * 3600, sampleRate: 22050, channels: 1 };
const stereo = { seconds: 3600, sampleRate: 44100, channels: 2 };
/** @type {[string, typeof hour, object][]} */
const reads = [
  ['1 h, mono 22.05 kHz, float32', hour, {}],
  ['1 h, mono 22.05 kHz, int16', hour, { dtype: 'int16' }],
  ['1 h, stereo 44.1 kHz, float32', stereo, {}],
  ['8 h, mono 22.05 kHz, int16', night, { dtype: 'int16' }],
  ['1 h in the middle of them', night, { dtype: 'int16', from: 4 * 3600, to: 5 * 3600 }],
];

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const rounds = bench.options.rounds ?? 11;
  const rows = [
    ['', 'one thread, ms', 'two, ms', 'ratio: median (range)', 'best / best', 'CPU of one / 2 / wall of two'],
  ];
  for (const [name, shape, options] of reads) {
    const path = await recording(bench, shape);
    warm([path]);
    /** @type {[number[], number[]]} */
    const walls = [[], []];
    /** @type {[number[], number[]]} */
    const work = [[], []];
    for (let round = -1; round < rounds; round++) {
      for (const workers of round % 2 === 0 ? [1, 2] : [2, 1]) {
        const cost = await timed(() => readAudio(path, { ...options, workers }));
        if (round < 0) continue;
        bench.raw({ name, round, workers, ...cost });
        walls[workers - 1].push(cost.seconds);
        work[workers - 1].push(cost.cpu);
      }
      bench.progress(`${name}: round ${round + 1}/${rounds}`);
    }
    const ratios = walls[0].map((one, i) => one / walls[1][i]);
    const best = (/** @type {number[]} */ values) => Math.min(...values);
    const ms = (/** @type {number[]} */ values) =>
      `${(1000 * best(values)).toFixed(0)} (${(1000 * median(values)).toFixed(0)})`;
    rows.push([
      name,
      ms(walls[0]),
      ms(walls[1]),
      `${median(ratios).toFixed(2)} (${best(ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
      (best(walls[0]) / best(walls[1])).toFixed(2),
      (best(work[0]) / 2 / best(walls[1])).toFixed(2),
    ]);
  }
  bench.say(
    `Best (median) of ${rounds} rounds, ${cpus().length} processors, the file in the page cache, the threads already there.`,
  );
  bench.say(table(rows));
}

/** The samples are gone before the next one is timed. @param {() => Promise<{ frames: number }>} read */
async function timed(read) {
  globalThis.gc?.();
  await setTimeout(1);
  const before = process.cpuUsage();
  const start = performance.now();
  const { frames } = await read();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { frames, seconds, cpu: (user + system) / 1e6 };
}
