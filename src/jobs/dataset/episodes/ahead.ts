/** What is asked for before its turn comes: in order, so many at a time, and no more bytes than there is room for. */

import type { Stop } from '../../../bytes.ts';
import { takenUpLater } from '../../../promises.ts';

export interface AheadTerms {
  /** Items that are begun before the first of them is taken. */
  readonly most: number;
  /** Of bytes that are begun and not given back. What is larger by itself comes alone. */
  readonly mostBytes: number;
  readonly stop: Stop;
}

interface Begun<T, R> {
  readonly item: T;
  readonly bytes: number;
  readonly result: Promise<R>;
}

/** How often a wait looks at the stop flag, which wakes nobody. */
const lookMs = 100;

/**
 * Yields items with what `begin` made of them, in the order of `items`; each is done with when the next is asked for. Items themselves are
 * asked for ahead as well. `bytesOf`: what an item will hold.
 */
export async function* ahead<T, R>(
  items: AsyncIterable<T>,
  bytesOf: (item: T) => number,
  begin: (item: T) => Promise<R>,
  { most, mostBytes, stop }: AheadTerms,
): AsyncGenerator<{ readonly item: T; readonly result: R }, void, void> {
  const queue: Begun<T, R>[] = [];
  let held = 0;
  let isEnd = false;
  let isLeft = false;
  const changes = new Changes();

  const pump = async () => {
    for await (const item of items) {
      const bytes = bytesOf(item);
      while (!isLeft && queue.length > 0 && (queue.length >= most || held + bytes > mostBytes)) await changes.next();
      if (isLeft) return;
      held += bytes;
      queue.push({ item, bytes, result: takenUpLater(begin(item)) });
      changes.tell();
    }
  };
  let failure: { readonly error: unknown } | undefined;
  const pumping = pump().then(
    () => {
      isEnd = true;
      changes.tell();
    },
    (error) => {
      failure = { error };
      isEnd = true;
      changes.tell();
    },
  );
  try {
    for (;;) {
      while (queue.length === 0 && !isEnd) await unlessStopped(changes.next(), stop);
      const [first] = queue;
      if (first === undefined) break;
      yield { item: first.item, result: await unlessStopped(first.result, stop) };
      // Until here it counts: whoever took it may still look at its bytes.
      queue.shift();
      held -= first.bytes;
      changes.tell();
    }
    await pumping;
    if (failure !== undefined) throw failure.error;
  } finally {
    isLeft = true;
    changes.tell();
  }
}

/** Wakes everybody who waits. */
class Changes {
  #wake = () => {};
  #next: Promise<void>;

  constructor() {
    this.#next = new Promise((resolve) => (this.#wake = resolve));
  }

  next(): Promise<void> {
    return this.#next;
  }

  tell(): void {
    const wake = this.#wake;
    this.#next = new Promise((resolve) => (this.#wake = resolve));
    wake();
  }
}

/** A wait that the stop flag ends; the work goes on without anybody. @throws BowerbirdError INTERRUPTED */
export async function unlessStopped<T>(work: Promise<T>, stop: Stop): Promise<T> {
  stop.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  const stopped = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      try {
        stop.throwIfAborted();
      } catch (error) {
        reject(error);
      }
    }, lookMs);
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    clearInterval(timer);
  }
}
