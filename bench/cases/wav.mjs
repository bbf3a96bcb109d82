// How fast do WAV samples become float32, beside memcpy of the result (the least that any reader does)?
//
//   npm run build && node bench/cases/wav.mjs
//
// Contenders take turns in one process; a ratio is taken inside a round. GB/s are of the float32 that come out. The arrays are reused, so no
// page is touched for the first time while the clock runs. Last, whole files through decodeAudio(), whose result is a new array each time: beside
// memcpy into a new array, by wall time.
import { cpus } from 'node:os';
import { encodeWavHeader } from '../../dist/formats/wav-writer.js';
import { decodeAudio } from '../../dist/index.js';
import { native } from '../../dist/native.js';

const kinds = { integer: 0, unsigned: 1, float: 2, alaw: 3, mulaw: 4, low24: 5 };
/** @type {[string, number, number][]} name, kind, bytes a sample */
const layouts = [
  ['8-bit', kinds.unsigned, 1],
  ['16-bit', kinds.integer, 2],
  ['24-bit', kinds.integer, 3],
  ['32-bit', kinds.integer, 4],
  ['float32', kinds.float, 4],
  ['float64', kinds.float, 8],
  ['A-law', kinds.alaw, 1],
];

console.log(`${cpus()[0]?.model}, Node ${process.version}`);
for (const [what, samples] of /** @type {const} */ ([
  ['a window in cache, 160,000 samples', 160_000],
  ['a recording, 16 Mi samples', 16 << 20],
])) {
  console.log(`\n${what}`);
  const out = new Float32Array(samples);
  const copy = new Uint8Array(out.buffer.slice(0));
  const target = new Uint8Array(out.buffer);
  for (const [name, kind, bytes] of layouts) {
    const input = new Uint8Array(samples * bytes).fill(0x35);
    const calls = Math.max(1, Math.round(3e8 / samples / 4));
    const code = kind + 8 * bytes;
    const rounds = Array.from({ length: 9 }, () => {
      const ours = speed(() => native().pcmToFloat(input, code, out), out.byteLength, calls);
      const memcpy = speed(() => target.set(copy), out.byteLength, calls);
      return { ours, memcpy, ratio: ours / memcpy };
    });
    const middle = (/** @type {'ours' | 'memcpy' | 'ratio'} */ key) =>
      rounds.map((round) => round[key]).sort((a, b) => a - b)[4] ?? 0;
    const ratios = rounds.map(({ ratio }) => ratio).sort((a, b) => a - b);
    console.log(
      `${name.padEnd(8)} ${middle('ours').toFixed(2).padStart(6)} GB/s, memcpy ${middle('memcpy').toFixed(2).padStart(6)} GB/s, ` +
        `ratio ${middle('ratio').toFixed(2)} (${ratios[0]?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)})`,
    );
  }
}

console.log('\ndecodeAudio() of a file in memory, 16 Mi samples, into a new array');
for (const [type, bytes] of /** @type {const} */ ([
  ['int16', 2],
  ['int24', 3],
  ['int32', 4],
  ['float32', 4],
])) {
  const frames = 16 << 20;
  const header = encodeWavHeader({ sampleRate: 48000, channels: 1, frames, type });
  const file = new Uint8Array(header.length + frames * bytes).fill(0x35);
  file.set(header);
  const source = new Uint8Array(frames * 4).fill(0x35);
  const rounds = [];
  for (let round = 0; round < 15; round++) {
    const ours = await wall(() => decodeAudio(file));
    const memcpy = await wall(() => source.slice());
    rounds.push({ ours: (frames * 4) / ours / 1e9, memcpy: (frames * 4) / memcpy / 1e9, ratio: memcpy / ours });
  }
  const best = (/** @type {'ours' | 'memcpy'} */ key) => Math.max(...rounds.map((round) => round[key]));
  const ratios = rounds.map(({ ratio }) => ratio).sort((a, b) => a - b);
  console.log(
    `${type.padEnd(8)} ${best('ours').toFixed(2).padStart(6)} GB/s, memcpy ${best('memcpy').toFixed(2).padStart(6)} GB/s, ` +
      `ratio of the best ${(best('ours') / best('memcpy')).toFixed(2)}, median ${ratios[7]?.toFixed(2)} (${ratios[0]?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)})`,
  );
}

/** @param {() => unknown} call */
async function wall(call) {
  globalThis.gc?.();
  const start = performance.now();
  await call();
  return (performance.now() - start) / 1000;
}

/** @param {() => void} call @param {number} bytes @param {number} calls */
function speed(call, bytes, calls) {
  // CPU time, so that a neighbour on the machine costs a ratio less.
  const start = process.cpuUsage();
  for (let i = 0; i < calls; i++) call();
  const { user, system } = process.cpuUsage(start);
  return (bytes * calls) / ((user + system) * 1000);
}
