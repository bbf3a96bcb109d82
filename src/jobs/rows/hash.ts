/** A hash of text that a number holds exactly, for tables of millions of rows. Not for adversaries. */

/** 53 bits. */
export function hash53(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x5f356495);
    a = (a << 13) | (a >>> 19);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return (b >>> 0) * 2 ** 21 + (a >>> 11);
}

/** Hashes are looked through one bin at a time, so that memory holds a part of millions. */
export const hashBins = 256;

export function binOf(hash: number): number {
  return Math.floor(hash / (2 ** 53 / hashBins));
}

/** Numbers hashes in the order in which they come first: an open-addressing table. */
export class HashIndex {
  readonly #hashes: Float64Array;
  /** Index + 1; 0: free. */
  readonly #slots: Uint32Array;
  #length = 0;

  /** `most` different hashes at most. */
  constructor(most: number) {
    this.#hashes = new Float64Array(most);
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(most + 1) + 1));
  }

  /** Forgets all of them. */
  clear(): void {
    this.#slots.fill(0);
    this.#length = 0;
  }

  /** -1 for one that is not there. */
  find(hash: number): number {
    return this.#slots[this.#slotOf(hash)]! - 1;
  }

  add(hash: number): number {
    const slot = this.#slotOf(hash);
    if (this.#slots[slot] === 0) {
      this.#hashes[this.#length] = hash;
      this.#slots[slot] = ++this.#length;
    }
    return this.#slots[slot]! - 1;
  }

  #slotOf(hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash % this.#slots.length;
    while (this.#slots[slot]! > 0 && this.#hashes[this.#slots[slot]! - 1] !== hash) slot = (slot + 1) & mask;
    return slot;
  }
}
