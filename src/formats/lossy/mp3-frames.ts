/** The frames of an MP3 file: where they are, what their headers say, and what lies between them that is none. */

import type { ByteSource } from '../../bytes.ts';
import { SourceWindow } from '../audio/source-window.ts';
import { tagLength } from '../sniff/id3.ts';
import { type MpegHeader, parseMpegHeader } from '../sniff/mpeg-header.ts';
import type { Damage } from './codec-blocks.ts';

/** What frames of a recording seldom change: files that were joined do, and stations that send. */
function isSameStream(a: MpegHeader, b: MpegHeader): boolean {
  return a.version === b.version && a.sampleRate === b.sampleRate && a.channels === b.channels && a.isFree === b.isFree;
}

export interface Mp3Frame {
  readonly kind: 'frame';
  readonly offset: number;
  readonly header: MpegHeader;
  /** A view that dies at the next step. */
  readonly bytes: Uint8Array;
}

/** Bytes between frames that are none. Damage unless they stand at an end of the file. */
export interface Mp3Junk extends Damage {
  readonly kind: 'junk';
  readonly place: 'start' | 'middle' | 'end';
}

/** So much may stand behind the last frame that is no frame, as players take it. */
export const mostJunk = 4096;
/** How far the first frame is looked for. */
const mostSearched = 1 << 20;
/** 640 kbit/s, as free bit rates go, at 32 kHz. */
const largestFrame = 2881;
/** A header, two frames, and the header of the third. */
const reach = 3 * largestFrame + 8;

/** Walks from header to header. */
export class Mp3Walk {
  readonly #window: SourceWindow;
  readonly #byteLength: number;
  #header: MpegHeader | undefined;
  #index = 0;

  /** `offset`: behind the tags in front. */
  constructor(source: ByteSource, offset: number) {
    this.#window = new SourceWindow(source, offset);
    this.#byteLength = source.byteLength;
  }

  get position(): number {
    return this.#window.position;
  }

  /** Undefined at the end. */
  async next(): Promise<Mp3Frame | Mp3Junk | undefined> {
    const window = this.#window;
    await window.fill(reach);
    if (window.bytes.length === 0) return undefined;
    const header = this.#headerAt(0);
    if (header !== undefined && header.bytes > 0 && header.bytes <= window.bytes.length && this.#isTrusted(header)) {
      const frame = {
        kind: 'frame',
        offset: window.position,
        header,
        bytes: window.bytes.subarray(0, header.bytes),
      } as const;
      this.#header = header;
      this.#index += 1;
      window.advance(header.bytes);
      return frame;
    }
    const tag = this.#header === undefined ? 0 : tagLength(window.bytes);
    if (tag > 0) {
      window.advance(Math.min(tag, this.#byteLength - window.position));
      return this.next();
    }
    return this.#junk(header !== undefined && this.#isExpected(header) && header.bytes > window.bytes.length);
  }

  /** Of a free bit rate only with `isPlace`: where a frame should begin it is worth to measure. */
  #headerAt(at: number, isPlace = true): MpegHeader | undefined {
    const header = parseMpegHeader(this.#window.bytes, at);
    if (header === undefined || !header.isFree || !isPlace) return header;
    return { ...header, bytes: this.#freeBytes(header, at) };
  }

  /** All frames of a free bit rate are of one length, but for padding (ISO 11172-3 section 2.4.2.3): the distance to the next two. 0 when it is none. */
  #freeBytes(header: MpegHeader, at: number): number {
    const before = this.#header;
    if (before !== undefined && isSameStream(before, header)) return before.bytes - before.padding + header.padding;
    const { bytes } = this.#window;
    for (let next = at + header.dataOffset; next + 4 <= Math.min(bytes.length, at + largestFrame); next++) {
      if (bytes[next] !== 0xff) continue;
      const second = parseMpegHeader(bytes, next);
      if (second === undefined || !isSameStream(second, header)) continue;
      const length = next - at;
      const third = parseMpegHeader(bytes, next + length - header.padding + second.padding);
      if (third !== undefined && isSameStream(third, header)) return length;
    }
    return 0;
  }

  #isExpected(header: MpegHeader): boolean {
    return this.#header === undefined || isSameStream(header, this.#header);
  }

  /**
   * Eleven bits are no proof: the first frame, and the first behind damage, have another one behind them, or the end. One that changes what
   * frames have in common has two: a flipped bit changes that too.
   */
  #isTrusted(header: MpegHeader, at = 0): boolean {
    const isExpected = this.#isExpected(header);
    if (at === 0 && this.#header !== undefined && isExpected) return true;
    const { bytes, last } = this.#window;
    let next = at + header.bytes;
    for (let more = isExpected ? 1 : 2; more > 0; more--) {
      if (next >= bytes.length) return last && next === bytes.length;
      if (tagLength(bytes.subarray(next)) > 0) return true;
      const following = parseMpegHeader(bytes, next);
      if (following === undefined || !isSameStream(header, following)) return false;
      next += following.isFree ? header.bytes - header.padding + following.padding : following.bytes;
    }
    return true;
  }

  async #junk(isCut: boolean): Promise<Mp3Junk> {
    const window = this.#window;
    const offset = window.position;
    const isFirst = this.#header === undefined;
    const layer = layerOf(window.bytes);
    for (let from = 1; ; from = 0) {
      await window.fill(reach + largestFrame);
      const { bytes, last } = window;
      const limit = last ? bytes.length : bytes.length - reach;
      let at = from;
      let found: MpegHeader | undefined;
      for (; at < limit; at++) {
        found = bytes[at] === 0xff ? this.#headerAt(at, isFirst) : undefined;
        if (found !== undefined && found.bytes > 0 && this.#isTrusted(found, at)) break;
        found = undefined;
        if (!isFirst && last && tagLength(bytes.subarray(at)) > 0) break;
      }
      window.advance(Math.max(at, 0));
      const length = window.position - offset;
      const isEnd = last && found === undefined;
      if (found === undefined && !isEnd && !(isFirst && length > mostSearched)) continue;
      return {
        kind: 'junk',
        place: isFirst ? 'start' : isEnd ? 'end' : 'middle',
        offset,
        length,
        record: this.#index,
        code: isEnd && isCut ? 'TRUNCATED' : 'CORRUPT',
        reason: isEnd && isCut ? 'the file ends inside a frame' : `expected the header of a frame, found ${layer}`,
      };
    }
  }
}

/** What stands where a frame should, as far as its first bytes tell. */
function layerOf([a = 0, b = 0, c = 0]: Uint8Array): string {
  const layer = 4 - ((b >> 1) & 3);
  const isHeader = a === 0xff && (b & 0xe0) === 0xe0 && ((b >> 3) & 3) !== 1 && c >> 4 !== 15 && ((c >> 2) & 3) !== 3;
  return isHeader && (layer === 1 || layer === 2) ? `that of MPEG layer ${layer}` : 'other bytes';
}

/** Whether junk behind the last frame is left out with a note, rather than taken for damage. */
export function isHarmless({ code, length }: Mp3Junk): boolean {
  return code !== 'TRUNCATED' && length <= mostJunk;
}
