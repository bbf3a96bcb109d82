/** Memory that decoders write samples into: blocks that are used again, one array that grows with what arrives, a part of somebody's array. */

import { constants } from 'node:buffer';
import { BowerbirdError } from '../../errors.ts';
import { native } from '../../native/native.ts';
import { usage } from '../../options.ts';
import type { AudioBlock, FilledRoom, ReadOptions, Room, SampleArrays, SampleType } from './audio.ts';

/** Values of one block, about: half a MiB, so that a block is still in the processor's cache when its reader takes it. */
const blockValues = 1 << 17;

const arrays = { float32: Float32Array, int16: Int16Array, int32: Int32Array } as const;

export function newSamples<D extends SampleType>(
  dtype: D,
  length: number,
): SampleArrays[D] & { readonly buffer: ArrayBuffer } {
  return new arrays[dtype](length) as unknown as SampleArrays[D] & { readonly buffer: ArrayBuffer };
}

/** The same with whatever the memory held before, since zeros cost a tenth of what decoding does: for who writes every sample of it. */
function unwrittenSamples<D extends SampleType>(dtype: D, length: number): SampleArrays[D] {
  const bytes = length * sampleBytes(dtype);
  if (bytes > constants.MAX_LENGTH) return newSamples(dtype, length);
  const array: new (memory: ArrayBufferLike) => SampleArrays[SampleType] = arrays[dtype];
  return new array(Buffer.allocUnsafeSlow(bytes).buffer) as SampleArrays[D];
}

/** From here on pages that are large are worth asking for. */
const leastLarge = 8 << 20;

/** For memory that nobody has touched, and that will be filled. */
export function willFill(memory: ArrayBufferLike): void {
  if (memory.byteLength >= leastLarge) native().preferLargePages(new Uint8Array(memory));
}

/** A view of shared memory. */
export function samplesIn<D extends SampleType>(dtype: D, memory: SharedArrayBuffer): SampleArrays[D] {
  const array: new (memory: ArrayBufferLike) => SampleArrays[SampleType] = arrays[dtype];
  return new array(memory) as SampleArrays[D];
}

export function holds<D extends SampleType>(dtype: D, array: unknown): array is SampleArrays[D] {
  return array instanceof arrays[dtype];
}

export function sampleBytes(dtype: SampleType): number {
  return arrays[dtype].BYTES_PER_ELEMENT;
}

/** The range of a read, checked. */
export function takeFrames({ from = 0, to = Number.POSITIVE_INFINITY }: ReadOptions): { from: number; to: number } {
  const isTo = to === Number.POSITIVE_INFINITY || Number.isSafeInteger(to);
  if (!Number.isSafeInteger(from) || !isTo || from < 0) {
    throw usage(`Cannot read frames ${from} to ${to}: expected whole numbers from 0 on`);
  }
  return { from, to };
}

/** One block's memory, used for all blocks. */
export class BlockRoom<D extends SampleType> {
  readonly #dtype: D;
  readonly #channels: number;
  readonly #planar: boolean;
  #room: Room<D> | undefined;

  constructor(dtype: D, channels: number, planar: boolean) {
    this.#dtype = dtype;
    this.#channels = channels;
    this.#planar = planar && channels > 1;
  }

  readonly make = (least: number): Room<D> => {
    if (this.#room === undefined || this.#room.frames < least) {
      const frames = Math.max(least, Math.floor(blockValues / this.#channels));
      const array = newSamples(this.#dtype, frames * this.#channels);
      this.#room = { array, at: 0, frames, plane: this.#planar ? frames : 0 };
    }
    return this.#room;
  };

  block({ room: { array, plane }, skip, start, frames }: FilledRoom<D>): AudioBlock<D> {
    const channels = this.#channels;
    if (plane === 0) {
      const samples = array.subarray(skip * channels, (skip + frames) * channels) as SampleArrays[D];
      return { start, frames, samples };
    }
    for (let c = 0; c < channels; c++) {
      const from = c * plane + skip;
      if (from !== c * frames) array.copyWithin(c * frames, from, from + frames);
    }
    return { start, frames, samples: array.subarray(0, channels * frames) as SampleArrays[D] };
  }
}

/**
 * All samples of a read in one array. It begins with room for what is expected and doubles, so that a header that lies costs no more than
 * the file decodes to; or it is the caller's, who has to make it long enough.
 */
export class GrowingRoom<D extends SampleType> {
  readonly #dtype: D;
  readonly #channels: number;
  readonly #planar: boolean;
  readonly #name: string;
  readonly #isGiven: boolean;
  #array: SampleArrays[D];
  #capacity: number;
  #frames = 0;
  /** Where what does not fit is decoded to: at a range's end the last FLAC frame is longer than what is wanted of it. */
  #overflow: Room<D> | undefined;

  constructor(
    dtype: D,
    channels: number,
    planar: boolean,
    expected: number,
    name: string,
    into: SampleArrays[D] | undefined,
  ) {
    this.#dtype = dtype;
    this.#channels = channels;
    this.#planar = planar && channels > 1;
    this.#name = name;
    this.#isGiven = into !== undefined;
    this.#capacity = into === undefined ? expected : Math.floor(into.length / channels);
    this.#array = into ?? this.#allocate(expected);
  }

  get frames(): number {
    return this.#frames;
  }

  readonly make = (least: number): Room<D> => {
    const frames = this.#capacity - this.#frames;
    if (frames >= least) {
      const at = this.#frames * (this.#planar ? 1 : this.#channels);
      return { array: this.#array, at, frames, plane: this.#planar ? this.#capacity : 0 };
    }
    if (this.#overflow === undefined || this.#overflow.frames < least) {
      const array = newSamples(this.#dtype, least * this.#channels);
      this.#overflow = { array, at: 0, frames: least, plane: this.#planar ? least : 0 };
    }
    return this.#overflow;
  };

  take({ room, skip, frames }: Pick<FilledRoom<D>, 'room' | 'skip' | 'frames'>): void {
    const isOverflow = room === this.#overflow;
    const needed = this.#frames + frames;
    if (needed > this.#capacity) {
      if (this.#isGiven) throw tooShort(this.#name, this.#array.length, this.#channels, needed, ' or more');
      this.#grow(Math.max(needed, 2 * this.#capacity));
    }
    if (isOverflow || skip > 0) {
      const [step, planes] = this.#planar ? [1, this.#channels] : [this.#channels, 1];
      for (let p = 0; p < planes; p++) {
        const from = room.at + p * room.plane + skip * step;
        this.#array.set(room.array.subarray(from, from + frames * step), p * this.#capacity + this.#frames * step);
      }
    }
    this.#frames += frames;
  }

  /** Exactly the samples that were taken, in a buffer of that size unless it is the caller's. */
  samples(): SampleArrays[D] {
    if (this.#isGiven) return this.#front();
    if (this.#capacity > this.#frames) this.#grow(this.#frames);
    return this.#array;
  }

  #front(): SampleArrays[D] {
    for (let c = 1; c < (this.#planar ? this.#channels : 1); c++) {
      const from = c * this.#capacity;
      this.#array.copyWithin(c * this.#frames, from, from + this.#frames);
    }
    return this.#array.subarray(0, this.#frames * this.#channels) as SampleArrays[D];
  }

  #grow(capacity: number): void {
    const larger = this.#allocate(capacity);
    const planes = this.#planar ? this.#channels : 1;
    const [length, step] = this.#planar ? [this.#frames, 1] : [this.#frames * this.#channels, this.#channels];
    for (let p = 0; p < planes; p++) {
      const from = p * this.#capacity * step;
      larger.set(this.#array.subarray(from, from + length), p * capacity * step);
    }
    this.#array = larger;
    this.#capacity = capacity;
  }

  #allocate(frames: number): SampleArrays[D] {
    try {
      const samples = unwrittenSamples(this.#dtype, frames * this.#channels);
      willFill(samples.buffer);
      return samples;
    } catch (cause) {
      const message =
        `Cannot hold "${this.#name}" in memory: it takes ${frames} frames of ${this.#channels} channels or more; ` +
        'read a part of it, or windows';
      throw new BowerbirdError('UNSUPPORTED', message, { source: this.#name }, { cause });
    }
  }
}

export function tooShort(name: string, length: number, channels: number, frames: number, orMore = ''): BowerbirdError {
  return usage(
    `Cannot read "${name}" into an array of ${length} values: it takes ${frames * channels}${orMore}, ` +
      `${frames} frames of ${channels} channels; ` +
      'give a longer one, or read a part of it',
  );
}

/** Frames `from` to `to` of an array that others fill the rest of. */
export class PartRoom<D extends SampleType> {
  readonly #array: SampleArrays[D];
  readonly #channels: number;
  /** Frames of the whole array when it is planar, else 0. */
  readonly #plane: number;
  readonly #to: number;
  #next: number;
  /** For a FLAC frame that is longer than what is wanted of it. */
  #overflow: Room<D> | undefined;

  constructor(array: SampleArrays[D], channels: number, planar: boolean, from: number, to: number) {
    this.#array = array;
    this.#channels = channels;
    this.#plane = planar && channels > 1 ? array.length / channels : 0;
    this.#next = from;
    this.#to = to;
  }

  get isFull(): boolean {
    return this.#next === this.#to;
  }

  readonly make = (least: number): Room<D> => {
    const frames = this.#to - this.#next;
    if (frames >= least) {
      const at = this.#next * (this.#plane === 0 ? this.#channels : 1);
      return { array: this.#array, at, frames, plane: this.#plane };
    }
    if (this.#overflow === undefined || this.#overflow.frames < least) {
      const array = new (this.#array.constructor as new (length: number) => SampleArrays[D])(least * this.#channels);
      this.#overflow = { array, at: 0, frames: least, plane: this.#plane === 0 ? 0 : least };
    }
    return this.#overflow;
  };

  /** False: more than there is room for. */
  take({ room, skip, frames }: Pick<FilledRoom<D>, 'room' | 'skip' | 'frames'>): boolean {
    if (frames > this.#to - this.#next) return false;
    if (room === this.#overflow || skip > 0) {
      const [step, planes] = this.#plane === 0 ? [this.#channels, 1] : [1, this.#channels];
      for (let p = 0; p < planes; p++) {
        const from = room.at + p * room.plane + skip * step;
        this.#array.set(room.array.subarray(from, from + frames * step), p * this.#plane + this.#next * step);
      }
    }
    this.#next += frames;
    return true;
  }
}
