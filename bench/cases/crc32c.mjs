// How fast is crc32c() called from Node, beside the CRC-32C packages of npm?
//
//   npm run build && npm i --prefix bench && node bench/cases/crc32c.mjs
//
// Contenders take turns in one process; a ratio is taken inside a round. One that is not installed is named and left out.
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { crc32c } from '../../dist/formats/crc32c.js';
import { native } from '../../dist/native.js';

/** @typedef {{ name: string, call: (bytes: Buffer) => number, speeds: number[] }} Contender */

const require = createRequire(import.meta.url);
/** @type {[string, (module: any) => (bytes: Buffer) => number][]} */
const peers = [
  ['@node-rs/crc32', (module) => module.crc32c],
  ['sse4_crc32', (module) => module.calculate],
  ['fast-crc32c', (module) => module.calculate],
];
/** @type {Contender[]} */
const contenders = [{ name: 'bowerbird', call: (bytes) => crc32c(bytes), speeds: [] }];
for (const [name, pick] of peers) {
  try {
    const call = pick(require(name));
    contenders.push({ name, call: (bytes) => call(bytes) >>> 0, speeds: [] });
  } catch (error) {
    console.log(`without ${name}: ${/** @type {Error} */ (error).message.split('\n')[0]}`);
  }
}
console.log(`${cpus()[0]?.model}, Node ${process.version}, tier ${native().crc32cTier()}`);

for (const [size, rounds] of [
  [12, 15],
  [61_600, 11],
  [1 << 20, 11],
  [64 << 20, 7],
]) {
  compare(size, rounds);
}

/** @param {number} size @param {number} rounds */
function compare(size, rounds) {
  const bytes = Buffer.alloc(size, 'bowerbird');
  const expected = crc32c(bytes);
  const calls = Math.max(1, Math.round((size <= 64 ? 12e6 : 3e8) / size));
  for (const contender of contenders) {
    contender.speeds = [];
    if (contender.call(bytes) !== expected) throw new Error(`${contender.name} disagrees at ${size} bytes`);
    measure(contender, bytes, Math.min(calls, 20_000)); // lets the compiler settle
  }
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) contender.speeds.push(measure(contender, bytes, calls));
  }
  console.log(`\n${size} bytes, ${rounds} rounds of ${calls} calls`);
  for (const { name, speeds } of contenders) {
    const ratios = speeds.map((speed, i) => contenders[0].speeds[i] / speed).sort((a, b) => a - b);
    const speed = median(speeds);
    console.log(
      `${name.padEnd(16)} ${speed.toFixed(2).padStart(7)} GB/s ${(size / speed).toFixed(1).padStart(10)} ns/call` +
        `   bowerbird is ${median(ratios).toFixed(2)}x as fast (${ratios[0].toFixed(2)} to ${ratios.at(-1).toFixed(2)})`,
    );
  }
}

/** @param {Contender} contender @param {Buffer} bytes @param {number} calls @returns {number} GB/s */
function measure({ call }, bytes, calls) {
  const start = process.cpuUsage();
  for (let i = 0; i < calls; i++) call(bytes);
  const used = process.cpuUsage(start);
  return (bytes.length * calls) / ((used.user + used.system) * 1000);
}

/** @param {readonly number[]} values */
function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
