/** The bytes of a column chunk, for readers that go on and on: few reads where pages are small, one a page where they are large. */

import type { ByteSource, Stop } from '../../bytes.ts';

/** A read of a local file costs little, a request much. */
const localWindow = 256 << 10;
const remoteWindow = 4 << 20;
/** Of many columns each gets less, so that all of them together take no more than these. */
const fewColumns = 8;
const leastWindow = 16 << 10;
/** While pages are passed over: a header and what happens to be behind it. */
const glance = 4 << 10;

export class ChunkBytes {
  readonly end: number;
  readonly #source: ByteSource;
  readonly #window: number;
  readonly #stop: Stop | undefined;
  #from = 0;
  #held: Uint8Array = new Uint8Array(0);

  /** `end`: what is behind it belongs to others. `beside`: how many columns are read at a time. */
  constructor(source: ByteSource, end: number, isRemote: boolean, beside: number, stop: Stop | undefined) {
    this.#source = source;
    this.end = Math.min(end, source.byteLength);
    const window = isRemote ? remoteWindow : localWindow;
    this.#window = Math.max(leastWindow, Math.min(window, Math.floor((window * fewColumns) / beside)));
    this.#stop = stop;
  }

  /** Borrowed: `least` bytes at `at`, or more; fewer only at the end. `passing`: what follows will probably not be asked for. */
  async look(at: number, least: number, passing: boolean): Promise<Uint8Array> {
    const wanted = Math.min(least, this.end - at);
    if (!this.#holds(at, wanted)) {
      const length = Math.max(wanted, passing ? glance : this.#window);
      await this.#read(at, Math.min(length, this.end - at));
    }
    return this.#held.subarray(at - this.#from);
  }

  /** Of the caller, in memory of their own. REQUIRES: at + length <= end */
  async take(at: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let done = this.#holds(at, 0) ? this.#copy(at, bytes) : 0;
    if (done < length && length - done < this.#window / 2) {
      await this.#read(at + done, Math.min(this.#window, this.end - at - done));
      done += this.#copy(at + done, bytes.subarray(done));
    }
    if (done < length) {
      this.#stop?.throwIfAborted();
      const rest = bytes.subarray(done);
      if (this.#source.readInto === undefined) rest.set(await this.#source.read(at + done, rest.length));
      else await this.#source.readInto(at + done, rest);
    }
    return bytes;
  }

  /** What is held of what begins at `at`; how much that is. */
  #copy(at: number, bytes: Uint8Array): number {
    const from = at - this.#from;
    const part = this.#held.subarray(from, from + bytes.length);
    bytes.set(part);
    return part.length;
  }

  #holds(at: number, length: number): boolean {
    return at >= this.#from && at + length <= this.#from + this.#held.length;
  }

  async #read(at: number, length: number): Promise<void> {
    this.#stop?.throwIfAborted();
    this.#held = await this.#source.read(at, length);
    this.#from = at;
  }
}
