// One readAudio() after another, timed. Alone: node timed-read.mjs FILE OPTIONS COUNT prints their seconds, in a process that may be pinned.
// Option `again`: into memory that is used again, instead of fresh memory for each.
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { readAudio } from '../../dist/index.js';

/** The samples are gone before the next one is timed. @param {string} path @param {object} options */
export async function timedRead(path, options) {
  globalThis.gc?.();
  await setTimeout(1);
  const before = process.cpuUsage();
  const start = performance.now();
  const { frames } = await readAudio(path, options);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { frames, seconds, cpu: (user + system) / 1e6 };
}

/** Memory that all reads of a recording fit in, touched. @param {string} path @param {{ dtype?: 'int16' | 'float32' }} options */
export async function memoryFor(path, options) {
  const { samples } = await readAudio(path, options);
  const Samples = /** @type {new (memory: SharedArrayBuffer) => typeof samples} */ (samples.constructor);
  return new Samples(new SharedArrayBuffer(samples.byteLength)).fill(1);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [path, options, count] = process.argv.slice(2);
  const { again, ...how } = JSON.parse(options);
  if (again) how.into = await memoryFor(path, how);
  const seconds = [];
  for (let i = -1; i < Number(count); i++) {
    const read = await timedRead(path, how);
    if (i >= 0) seconds.push(read.seconds);
  }
  console.log(JSON.stringify(seconds));
}
