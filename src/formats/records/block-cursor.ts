/** A place in a stream of blocks, from which one may go back a little: what a search behind damage needs. */

import type { ByteBlocks, Stop } from '../../bytes.ts';

/** What stays to go back to. */
export const keptBytes = 64 * 1024;

export class BlockCursor {
  /** What is there; `at` is the place in it. */
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  readonly #blocks: AsyncIterator<Uint8Array>;
  readonly #stop: Stop | undefined;
  /** The last bytes in front of `bytes` are the first `#kept` of these. */
  readonly #before = new Uint8Array(2 * keptBytes);
  #kept = 0;
  #taken = 0;

  constructor(blocks: ByteBlocks, stop: Stop | undefined) {
    this.#blocks = blocks[Symbol.asyncIterator]();
    this.#stop = stop;
  }

  /** Of the place, in the stream. */
  get offset(): number {
    return this.#taken - (this.bytes.length - this.at);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** Adds a block behind what is there; false at the end of the stream. Moves `bytes`. */
  async more(): Promise<boolean> {
    const next = await this.#blocks.next();
    this.#stop?.throwIfAborted();
    if (next.done === true) return false;
    this.#taken += next.value.length;
    this.#keep(this.bytes.subarray(0, this.at).subarray(-keptBytes));
    this.bytes = this.left === 0 ? next.value : Buffer.concat([this.bytes.subarray(this.at), next.value]);
    this.at = 0;
    return true;
  }

  /** Whether `count` bytes are there from the place on; fewer at the end of the stream. */
  async has(count: number): Promise<boolean> {
    while (this.left < count) if (!(await this.more())) return false;
    return true;
  }

  /** As far as `count` bytes, where so many are kept. */
  goBack(count: number): void {
    if (count > this.at) {
      this.at += this.#kept;
      this.bytes = Buffer.concat([this.#before.subarray(0, this.#kept), this.bytes]);
      this.#kept = 0;
    }
    this.at -= Math.min(count, this.at);
  }

  /** A copy: a block may be used again by its maker. */
  #keep(passed: Uint8Array): void {
    if (this.#kept + passed.length > this.#before.length) {
      this.#before.copyWithin(0, this.#kept - keptBytes, this.#kept);
      this.#kept = keptBytes;
    }
    this.#before.set(passed, this.#kept);
    this.#kept += passed.length;
  }

  async close(): Promise<void> {
    await this.#blocks.return?.(undefined);
  }
}
