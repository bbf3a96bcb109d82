/** Cuts a sequence into parts as equal as can be. */

/** Shard i of n holds the i-th of n ranges of all records in order; where they cannot be equal, the first ones have one more. */
export class Ranges {
  readonly #records: number;
  readonly #count: number;

  constructor(records: number, count: number) {
    this.#records = records;
    this.#count = count;
  }

  /** Of the first record of range `i`; of its end too, as the beginning of the next. */
  begin(i: number): number {
    const base = Math.floor(this.#records / this.#count);
    return i * base + Math.min(i, this.#records % this.#count);
  }

  /** The range that holds a record; the last one for what stands behind all. */
  of(record: number): number {
    if (record >= this.#records) return this.#count - 1;
    const base = Math.floor(this.#records / this.#count);
    const longer = this.#records % this.#count;
    const behind = record - longer * (base + 1);
    return behind < 0 ? Math.floor(record / (base + 1)) : longer + Math.floor(behind / base);
  }
}
