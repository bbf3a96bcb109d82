/** The stretch of a stream that a parser looks at: filled from blocks, handed over to batches, never written twice. */

import type { ByteBlocks, Stop } from '../../src/bytes.ts';
import { BowerbirdError } from '../../src/errors.ts';
import { crc32c, crc32cCombine } from '../../src/formats/records/crc32c.ts';

/** Distance of remembered prefix checksums: one native call each, so not too close; a check recomputes up to two, so not too far. */
const markBytes = 1024;

export class Window {
  /** Bytes below `filled` are final: views of them may be given away. */
  bytes: Uint8Array;
  filled = 0;
  /** The parser's place in `bytes`. */
  at = 0;
  /** No more bytes will come. */
  ended = false;
  /** Why the stream ended early, when its maker said so (a damaged or cut compressed stream). */
  failure: BowerbirdError | undefined;

  readonly #source: AsyncIterator<Uint8Array>;
  readonly #size: number;
  readonly #stop: Stop | undefined;
  #block: Uint8Array = new Uint8Array(0);
  /** Offset in the stream of bytes[0]. */
  #base = 0;
  /** marks[i] is the CRC-32C of bytes[0, i * markBytes). */
  #marks: number[] = [0];

  constructor(blocks: ByteBlocks, size: number, stop: Stop | undefined) {
    this.#source = blocks[Symbol.asyncIterator]();
    this.#size = size;
    this.#stop = stop;
    this.bytes = new Uint8Array(size);
  }

  /** Offset of `at` in the stream. */
  get offset(): number {
    return this.#base + this.at;
  }

  get full(): boolean {
    return this.filled === this.bytes.length;
  }

  /**
   * Takes in as much as fits, to the end of the room or of the stream, so that what the parser sees does not depend on how the
   * stream was cut. A full window makes room first: bytes behind `at` are let go when they are the greater part,
   * else the room doubles. Either way the bytes moved are paid for by bytes read.
   */
  async fill(): Promise<void> {
    if (this.full) this.#makeRoom();
    while (!this.full && !this.ended) {
      if (this.#block.length === 0) await this.#nextBlock();
      const part = this.#block.subarray(0, this.bytes.length - this.filled);
      this.bytes.set(part, this.filled);
      this.filled += part.length;
      this.#block = this.#block.subarray(part.length);
    }
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  /** CRC-32C of bytes[from, to), at a cost that does not grow with the distance (beyond the first visit). */
  crcBetween(from: number, to: number): number {
    if (to - from <= 2 * markBytes) return crc32c(this.bytes.subarray(from, to));
    // CRC(AB) = shift(CRC(A)) ^ CRC(B), so with two prefixes the same formula yields the part between them.
    return crc32cCombine(this.#prefix(from), this.#prefix(to), to - from);
  }

  #prefix(to: number): number {
    const mark = Math.floor(to / markBytes);
    for (let i = this.#marks.length; i <= mark; i++) {
      this.#marks.push(crc32c(this.bytes.subarray((i - 1) * markBytes, i * markBytes), this.#marks[i - 1]));
    }
    return crc32c(this.bytes.subarray(mark * markBytes, to), this.#marks[mark]);
  }

  #makeRoom(): void {
    const rest = this.bytes.subarray(this.at, this.filled);
    const room = rest.length <= this.bytes.length / 2 ? Math.max(this.#size, rest.length * 2) : this.bytes.length * 2;
    // A new piece each time: the old one belongs to the batches made from it.
    const bytes = new Uint8Array(room);
    bytes.set(rest);
    this.bytes = bytes;
    this.#base += this.at;
    this.at = 0;
    this.filled = rest.length;
    this.#marks = [0];
  }

  async #nextBlock(): Promise<void> {
    this.#stop?.throwIfAborted();
    try {
      const step = await this.#source.next();
      if (step.done) this.ended = true;
      else this.#block = step.value;
    } catch (error) {
      if (!(error instanceof BowerbirdError) || (error.code !== 'CORRUPT_RECORD' && error.code !== 'TRUNCATED'))
        throw error;
      this.failure = error;
      this.ended = true;
    }
  }
}
