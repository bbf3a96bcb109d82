// How fast is crc32c() called from Node, beside the CRC-32C packages of npm?
//
// Contenders take turns in one process; a ratio is taken inside a round, of CPU time. One that is not installed is named and left out.
import { createRequire } from 'node:module';
import { crc32c } from '../../dist/formats/records/crc32c.js';
import { native } from '../../dist/native/native.js';
import { median, table } from '../common/stats.mjs';

/** @typedef {{ name: string, call: (bytes: Buffer) => number, speeds: number[] }} Contender */

const require = createRequire(import.meta.url);
/** @type {[string, (module: any) => (bytes: Buffer) => number][]} */
const peers = [
  ['@node-rs/crc32', (module) => module.crc32c],
  ['sse4_crc32', (module) => module.calculate],
  ['fast-crc32c', (module) => module.calculate],
];

/** @param {import('../common/bench.mjs').Bench} bench */
export function run(bench) {
  /** @type {Contender[]} */
  const contenders = [{ name: 'bowerbird', call: (bytes) => crc32c(bytes), speeds: [] }];
  for (const [name, pick] of peers) {
    try {
      const call = pick(require(name));
      contenders.push({ name, call: (bytes) => call(bytes) >>> 0, speeds: [] });
    } catch (error) {
      const [reason] = /** @type {Error} */ (error).message.split('\n');
      bench.say(`Without ${name}: ${reason} (npm i --prefix bench)`);
    }
  }
  bench.say(`Ours is the tier ${native().crc32cTier()}.`);
  for (const [size, rounds] of /** @type {const} */ ([
    [12, 15],
    [61_600, 11],
    [1 << 20, 11],
    [bench.size(64, 2) << 20, 7],
  ])) {
    compare(bench, contenders, size, bench.rounds(rounds));
  }
}

/** @param {import('../common/bench.mjs').Bench} bench @param {Contender[]} contenders @param {number} size @param {number} rounds */
function compare(bench, contenders, size, rounds) {
  const bytes = Buffer.alloc(size, 'bowerbird');
  const expected = crc32c(bytes);
  const all = size <= 64 ? 12e6 : 3e8;
  const calls = Math.max(1, Math.round(all / bench.size(1, 100) / size));
  for (const contender of contenders) {
    contender.speeds = [];
    if (contender.call(bytes) !== expected) throw new Error(`${contender.name} disagrees at ${size} bytes`);
    measure(contender, bytes, Math.min(calls, 20_000)); // lets the compiler settle
  }
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      const speed = measure(contender, bytes, calls);
      contender.speeds.push(speed);
      bench.raw({ name: contender.name, size, round, calls, gigabytesPerSecond: speed });
    }
  }
  const own = contenders[0]?.speeds ?? [];
  bench.say(`${size} bytes, ${rounds} rounds of ${calls} calls:`);
  bench.say(
    table([
      ['', 'GB/s median', 'ns a call', 'bowerbird is so many times as fast: median (range)'],
      ...contenders.map(({ name, speeds }) => {
        const ratios = speeds.map((speed, i) => (own[i] ?? Number.NaN) / speed);
        const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
        const speed = median(speeds);
        return [name, speed.toFixed(2), (size / speed).toFixed(1), `${median(ratios).toFixed(2)} (${range})`];
      }),
    ]),
  );
}

/** @param {Contender} contender @param {Buffer} bytes @param {number} calls @returns {number} GB/s */
function measure({ call }, bytes, calls) {
  const start = process.cpuUsage();
  for (let i = 0; i < calls; i++) call(bytes);
  const used = process.cpuUsage(start);
  return (bytes.length * calls) / ((used.user + used.system) * 1000);
}
