// Contenders take turns, in rounds; a ratio is taken inside a round, so that what disturbs one disturbs its neighbours too.
import { median, table } from './stats.mjs';

/**
 * @typedef {{
 *   name: string,
 *   bytes: number,
 *   run: () => { seconds: number, cpu?: number, peakMiB?: number, others?: number },
 *   before?: () => void,
 *   check?: () => void,
 *   every?: number,
 *   less?: number,
 * }} Contender
 * `bytes` of input that a run works on; `before` and `check` are not timed, `check` runs once; `every` n-th round only; `less`
 * seconds are subtracted from each run.
 * @typedef {{ name: string, round: number, bytes: number, seconds: number, cpu?: number, peakMiB?: number, others?: number }} Sample
 */

/**
 * One round to warm up, then `rounds` that count. Each has its own first contender and its own order, so that none always runs in the
 * wake of the same other one: who comes after a heavy writer finds memory that is quick to touch.
 * @param {import('./bench.mjs').Bench} bench
 * @param {readonly Contender[]} contenders
 * @param {{ rounds: number, warmups?: number }} options
 * @returns {Sample[]}
 */
export function rounds(bench, contenders, { rounds, warmups = bench.size(1, 0) }) {
  /** @type {Sample[]} */
  const samples = [];
  const count = contenders.length;
  const strides = Array.from({ length: count }, (_, i) => i + 1).filter((stride) => coprime(stride, count));
  for (let round = -warmups; round < rounds; round++) {
    for (let i = 0; i < contenders.length; i++) {
      const contender = contenders[(i * strides[Math.max(0, round) % strides.length] + Math.max(0, round)) % count];
      if (round % (contender.every ?? 1) !== 0 && round !== -warmups) continue;
      contender.before?.();
      const { seconds, cpu, peakMiB, others } = contender.run();
      if (round === -warmups) contender.check?.();
      if (round < 0) continue;
      const { name, bytes } = contender;
      const sample = { name, round, bytes, seconds: seconds - (contender.less ?? 0), cpu, peakMiB, others };
      samples.push(sample);
      bench.raw(sample);
      bench.progress(
        `round ${round + 1}/${rounds}  ${name.padEnd(24)} ${(bytes / sample.seconds / 1e9).toFixed(3)} GB/s`,
      );
    }
  }
  return samples;
}

/** @param {number} a @param {number} b @returns {boolean} */
function coprime(a, b) {
  return b === 0 ? a === 1 : coprime(b, a % b);
}

/**
 * Speeds, costs and, for each baseline, the median of the ratios of every round with their range, and best to best.
 * @param {readonly Sample[]} samples @param {readonly string[]} baselines
 */
export function comparison(samples, baselines) {
  const names = [...new Set(samples.map(({ name }) => name))];
  const of = (/** @type {string} */ name) => samples.filter((sample) => sample.name === name);
  const speed = (/** @type {Sample} */ { bytes, seconds }) => bytes / seconds / 1e9;
  const known = baselines.filter((name) => names.includes(name));
  const header = ['', 'GB/s best', 'median', 'worst', 'CPU s/GB', 'peak MiB', 'others busy'];
  const rows = names.map((name) => {
    const own = of(name);
    const speeds = own.map(speed);
    const some = (
      /** @type {'cpu' | 'peakMiB' | 'others'} */ key,
      /** @type {(s: Sample) => number} */ map = (s) => s[key] ?? NaN,
    ) => (own.some((sample) => Number.isFinite(sample[key])) ? median(own.map(map)) : undefined);
    return [
      name,
      Math.max(...speeds).toFixed(3),
      median(speeds).toFixed(3),
      Math.min(...speeds).toFixed(3),
      some('cpu', ({ cpu, bytes }) => (cpu ?? NaN) / (bytes / 1e9))?.toFixed(3) ?? '-',
      some('peakMiB')?.toFixed(0) ?? '-',
      percent(some('others')),
      ...known.map((baseline) => ratios(own, of(baseline), speed)),
    ];
  });
  return table([[...header, ...known.map((name) => `÷ ${name}: median (range), best/best`)], ...rows]);
}

/** @param {number | undefined} share */
function percent(share) {
  return share === undefined ? '-' : `${Math.round(share * 100)} %`;
}

/** @param {readonly Sample[]} own @param {readonly Sample[]} base @param {(sample: Sample) => number} speed */
function ratios(own, base, speed) {
  const each = own.flatMap((sample) => {
    const other = base.find(({ round }) => round === sample.round);
    return other === undefined ? [] : [speed(sample) / speed(other)];
  });
  if (each.length === 0) return '-';
  const best = Math.max(...own.map(speed)) / Math.max(...base.map(speed));
  return `${median(each).toFixed(2)} (${Math.min(...each).toFixed(2)} to ${Math.max(...each).toFixed(2)}), ${best.toFixed(2)}`;
}
