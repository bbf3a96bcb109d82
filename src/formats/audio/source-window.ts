/** Windows that run over the bytes of a file, holding no more than a decoder still needs. */

import type { ByteSource } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { takenUpLater } from '../../promises.ts';

/** Positions count from the start of the stream: of the file, or of what the Ogg pages carry. */
export interface StreamWindow {
  /** The bytes at `position`. A view that dies at the next call. */
  readonly bytes: Uint8Array;
  readonly position: number;
  /** The stream ends with these bytes. */
  readonly last: boolean;
  /** Reads on until `bytes` has at least this length, or is the last. */
  fill(least: number): Promise<void>;
  /** Moves on, perhaps far beyond what was read. */
  advance(count: number): void;
}

export interface WindowPlan {
  /** How many bytes will be wanted in all, about: reads are no larger while that is few. Default: all. */
  readonly expected?: number;
}

/** A read is at first this long, doubles from read to read, and stays at the most. */
const firstRead = 4096;
const mostRead = 1 << 20;
/** Of a local file, whose reads cost little: so much stays in the processor's cache until it is decoded. */
const mostLocalRead = 1 << 18;
/** Reads from this length on are asked for before they are needed. */
const readAhead = 1 << 18;

/** Bytes that arrive at the end and leave from the front. */
export class ByteQueue {
  #buffer = new Uint8Array(0);
  #from = 0;
  #to = 0;

  get length(): number {
    return this.#to - this.#from;
  }

  view(): Uint8Array {
    return this.#buffer.subarray(this.#from, this.#to);
  }

  push(bytes: Uint8Array): void {
    this.room(bytes.length).set(bytes);
    this.take(bytes.length);
  }

  /** Memory behind the last byte, for so many more. */
  room(more: number): Uint8Array {
    const length = this.length;
    if (this.#to + more > this.#buffer.length) {
      const needed = length + more;
      if (needed > this.#buffer.length) {
        const larger = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
        larger.set(this.view());
        this.#buffer = larger;
      } else {
        this.#buffer.copyWithin(0, this.#from, this.#to);
      }
      this.#from = 0;
      this.#to = length;
    }
    return this.#buffer.subarray(this.#to, this.#to + more);
  }

  /** So many bytes of room() were written. */
  take(more: number): void {
    this.#to += more;
  }

  drop(count: number): void {
    this.#from += count;
    if (this.#from === this.#to) this.#from = this.#to = 0;
  }
}

/** A window that reads no more than is asked for, or for bytes in memory one that shows all of them. */
export function openWindow(source: ByteSource, position: number, plan?: WindowPlan): StreamWindow {
  return source.bytes === undefined
    ? new SourceWindow(source, position, plan)
    : new MemoryWindow(source.bytes, position);
}

class MemoryWindow implements StreamWindow {
  readonly #all: Uint8Array;
  readonly last = true;
  position: number;

  constructor(all: Uint8Array, position: number) {
    this.#all = all;
    this.position = position;
  }

  get bytes(): Uint8Array {
    return this.#all.subarray(this.position);
  }

  async fill(): Promise<void> {}

  advance(count: number): void {
    this.position += count;
  }
}

export class SourceWindow implements StreamWindow {
  readonly #source: ByteSource;
  readonly #queue = new ByteQueue();
  position: number;
  /** Next byte to read. */
  #next: number;
  #step: number;
  #budget: number;
  #coming: Promise<Uint8Array> | undefined;
  /** Memory of the last read, where the source can read into it again: memory that is touched for the first time is dear. */
  #spare: Uint8Array<ArrayBuffer> | undefined;
  readonly #mostRead: number;

  constructor(source: ByteSource, position: number, { expected = Number.POSITIVE_INFINITY }: WindowPlan = {}) {
    this.#source = source;
    this.position = position;
    this.#next = position;
    this.#budget = expected;
    // A plan that is known saves the small reads at the start.
    this.#mostRead = source.readInto === undefined ? mostRead : mostLocalRead;
    const whole = Math.min(Math.max(firstRead, Math.ceil(expected)), this.#mostRead);
    this.#step = Number.isFinite(expected) ? whole : firstRead;
  }

  get bytes(): Uint8Array {
    return this.#queue.view();
  }

  get last(): boolean {
    return this.#next >= this.#source.byteLength && this.#coming === undefined;
  }

  async fill(least: number): Promise<void> {
    while (this.#queue.length < least && !this.last) {
      if (this.#source.blocking === true) {
        const { offset, length } = this.#nextRead();
        this.#source.readNow!(offset, this.#queue.room(length));
        this.#queue.take(length);
        continue;
      }
      const fresh = this.#coming ?? this.#read();
      this.#coming = undefined;
      const bytes = await fresh;
      this.#queue.push(bytes);
      if (this.#source.readInto !== undefined) this.#spare = new Uint8Array(bytes.buffer as ArrayBuffer);
      if (this.#step >= readAhead && this.#budget > 0 && !this.last) {
        this.#coming = takenUpLater(this.#read());
      }
    }
  }

  #nextRead(): { readonly offset: number; readonly length: number } {
    const offset = this.#next;
    const length = Math.min(this.#step, this.#source.byteLength - offset);
    this.#next += length;
    this.#budget -= length;
    this.#step = this.#budget > 0 ? Math.min(2 * this.#step, this.#mostRead) : 4 * firstRead;
    return { offset, length };
  }

  async #read(): Promise<Uint8Array> {
    const { offset, length } = this.#nextRead();
    const bytes = await this.#take(offset, length);
    if (bytes.length < length) throw becameShorter(this.#source, offset + bytes.length);
    return bytes;
  }

  async #take(offset: number, length: number): Promise<Uint8Array> {
    if (this.#source.readInto === undefined) return this.#source.read(offset, length);
    const spare = this.#spare;
    this.#spare = undefined;
    const bytes = spare !== undefined && spare.length >= length ? spare.subarray(0, length) : new Uint8Array(length);
    await this.#source.readInto(offset, bytes);
    return bytes;
  }

  advance(count: number): void {
    this.position += count;
    if (count <= this.#queue.length) {
      this.#queue.drop(count);
      return;
    }
    this.#queue.drop(this.#queue.length);
    this.#coming = undefined;
    this.#next = this.position;
    this.#step = firstRead;
  }
}

function becameShorter({ name }: ByteSource, offset: number): BowerbirdError {
  return new BowerbirdError('IO', `Cannot read "${name}" beyond byte ${offset}: it became shorter while it was read`, {
    source: name,
  });
}
