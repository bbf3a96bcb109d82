/** In which order `ingest --shuffle` takes the rows: a permutation that is computed, not kept, so that every worker knows it of ten million rows. */

/** Rounds of the Feistel network: four mix well, two more cost nothing beside decoding. */
const rounds = 6;

/**
 * Numbers of twice `half` bits go through a Feistel network, which is a permutation whatever its round function; what falls outside of the rows
 * goes through again until it falls inside (cycle walking: Black and Rogaway, "Ciphers with Arbitrary Finite Domains"), at most three
 * more times on average.
 */
export class RowOrder {
  readonly #rows: number;
  readonly #seed: number;
  readonly #half: number;
  readonly #mask: number;

  /** REQUIRES: at most 2^32 rows; the seed is a whole number from 0 to 2^32 - 1 */
  constructor(rows: number, seed: number) {
    this.#rows = rows;
    this.#seed = seed;
    this.#half = Math.max(1, Math.ceil(Math.log2(Math.max(2, rows)) / 2));
    this.#mask = 2 ** this.#half - 1;
  }

  /** The row that comes as number `index`. */
  at(index: number): number {
    let row = index;
    do row = this.#step(row);
    while (row >= this.#rows);
    return row;
  }

  /** As which number a row comes. */
  indexOf(row: number): number {
    let index = row;
    do index = this.#stepBack(index);
    while (index >= this.#rows);
    return index;
  }

  #step(value: number): number {
    const size = 2 ** this.#half;
    let left = Math.floor(value / size);
    let right = value % size;
    for (let round = 0; round < rounds; round++) [left, right] = [right, (left ^ this.#mixed(right, round)) >>> 0];
    return left * size + right;
  }

  #stepBack(value: number): number {
    const size = 2 ** this.#half;
    let left = Math.floor(value / size);
    let right = value % size;
    for (let round = rounds - 1; round >= 0; round--) [left, right] = [(right ^ this.#mixed(left, round)) >>> 0, left];
    return left * size + right;
  }

  #mixed(half: number, round: number): number {
    return mix32(half ^ mix32(this.#seed + Math.imul(round + 1, 0x9e3779b9))) & this.#mask;
  }
}

/** The finalizer of MurmurHash3, public domain. */
function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
