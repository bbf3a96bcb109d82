/** The bytes of a pickle, read from the front. Whatever length they claim is compared with what is there. */

import type { DataFaults } from '../python/faults.ts';
import { pythonText } from '../python/text.ts';
import { asInt } from '../python/values.ts';

/** An int of Python has no end; these have 65,536 bits. */
const mostIntBytes = 8192;
const longestName = 1024;

export class PickleInput {
  readonly #faults: DataFaults;
  readonly #buffer: Buffer;
  #at = 0;
  /** Where the frame ends, or else the pickle. */
  #limit: number;

  constructor(bytes: Uint8Array, faults: DataFaults) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#limit = bytes.length;
    this.#faults = faults;
  }

  get at(): number {
    return this.#at;
  }

  /** Bytes behind the place, whatever frame they are in. */
  get left(): number {
    return this.#buffer.length - this.#at;
  }

  opcode(): number {
    if (this.#at === this.#limit) {
      if (this.left === 0) {
        throw this.#faults.fault('TRUNCATED', 'it ends before STOP', this.#at);
      }
      this.#limit = this.#buffer.length;
    }
    this.#faults.at = this.#at;
    return this.#buffer[this.#at++]!;
  }

  /** A frame holds whole opcodes, and no other frame. */
  frame(): void {
    const length = this.length8();
    if (this.#limit !== this.#buffer.length) throw this.#faults.wrong('a frame begins inside another');
    this.#limit = this.#skip(length) + length;
    this.#at -= length;
  }

  u8(): number {
    return this.#buffer[this.#skip(1)]!;
  }

  u16(): number {
    return this.#buffer.readUInt16LE(this.#skip(2));
  }

  u32(): number {
    return this.#buffer.readUInt32LE(this.#skip(4));
  }

  i32(): number {
    return this.#buffer.readInt32LE(this.#skip(4));
  }

  /** Python writes floats big-endian. */
  float(): number {
    return this.#buffer.readDoubleBE(this.#skip(8));
  }

  /** Beyond 2^53 it is rounded, and more than any input has. */
  length8(): number {
    const low = this.u32();
    return this.u32() * 2 ** 32 + low;
  }

  /** A view. */
  bytes(length: number): Uint8Array {
    const start = this.#skip(length);
    return new Uint8Array(this.#buffer.buffer as ArrayBuffer, this.#buffer.byteOffset + start, length);
  }

  text(length: number): string {
    const start = this.#skip(length);
    const text = pythonText(this.#buffer, start, this.#at);
    if (text === undefined)
      throw this.#faults.wrong('a text is not UTF-8, or holds two surrogates that JavaScript takes for one character');
    return text;
  }

  /** Little-endian two's complement. */
  int(length: number): number | bigint {
    if (length < 0 || length > mostIntBytes) {
      throw this.#faults.refused(`an int of ${length} bytes, expected at most ${mostIntBytes}`);
    }
    const start = this.#skip(length);
    if (length === 0) return 0;
    if (length <= 6) return this.#buffer.readIntLE(start, length);
    const hex = Buffer.from(this.#buffer.subarray(start, start + length))
      .reverse()
      .toString('hex');
    return asInt(BigInt.asIntN(8 * length, BigInt(`0x${hex}`)));
  }

  /** A name as GLOBAL and INST have it: up to the end of the line. */
  line(): string {
    const from = this.#at;
    const end = this.#buffer.subarray(from, Math.min(from + longestName, this.#limit)).indexOf(0x0a);
    if (end >= 0) return this.text(end + 1).slice(0, -1);
    if (this.left <= longestName) this.#skip(this.left + 1);
    throw this.#faults.wrong('a name has no end');
  }

  /** Where `length` bytes begin. */
  #skip(length: number): number {
    const start = this.#at;
    if (length > this.#limit - start) {
      const inFrame = this.#limit < this.#buffer.length && length <= this.left;
      throw inFrame
        ? this.#faults.wrong('it goes beyond the end of its frame')
        : this.#faults.fault('TRUNCATED', `it ends at byte ${this.#buffer.length}, ${length} bytes were to come`);
    }
    this.#at = start + length;
    return start;
  }
}
