/**
 * Checks structures in Thrift's compact protocol before a library makes objects of them: every length against the bytes that are left, and how
 * deep they go. https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */

import { Damage } from './faults.ts';

/** The structures of Parquet are 5 deep. */
const mostDepth = 24;
const mostVarint = 10;

/** The structure goes on behind the bytes that there are. */
export class Unfinished extends Damage {
  constructor() {
    super('it goes on behind its end', 'TRUNCATED');
  }
}

/**
 * Where the structure that begins at `from` ends. Each element of a list takes a byte at least, so what is made of a checked structure is
 * never much larger than its bytes. Throws Unfinished, or Damage.
 */
export function structureEnd(bytes: Uint8Array, from: number): number {
  return new Walk(bytes, from).structure(0);
}

class Walk {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  structure(depth: number): number {
    if (depth > mostDepth) throw new Damage(`it is nested more than ${mostDepth} deep`);
    for (;;) {
      const head = this.#byte();
      const type = head & 0x0f;
      if (type === 0) return this.#at;
      // A field number that is no small step from the one before.
      if (head >> 4 === 0) this.#varint();
      this.#element(type, depth, false);
    }
  }

  #element(type: number, depth: number, inList: boolean): void {
    switch (type) {
      case 1:
      case 2:
        // The type of a field says which; an element of a list takes a byte.
        if (inList) this.#skip(1);
        return;
      case 3:
        this.#skip(1);
        return;
      case 4:
      case 5:
      case 6:
        this.#varint();
        return;
      case 7:
        this.#skip(8);
        return;
      case 8:
        this.#skip(this.#varint());
        return;
      case 9:
        this.#list(depth);
        return;
      case 12:
        this.structure(depth + 1);
        return;
      default:
        throw new Damage(`it holds a value of type ${type}, which Parquet has none of`);
    }
  }

  #list(depth: number): void {
    if (depth > mostDepth) throw new Damage(`it is nested more than ${mostDepth} deep`);
    const head = this.#byte();
    const count = head >> 4 === 15 ? this.#varint() : head >> 4;
    if (count > this.#bytes.length - this.#at) throw new Unfinished();
    for (let i = 0; i < count; i++) this.#element(head & 0x0f, depth + 1, true);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new Unfinished();
    return byte;
  }

  #skip(count: number): void {
    if (count > this.#bytes.length - this.#at) throw new Unfinished();
    this.#at += count;
  }

  /** Exact as far as lengths go; larger numbers are only passed over. */
  #varint(): number {
    let value = 0;
    for (let i = 0; i < mostVarint; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw new Damage(`a number of more than ${mostVarint} bytes`);
  }
}
