/**
 * Memory for the bodies of objects, used again: left to V8, what waits for its turn grows old, and only full collections free it. Pieces come in
 * few sizes, so that a small object never holds a large piece.
 */
export class BodyPool {
  readonly #mostBytes: number;
  readonly #free = new Map<number, Uint8Array[]>();
  #bytes = 0;

  /** `mostBytes`: of what nobody uses at the moment. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  take(bytes: number): Uint8Array {
    const size = sizeFor(bytes);
    const memory = this.#free.get(size)?.pop();
    if (memory === undefined) return new Uint8Array(size);
    this.#bytes -= size;
    return memory;
  }

  /** What is of no size of ours, as a storage's own memory, is let go. */
  give(memory: Uint8Array): void {
    const { length } = memory;
    if (this.#bytes + length > this.#mostBytes) {
      // What is of a size that is no longer asked for makes room for what is.
      this.#free.clear();
      this.#bytes = 0;
    }
    if (length > this.#mostBytes || sizeFor(length) !== length) return;
    this.#bytes += length;
    const others = this.#free.get(length);
    if (others === undefined) this.#free.set(length, [memory]);
    else others.push(memory);
  }
}

/** The next of 4 KiB, 8, 12, 16, 24, 32, ...: two sizes to each power of two. */
export function sizeFor(bytes: number): number {
  const power = 2 ** Math.max(12, Math.ceil(Math.log2(Math.max(1, bytes))));
  return bytes <= power * 0.75 && power > 4096 ? power * 0.75 : power;
}
