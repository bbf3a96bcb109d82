/** Files that are kept open for the next read, as many as a limit allows. */

import { takenUpLater } from '../promises.ts';

export interface Closing {
  close(): Promise<void>;
}

/** Of many files, those that were used last. One that is in use is not closed for another. */
export class OpenFiles<K, T extends Closing> {
  readonly #most: number;
  /** Least recently used first. */
  readonly #files = new Map<K, Promise<T>>();
  readonly #uses = new Map<K, number>();
  readonly #closing = new Set<Promise<void>>();
  #closed = false;

  constructor(most: number) {
    this.#most = most;
  }

  /** take() for the time of `work`. */
  async using<R>(key: K, open: () => Promise<T>, work: (file: T) => Promise<R>): Promise<R> {
    const file = await this.take(key, open);
    try {
      return await work(file);
    } finally {
      this.release(key);
    }
  }

  /** `open` is asked for a file that is not open. One that did not open is tried again by whoever comes next; any other is released once. */
  async take(key: K, open: () => Promise<T>): Promise<T> {
    const file = this.#files.get(key) ?? takenUpLater(open());
    this.#files.delete(key);
    this.#files.set(key, file);
    this.#uses.set(key, (this.#uses.get(key) ?? 0) + 1);
    try {
      return await file;
    } catch (error) {
      this.#files.delete(key);
      this.release(key);
      throw error;
    }
  }

  release(key: K): void {
    const uses = this.#uses.get(key)! - 1;
    if (uses > 0) this.#uses.set(key, uses);
    else this.#uses.delete(key);
    this.#trim();
  }

  /** Reads that are under way end in peace. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#trim();
    await Promise.all(this.#closing);
  }

  #trim(): void {
    const most = this.#closed ? 0 : this.#most;
    for (const [key, file] of this.#files) {
      if (this.#files.size <= most) return;
      if (this.#uses.has(key)) continue;
      this.#files.delete(key);
      // What did not open was told to whoever asked, and closing what was only read loses nothing.
      const closing = file
        .then((it) => it.close())
        .catch(() => {})
        .finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
    }
  }
}
