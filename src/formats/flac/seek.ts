/** Finds the FLAC frame that holds a sample, reading little: by the seek table where it is honest, else by bisection on proven frames. */

import type { ByteSource } from '../../bytes.ts';
import { type FlacFrame, native } from '../../native/native.ts';
import type { FlacInfo } from './flac.ts';

/** Where decoding begins: bytes from the first frame on, and the frame of the recording that is there. */
export interface FlacPlace {
  readonly offset: number;
  readonly frame: number;
}

/** A frame whose CRC-8 and CRC-16 hold. */
export interface FoundFrame extends FlacPlace {
  readonly bytes: number;
  readonly samples: number;
}

/** How numbers of frames become places in the recording. */
export interface FrameNumbering {
  /** Samples to a number: 1, or the block size. */
  readonly scale: number;
  /** Of the first frame: a file cut from a longer one does not begin with 0. */
  readonly origin: number;
}

const start: FlacPlace = { offset: 0, frame: 0 };
/** When so few bytes are left between the bounds they are looked through frame by frame. */
const near = 1 << 16;
const leastWindow = 1 << 14;
/** Guesses by proportion; then halving, which always ends. */
const mostGuesses = 8;

/**
 * The last proven frame that begins at or before frame `target` of the recording, as far as can be found without decoding; the start where
 * the numbers of the frames are not to be relied on. Never beyond the target. Plain FLAC only.
 */
export async function seekFlac(source: ByteSource, info: FlacInfo, target: number): Promise<FlacPlace> {
  return target <= 0 ? start : new FrameFinder(source, info).find(target);
}

/** Finds proven frames of one file. Offsets count from its first frame. */
export class FrameFinder {
  readonly #source: ByteSource;
  readonly #info: FlacInfo;
  readonly #length: number;
  /** Two frames and what is between, when the header is right about their size. */
  readonly #window: number;
  /** More than two of the longest that a frame of this stream can be. */
  readonly #mostWindow: number;
  #numbering: FrameNumbering = { scale: 1, origin: 0 };

  constructor(source: ByteSource, info: FlacInfo) {
    this.#source = source;
    this.#info = info;
    this.#length = Math.max(0, source.byteLength - info.audioOffset);
    this.#window = Math.min(Math.max(leastWindow, 2 * info.frameBytes[1] + 64), 1 << 18);
    this.#mostWindow = 2 * info.channels * 65536 * (info.bitsPerSample / 8 + 6);
  }

  /** Bytes of audio. */
  get length(): number {
    return this.#length;
  }

  /** Known from {@link first} on. */
  get numbering(): FrameNumbering {
    return this.#numbering;
  }

  /** As {@link seekFlac}. */
  async find(target: number): Promise<FlacPlace | FoundFrame> {
    const first = await this.first();
    if (first === undefined || first.frame > target) return start;
    let low: FoundFrame = first;
    let high: FlacPlace = { offset: this.#length, frame: this.#info.frames ?? Number.POSITIVE_INFINITY };
    if (target >= low.frame + low.samples) [low, high] = await this.#useTable(target, low, high);
    for (let guesses = 0; high.offset - low.offset > near; guesses++) {
      const at = this.#guess(target, low, high, guesses);
      const [found, last] = await this.#look(at, high.offset, target);
      // Numbers that run backwards: what was found so far still holds.
      if (found !== undefined && (found.frame < low.frame || found.offset <= low.offset)) break;
      if (found === undefined || found.frame > target) high = { offset: at, frame: found?.frame ?? high.frame };
      else low = last!;
      if (target < low.frame + low.samples) return low;
    }
    const bytes = await this.#read(low.offset, high.offset - low.offset + this.#window);
    return this.#walk(target, low, bytes, low.offset);
  }

  /** Reads the first two frames; undefined when their numbers follow no rule that can be relied on. */
  async first(): Promise<FoundFrame | undefined> {
    let window = this.#window;
    for (;;) {
      const bytes = await this.#read(0, window);
      const find = (from: number) => native().flacFindFrame(bytes, from, this.#info.streamInfo);
      const first = find(0);
      const second = first && find(first.offset + first.bytes);
      const isAll = bytes.length >= this.#length || window >= this.#mostWindow;
      if (first === null && isAll) return undefined;
      if (first === null || (second === null && !isAll)) {
        window *= 2;
        continue;
      }
      const { offset, number, isVariable, samples } = first;
      const step = second === null ? 1 : second.number - number;
      if (!isVariable && step !== 1) return undefined;
      // Without its first frame the stream counts from 0, as far as anyone knows.
      this.#numbering = { scale: isVariable ? 1 : samples, origin: offset === 0 ? number : 0 };
      return this.#placed(first, 0);
    }
  }

  #placed({ offset, bytes, number, samples }: FlacFrame, base: number): FoundFrame {
    const { scale, origin } = this.#numbering;
    return { offset: base + offset, bytes, frame: (number - origin) * scale, samples };
  }

  /** Narrows the bounds by the two points around the target, when a frame of that number stands where the first one says. */
  async #useTable(target: number, low: FoundFrame, high: FlacPlace): Promise<[FoundFrame, FlacPlace]> {
    const points = this.#info.seekPoints;
    const after = points.findIndex(({ frame }) => frame > target);
    const before = points[(after === -1 ? points.length : after) - 1];
    if (before === undefined || before.offset <= low.offset || before.offset >= high.offset) return [low, high];
    const found = await this.frameAfter(before.offset, before.offset + 1);
    if (found === undefined || found.frame !== before.frame) return [low, high];
    const next = points[after];
    const isBound = next !== undefined && next.offset > found.offset && next.offset < high.offset;
    return [found, isBound ? next : high];
  }

  #guess(target: number, low: FoundFrame, high: FlacPlace, guesses: number): number {
    const [from, to] = [low.offset + low.bytes, high.offset];
    const isKnown = Number.isFinite(high.frame) && high.frame > low.frame && guesses < mostGuesses;
    const part = isKnown ? (target - low.frame) / (high.frame - low.frame) : 0.5;
    // A little early, so that one look more often finds the frame itself than the one behind it.
    const guess = Math.floor(from + part * (to - from)) - (isKnown ? this.#window : 0);
    return Math.min(Math.max(guess, from), to - 1);
  }

  /** The first proven frame that begins in [at, end). */
  async frameAfter(at: number, end: number): Promise<FoundFrame | undefined> {
    return (await this.#look(at, end, 0))[0];
  }

  /** That, and the last one at or before the target that was read with it. */
  async #look(at: number, end: number, target: number): Promise<[] | [FoundFrame, FoundFrame]> {
    for (let length = this.#window; ; length *= 2) {
      const bytes = await this.#read(at, length);
      const found = native().flacFindFrame(bytes, 0, this.#info.streamInfo);
      if (found !== null) {
        const first = this.#placed(found, at);
        return first.offset < end ? [first, this.#walk(target, first, bytes, at)] : [];
      }
      const seen = bytes.length - Math.min(bytes.length, this.#mostWindow / 2);
      if (bytes.length < length || at + seen >= end) return [];
    }
  }

  /** Goes from frame to frame, in bytes that begin at `base`, up to the last frame that begins at or before the target. */
  #walk(target: number, low: FoundFrame, bytes: Uint8Array, base: number): FoundFrame {
    let here = low;
    while (target >= here.frame + here.samples) {
      const found = native().flacFindFrame(bytes, here.offset + here.bytes - base, this.#info.streamInfo);
      if (found === null) break;
      const next = this.#placed(found, base);
      if (next.frame > target || next.frame <= here.frame) break;
      here = next;
    }
    return here;
  }

  #read(offset: number, length: number): Promise<Uint8Array> {
    const wanted = Math.min(length, this.#length - offset);
    return this.#source.read(this.#info.audioOffset + offset, Math.max(0, wanted));
  }
}
