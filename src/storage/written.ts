/** What was written: how much, and its checksum, counted while it passes. */

import { native } from '../native/native.ts';

export interface Written {
  readonly bytes: number;
  /** Eight lower-case hex digits. */
  readonly crc32c: string;
}

export function crcText(crc: number): string {
  return (crc >>> 0).toString(16).padStart(8, '0');
}

/** Told of every block in order. */
export class WrittenCount {
  #bytes = 0;
  #crc = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(block: Uint8Array): void {
    this.#crc = native().crc32c(block, this.#crc);
    this.#bytes += block.length;
  }

  /** The same blocks, counted when they are taken. */
  async *through(blocks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    for await (const block of blocks) {
      this.add(block);
      yield block;
    }
  }

  total(): Written {
    return { bytes: this.#bytes, crc32c: crcText(this.#crc) };
  }
}
