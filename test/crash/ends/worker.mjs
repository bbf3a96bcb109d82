// A thread that does one work over and over. How it ends is its parent's business, or told by `end` and `after`.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { moduleOf, works } from './works.mjs';

/** `counter` is of works done and one more, for the parent to wait on. */
const { name, folders, counter, end, after } = workerData;
const bowerbird = await moduleOf(name);

const ends = {
  exit: () => process.exit(7),
  throw: () => {
    throw new Error('thrown on purpose');
  },
  reject: () => void Promise.reject(new Error('thrown on purpose')),
};

Atomics.store(counter, 0, 1);
Atomics.notify(counter, 0);
if (end !== undefined) setTimeout(ends[end], after);
for (;;) {
  await works[name](bowerbird, folders);
  Atomics.add(counter, 0, 1);
  Atomics.notify(counter, 0);
  // Work that waits for nothing would leave no turn to the timer.
  await nextTurn();
}
