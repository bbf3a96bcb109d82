// A thread that does one work over and over. How it ends is its parent's business, or told by `end` and `after`.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { moduleOf, works } from './works.mjs';

/** `counter` is of works done and one more, for the parent to wait on; behind it stands whether the addon was there after the first. */
const { name, folders, counter, end, after } = workerData;
const bowerbird = await moduleOf(name);

const ends = {
  exit: () => process.exit(7),
  throw: () => {
    throw new Error('thrown on purpose');
  },
  reject: () => void Promise.reject(new Error('thrown on purpose')),
};

function enteredAddon() {
  return process.report.getReport().sharedObjects.some((path) => path.endsWith('/bowerbird.node'));
}

Atomics.store(counter, 0, 1);
Atomics.notify(counter, 0);
if (end !== undefined) setTimeout(ends[end], after);
for (let isFirst = true; ; isFirst = false) {
  await works[name](bowerbird, folders);
  // Asked here: Node lets go of the addon with the last thread that has it.
  if (isFirst && counter.length > 1) Atomics.store(counter, 1, enteredAddon() ? 1 : 0);
  Atomics.add(counter, 0, 1);
  Atomics.notify(counter, 0);
  // Work that waits for nothing would leave no turn to the timer.
  await nextTurn();
}
