/** A file in memory, for writers that go back to its start at the end. */

export class GrowingBytes {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;

  write(piece: Uint8Array, position: number): void {
    const end = position + piece.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(piece, position);
    this.#length = Math.max(this.#length, end);
  }

  take(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}
