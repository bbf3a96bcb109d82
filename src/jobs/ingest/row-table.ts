/** What a plan remembers of every row of a CSV file: numbers in typed arrays, some 30 bytes a row: 300 MB for ten million. */

const chunkLength = 1 << 16;

/** Numbers behind each other, without the moves of an array that grows. */
export class LongNumbers {
  readonly #make: () => Float64Array | Uint32Array;
  readonly #chunks: (Float64Array | Uint32Array)[] = [];
  #length = 0;

  constructor(kind: 'float64' | 'uint32') {
    this.#make = kind === 'float64' ? () => new Float64Array(chunkLength) : () => new Uint32Array(chunkLength);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const at = this.#length % chunkLength;
    if (at === 0) this.#chunks.push(this.#make());
    this.#chunks[this.#chunks.length - 1]![at] = value;
    this.#length++;
  }

  set(index: number, value: number): void {
    this.#chunks[Math.floor(index / chunkLength)]![index % chunkLength] = value;
  }

  at(index: number): number {
    return this.#chunks[Math.floor(index / chunkLength)]![index % chunkLength]!;
  }
}

/** What became of a row that names a recording: the first to do so, or the same recording as an earlier row, with the same label or another. */
export type Sighting = { readonly kind: 'first' } | { readonly kind: 'again' | 'conflict'; readonly earlier: number };

const first: Sighting = { kind: 'first' };

/** Which rows name the same recording. An open-addressing table of row numbers over hashes of paths and labels. */
export class Recordings {
  readonly #paths = new LongNumbers('float64');
  readonly #labels = new LongNumbers('uint32');
  /** Row + 1 of the first row with a path; 0: free. */
  #slots = new Uint32Array(1 << 12);
  #used = 0;

  get length(): number {
    return this.#paths.length;
  }

  /** The first row that names it. */
  find(path: number): number | undefined {
    const found = this.#slots[this.#find(path)]!;
    return found > 0 ? found - 1 : undefined;
  }

  /** The first row that names the recording of `row`. */
  firstOf(row: number): number {
    return this.find(this.#paths.at(row))!;
  }

  /** Of the next row. */
  add(path: number, label: number): Sighting {
    const row = this.#paths.length;
    this.#paths.push(path);
    this.#labels.push(label);
    const slot = this.#find(path);
    const found = this.#slots[slot]!;
    if (found > 0)
      return { kind: this.#labels.at(found - 1) === label >>> 0 ? 'again' : 'conflict', earlier: found - 1 };
    this.#slots[slot] = row + 1;
    if (++this.#used * 4 > this.#slots.length * 3) this.#grow();
    return first;
  }

  #find(path: number): number {
    const mask = this.#slots.length - 1;
    let slot = path % this.#slots.length;
    for (; this.#slots[slot]! > 0; slot = (slot + 1) & mask) {
      if (this.#paths.at(this.#slots[slot]! - 1) === path) break;
    }
    return slot;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(2 * old.length);
    for (const row of old) if (row > 0) this.#slots[this.#find(this.#paths.at(row - 1))] = row;
  }
}
