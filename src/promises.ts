/** Promises that are begun before they are waited for, or not waited for to their end. */

import { interrupted, throwIfAborted } from './counters.ts';

/** Says that somebody awaits it further on: until then, and when its caller has left by then, a failure must not end the process as unhandled. */
export function takenUpLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** What others wait for, however long: an abort ends the wait, though not the work. @throws BowerbirdError INTERRUPTED */
export async function unlessAborted<T>(work: T | PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  throwIfAborted(signal);
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(interrupted(signal.reason));
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The same of each of many. What gives them is told that no more are wanted, and not waited for where it was aborted. */
export async function* untilAborted<T>(items: AsyncGenerator<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  try {
    for (;;) {
      const next = await unlessAborted(items.next(), signal);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    const end = takenUpLater(items.return(undefined));
    if (signal?.aborted !== true) await end;
  }
}
