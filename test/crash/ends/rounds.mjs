// A process whose threads do one work and are ended at 30 moments of it from outside, and at some from within. Then the work is done here
// once more: the process is unhurt. Prints what ended how; anything that is not as it should be is an exception, or worse.
//
//   node rounds.mjs NAME FOLDERS(JSON) SEED TERMINATED
//
// TERMINATED is `terminated`, or `within` for work that is ended from within only.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { mayBeTerminated, moduleOf, works } from './works.mjs';

/** Numbers in [0, 1) that a seed repeats. */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const [name, folders, seed, terminated] = process.argv.slice(2);
const { input, out } = JSON.parse(folders);
const random = randomFrom(Number(seed));
const rounds = 30;
/** From within, of each kind. */
const fewer = 3;
const lanes = 2;
/** Later moments of long work are like earlier ones. */
const mostMilliseconds = 120;

function begin(lane, how = {}) {
  const counter = new Int32Array(new SharedArrayBuffer(8));
  const own = join(out, `lane-${lane}`);
  mkdirSync(own, { recursive: true });
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
    workerData: { name, folders: { input, out: own }, counter, ...how },
  });
  const ended = new Promise((resolve) => {
    let thrown;
    worker.on('error', (error) => (thrown = error.message));
    worker.on('exit', (code) => resolve({ code, thrown }));
  });
  return { worker, counter, ended };
}

/** Until it has begun, and done `times` works. */
async function until({ counter, ended }, times) {
  for (;;) {
    const now = Atomics.load(counter, 0);
    if (now > times) return;
    const { value } = Atomics.waitAsync(counter, 0, now);
    const end = await Promise.race([value, ended]);
    if (typeof end === 'object') throw new Error(`It ended by itself: ${end.thrown ?? end.code}`);
  }
}

function expectEnd({ code, thrown }, expectedCode, expectedThrown) {
  if (code === expectedCode && thrown === expectedThrown) return;
  throw new Error(`Expected code ${expectedCode} and ${expectedThrown}, got ${code} and ${thrown}`);
}

/**
 * Milliseconds in which the ends are spread, of one work and a half, warm; and whether the addon was there after the first work. It is not
 * where nothing entered it, or where only threads did that are over by then.
 */
async function measure() {
  const thread = begin(0);
  await until(thread, 1);
  const start = performance.now();
  await until(thread, 2);
  const taken = performance.now() - start;
  const entered = Atomics.load(thread.counter, 1) === 1;
  expectEnd(await stop(thread), 1);
  return { span: Math.min(mostMilliseconds, Math.max(2, 1.5 * taken)), entered };
}

async function stop({ worker, ended }) {
  await worker.terminate();
  return ended;
}

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function runLane(lane, plan) {
  for (const { end, after } of plan) {
    const thread = begin(lane, { end, after });
    if (end !== undefined) {
      expectEnd(await thread.ended, ...(end === 'exit' ? [7] : [1, 'thrown on purpose']));
      continue;
    }
    await until(thread, 0);
    await wait(after);
    expectEnd(await stop(thread), 1);
  }
}

const { span, entered } = mayBeTerminated(name) ? await measure() : { span: mostMilliseconds, entered: false };
if (terminated !== 'terminated' && entered) throw new Error('Its threads have the addon, and are to be terminated too');
/** Spread: one in each part of the time. */
const moments = (count) => Array.from({ length: count }, (_, i) => ((i + random()) / count) * span);
const plan = [
  ...moments(terminated === 'terminated' ? rounds : 0).map((after) => ({ end: undefined, after })),
  ...['exit', 'throw', 'reject'].flatMap((end) => moments(fewer).map((after) => ({ end, after }))),
].sort(() => random() - 0.5);
await Promise.all(
  Array.from({ length: lanes }, (_, lane) =>
    runLane(
      lane,
      plan.filter((_, i) => i % lanes === lane),
    ),
  ),
);
await works[name](await moduleOf(name), { input, out: join(out, 'lane-0') });
console.log(`${plan.length} ends`);
