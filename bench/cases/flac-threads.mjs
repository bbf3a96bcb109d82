// How much faster do two threads decode one long FLAC file than one, through readAudio(), into memory that is used again and into fresh memory?
//
// Contenders take turns, so that a ratio is of neighbours. "One thread" decodes on one and reads ahead on another, which is the kernel's work on
// the second processor: the best that two threads can do on two of them is half of the CPU time of one, and the last column says how near they
// come. "One processor" is the same one thread with both on one processor (taskset).
import { execFileSync, spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { root } from '../common/bench.mjs';
import { warm } from '../common/data.mjs';
import { recording } from '../common/recordings.mjs';
import { median, table } from '../common/stats.mjs';
import { memoryFor, timedRead } from '../common/timed-read.mjs';

const hour = { seconds: 3600, sampleRate: 22050, channels: 1 };
const night = { seconds: 8 * 3600, sampleRate: 22050, channels: 1 };
const stereo = { seconds: 3600, sampleRate: 44100, channels: 2 };
/** @type {[string, typeof hour, { dtype?: 'int16', from?: number, to?: number, again?: boolean }][]} */
const reads = [
  ['1 h, mono 22.05 kHz, int16', hour, { dtype: 'int16', again: true }],
  ['1 h, mono 22.05 kHz, float32', hour, { again: true }],
  ['1 h, stereo 44.1 kHz, float32', stereo, { again: true }],
  ['8 h, mono 22.05 kHz, int16', night, { dtype: 'int16', again: true }],
  ['1 h in the middle of them', night, { dtype: 'int16', from: 4 * 3600, to: 5 * 3600, again: true }],
  ['1 h, mono, int16, fresh memory', hour, { dtype: 'int16' }],
  ['1 h, mono, float32, fresh memory', hour, {}],
  ['1 h, stereo, float32, fresh memory', stereo, {}],
];

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const rounds = bench.rounds(11);
  const rows = [
    [
      '',
      'one processor, ms',
      'one thread, ms',
      'two, ms',
      'processor / two: median (range)',
      'thread / two: median (range)',
      'CPU of one / 2 / wall of two',
    ],
  ];
  for (const [name, shape, options] of reads) {
    const path = await recording(bench, { ...shape, seconds: shape.seconds / bench.size(1, 60) });
    warm([path]);
    const { again = false, ...how } = { ...options, ...within(bench, options) };
    const into = again ? { into: await memoryFor(path, how) } : {};
    /** @type {[number[], number[]]} */
    const walls = [[], []];
    /** @type {[number[], number[]]} */
    const work = [[], []];
    /** @type {number[]} */
    const pinned = [];
    for (let round = bench.size(-1, 0); round < rounds; round++) {
      // Idle threads end after some seconds.
      await timedRead(path, { ...how, from: 0, to: bench.size(900, 15), workers: 2 });
      for (const workers of round % 2 === 0 ? [1, 2] : [2, 1]) {
        const cost = await timedRead(path, { ...how, ...into, workers });
        if (round < 0) continue;
        bench.raw({ name, round, workers, ...cost });
        walls[workers - 1].push(cost.seconds);
        work[workers - 1].push(cost.cpu);
      }
      if (round >= 0) pinned.push(onOneProcessor(path, { ...options, ...within(bench, options) }));
      bench.progress(`${name}: round ${round + 1}/${rounds}`);
    }
    const best = (/** @type {number[]} */ values) => Math.min(...values);
    const ms = (/** @type {number[]} */ values) =>
      `${(1000 * best(values)).toFixed(0)} (${(1000 * median(values)).toFixed(0)})`;
    const times = (/** @type {number[]} */ values) => {
      const ratios = values.map((each, i) => each / walls[1][i]);
      return `${median(ratios).toFixed(2)} (${best(ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;
    };
    const near = (best(work[0]) / 2 / best(walls[1])).toFixed(2);
    bench.raw({ name, pinned });
    rows.push([name, ms(pinned), ms(walls[0]), ms(walls[1]), times(pinned), times(walls[0]), near]);
  }
  bench.say(
    `Best (median) of ${rounds} rounds, ${cpus().length} processors, the file in the page cache, the threads already there.`,
  );
  bench.say(table(rows));
}

/** The stretch of a recording that is read, where not all of it is. */
function within(bench, { from, to }) {
  return from === undefined ? {} : { from: from / bench.size(1, 60), to: to / bench.size(1, 60) };
}

/** Seconds of one thread that shares its processor with its own reads; NaN where there is no taskset. */
function onOneProcessor(path, options) {
  if (spawnSync('taskset', ['-V']).status !== 0) return Number.NaN;
  const child = [process.execPath, join(root, 'bench/common/timed-read.mjs'), path, JSON.stringify(options), '3'];
  return median(JSON.parse(execFileSync('taskset', ['-c', '0', ...child], { encoding: 'utf8' })));
}
