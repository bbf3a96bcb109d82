// A thread that does one work over and over. How it ends is its parent's business, or told by `end` and `after`.

import { createRequire } from 'node:module';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { moduleOf, works } from './works.mjs';

/** `counters`, for the parent to wait on: works done and one more, and whether they loaded the addon. */
const { name, folders, counters, end, after } = workerData;
const bowerbird = await moduleOf(name);
const { cache } = createRequire(import.meta.url);

const ends = {
  exit: () => process.exit(7),
  throw: () => {
    throw new Error('thrown on purpose');
  },
  reject: () => void Promise.reject(new Error('thrown on purpose')),
};

Atomics.store(counters, 0, 1);
Atomics.notify(counters, 0);
if (end !== undefined) setTimeout(ends[end], after);
for (;;) {
  await works[name](bowerbird, folders);
  if (Object.keys(cache).some((path) => path.endsWith('.node'))) Atomics.store(counters, 1, 1);
  Atomics.add(counters, 0, 1);
  Atomics.notify(counters, 0);
  // Work that waits for nothing would leave no turn to the timer.
  await nextTurn();
}
