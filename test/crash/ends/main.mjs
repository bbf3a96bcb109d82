// A process that ends while its main thread and another do one work, or whose program is over while they do.
//
//   node main.mjs NAME FOLDERS(JSON) exit|throw|end MILLISECONDS

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { mayBeTerminated, moduleOf, works } from './works.mjs';

const [name, given, ending, after] = process.argv.slice(2);
const { input, out } = JSON.parse(given);
const bowerbird = await moduleOf(name);
const work = works[name];

const folders = (who) => {
  const own = join(out, `${ending}-${who}`);
  mkdirSync(own, { recursive: true });
  return { input, out: own };
};

/** Resolves once the other thread has begun. It is terminated with this one. */
async function beginAnother() {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
    workerData: { name, folders: folders('worker'), counter },
  });
  await Atomics.waitAsync(counter, 0, 0).value;
  return worker;
}

const worker = mayBeTerminated(name) ? await beginAnother() : undefined;

if (ending === 'end') {
  // Nobody waits for either; the process lives until the work of this thread is done, and the other thread is in the middle of it then.
  worker?.unref();
  work(bowerbird, folders('main'));
} else {
  setTimeout(() => {
    if (ending === 'exit') process.exit(9);
    throw new Error('thrown on purpose');
  }, Number(after));
  for (;;) {
    await work(bowerbird, folders('main'));
    await nextTurn();
  }
}
