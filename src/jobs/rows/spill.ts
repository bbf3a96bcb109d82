/** Numbers about every row of a CSV file, more than memory should hold: the first blocks of them stay there, the others go to a temporary file. */

import { closeSync, readSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { BowerbirdError, systemError } from '../../errors.ts';
import { writeFully } from '../../storage/local/sink.ts';
import { openUnnamed } from '../../storage/local/unnamed.ts';

/** Bytes that stay in memory: a million rows in the order of the file. */
const mostMemory = 32 << 20;
/** At most; a block holds whole entries. */
const blockNumbers = 2048;
const blockBytes = 8 * blockNumbers;
/** Of a window over numbers that come in any order. */
const windowNumbers = 1 << 20;

/** A block in memory, or its number in the file. */
type Kept = Float64Array | number;

/** All that one plan spills. Must be closed. */
export class Spill {
  #memory: number;
  #file: SpillFile | undefined;

  /** `memory`: bytes to keep before there is a file. */
  constructor(memory = mostMemory) {
    this.#memory = memory;
  }

  /** Takes the block, or else a copy of it. */
  keep(block: Float64Array): Kept {
    if (this.#memory >= block.byteLength) {
      this.#memory -= block.byteLength;
      return block;
    }
    this.#file ??= new SpillFile();
    return this.#file.append(block);
  }

  /** A block that was kept; `memory` takes one that is in the file. */
  read(kept: Kept, memory: Float64Array): Float64Array {
    if (typeof kept !== 'number') return kept;
    this.#file!.read(kept, memory);
    return memory;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

/** Blocks behind each other. */
class SpillFile {
  readonly #path: string;
  readonly #fd: number;
  #blocks = 0;

  constructor() {
    const { fd, path } = openUnnamed(tmpdir(), 'plan');
    this.#fd = fd;
    this.#path = path;
  }

  append(block: Float64Array): number {
    writeFully(this.#path, this.#fd, bytesOf(block), this.#blocks * blockBytes);
    return this.#blocks++;
  }

  read(index: number, block: Float64Array): void {
    const bytes = bytesOf(block);
    try {
      for (let done = 0; done < blockBytes; ) {
        const count = readSync(this.#fd, bytes, done, blockBytes - done, index * blockBytes + done);
        if (count === 0) throw new BowerbirdError('IO', `Cannot read "${this.#path}": it became shorter`);
        done += count;
      }
    } catch (error) {
      throw systemError('read', this.#path, error);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function bytesOf(numbers: Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

interface Bin {
  readonly full: Kept[];
  /** The block that is filled now. */
  block: Float64Array;
  used: number;
}

/** Entries of `width` numbers each, in as many bins as are asked for; a bin keeps its entries in order. */
export class Bins {
  readonly #spill: Spill;
  readonly #width: number;
  readonly #bins: Bin[] = [];

  constructor(spill: Spill, width: number) {
    this.#spill = spill;
    this.#width = width;
  }

  /** REQUIRES: `entry` has `width` numbers. */
  add(index: number, ...entry: readonly number[]): void {
    this.#bins[index] ??= { full: [], block: new Float64Array(blockNumbers), used: 0 };
    const bin = this.#bins[index];
    if (bin.used + this.#width > blockNumbers) {
      const kept = this.#spill.keep(bin.block);
      bin.full.push(kept);
      if (kept === bin.block) bin.block = new Float64Array(blockNumbers);
      bin.used = 0;
    }
    for (const number of entry) bin.block[bin.used++] = number;
  }

  /** Entries in a bin. */
  count(index: number): number {
    const bin = this.#bins[index];
    return bin === undefined ? 0 : bin.full.length * this.#perBlock() + bin.used / this.#width;
  }

  /** Entries in the fullest bin. */
  most(): number {
    return this.#bins.reduce((most, _, index) => Math.max(most, this.count(index)), 0);
  }

  /** The numbers of a bin's entries behind each other. A block is valid until the next is taken. */
  *blocks(index: number): Generator<Float64Array> {
    const bin = this.#bins[index];
    if (bin === undefined) return;
    const length = this.#perBlock() * this.#width;
    const memory = new Float64Array(bin.full.length > 0 ? blockNumbers : 0);
    for (const kept of bin.full) yield this.#spill.read(kept, memory).subarray(0, length);
    yield bin.block.subarray(0, bin.used);
  }

  #perBlock(): number {
    return Math.floor(blockNumbers / this.#width);
  }
}

/** Numbers that come in any order and are read in that of their indices; 0 where none came. */
export class Scattered {
  readonly #bins: Bins;

  constructor(spill: Spill) {
    this.#bins = new Bins(spill, 2);
  }

  put(index: number, value: number): void {
    this.#bins.add(Math.floor(index / windowNumbers), index, value);
  }

  /** All below `count`. A block is valid until the next is taken. */
  *blocks(count: number): Generator<Float64Array> {
    const window = new Float64Array(Math.min(windowNumbers, count));
    for (let start = 0; start < count; start += windowNumbers) {
      window.fill(0);
      for (const entries of this.#bins.blocks(start / windowNumbers)) {
        for (let i = 0; i < entries.length; i += 2) window[entries[i]! - start] = entries[i + 1]!;
      }
      yield window.subarray(0, count - start);
    }
  }
}
