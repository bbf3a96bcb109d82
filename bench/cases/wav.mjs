// How fast do WAV samples become float32, beside memcpy of as many bytes (the least that any reader does)?
//
// Contenders take turns in one process; a ratio is taken inside a round, in CPU time, so that a neighbour on the machine costs it less. memcpy
// moves as many bytes as the larger of the two sides has: of float64 what comes in, of all else the float32 that come out. The arrays are
// used again, so no page is touched for the first time while the clock runs. Last, whole files through decodeAudio(), whose result is a new
// array each time: beside memcpy into a new array, by wall time.
import { encodeWavHeader } from '../../dist/formats/wav/writer.js';
import { decodeAudio } from '../../dist/index.js';
import { native } from '../../dist/native/native.js';
import { median, table } from '../common/stats.mjs';

const kinds = { integer: 0, unsigned: 1, float: 2, alaw: 3, mulaw: 4 };
/** @type {[string, number, number][]} name, kind, bytes a sample */
const layouts = [
  ['8-bit', kinds.unsigned, 1],
  ['16-bit', kinds.integer, 2],
  ['24-bit', kinds.integer, 3],
  ['32-bit', kinds.integer, 4],
  ['float32', kinds.float, 4],
  ['float64', kinds.float, 8],
  ['A-law', kinds.alaw, 1],
  ['mu-law', kinds.mulaw, 1],
];
const header = ['', 'GB/s of the larger side', 'memcpy', 'ratio: median (range)'];

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  for (const [what, samples] of /** @type {const} */ ([
    ['A window in cache, 160,000 samples', 160_000],
    [`A recording, ${bench.size(16, 1)} Mi samples`, bench.size(16, 1) << 20],
  ])) {
    bench.say(`${what}, CPU time`);
    const rows = [header];
    for (const [name, kind, bytes] of layouts) {
      const input = new Uint8Array(samples * bytes).fill(0x35);
      const out = new Float32Array(samples);
      const larger = Math.max(input.byteLength, out.byteLength);
      const [from, to] = [new Uint8Array(larger).fill(0x35), new Uint8Array(larger)];
      const calls = Math.max(1, Math.round(bench.size(3e8, 3e6) / larger));
      const code = kind + 8 * bytes;
      const ours = () => cpu(() => native().pcmToFloat(input, code, out), calls);
      const memcpy = () => cpu(() => to.set(from), calls);
      rows.push([name, ...(await compare(bench, `${what}, ${name}`, larger * calls, 9, ours, memcpy))]);
    }
    bench.say(table(rows));
  }

  bench.say(`decodeAudio() of a file in memory, ${bench.size(16, 1)} Mi samples, into a new array, wall time`);
  const rows = [header];
  for (const [type, bytes] of /** @type {const} */ ([
    ['int16', 2],
    ['int24', 3],
    ['int32', 4],
    ['float32', 4],
  ])) {
    const frames = bench.size(16, 1) << 20;
    const head = encodeWavHeader({ sampleRate: 48000, channels: 1, frames, type });
    const file = new Uint8Array(head.length + frames * bytes).fill(0x35);
    file.set(head);
    const source = new Uint8Array(frames * 4).fill(0x35);
    const ours = () => wall(() => decodeAudio(file));
    const memcpy = () => wall(() => source.slice());
    rows.push([type, ...(await compare(bench, `decodeAudio(), ${type}`, frames * 4, 15, ours, memcpy))]);
  }
  bench.say(table(rows));
}

/**
 * @param {import('../common/bench.mjs').Bench} bench @param {string} name @param {number} bytes
 * @param {number} count rounds @param {() => number | Promise<number>} ours seconds @param {() => number | Promise<number>} memcpy
 */
async function compare(bench, name, bytes, count, ours, memcpy) {
  /** @type {[number, number][]} */
  const samples = [];
  for (let round = -1; round < bench.rounds(count); round++) {
    const both = /** @type {[number, number]} */ ([await ours(), await memcpy()]);
    if (round < 0) continue;
    bench.raw({ name, bytes, ours: both[0], memcpy: both[1] });
    samples.push(both);
  }
  const speed = (/** @type {0 | 1} */ side) => (bytes / median(samples.map((both) => both[side])) / 1e9).toFixed(2);
  const ratios = samples.map(([first, second]) => second / first);
  const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  return [speed(0), speed(1), `${median(ratios).toFixed(2)} (${range})`];
}

/** Seconds. @param {() => void} call @param {number} calls */
function cpu(call, calls) {
  const start = process.cpuUsage();
  for (let i = 0; i < calls; i++) call();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

/** @param {() => unknown} call */
async function wall(call) {
  globalThis.gc?.();
  const start = performance.now();
  await call();
  return (performance.now() - start) / 1000;
}
