/**
 * The slow twin of native/core/records/record_salvage.cc: the rule of native/core/records/record_stream.h over a whole file in memory, every checksum
 * computed where it is asked for.
 */

import { totalmem } from 'node:os';
import { slowCrc32c } from './crc32c.ts';

export interface Salvaged {
  readonly records: readonly { readonly index: number; readonly offset: number; readonly payload: Uint8Array }[];
  readonly damage: readonly {
    readonly record: number;
    readonly offset: number;
    readonly length: number;
    readonly code: 'CORRUPT_RECORD' | 'TRUNCATED';
  }[];
}

/** A record may take half of the machine's. */
const mostMemory = Math.floor(totalmem() / 2);
const header = 12;
const footer = 4;
const frame = header + footer;
const guessed = 64 * 2 ** 20;
const sightBytes = 16 * 2 ** 20;
const beyondBytes = 64 * 2 ** 10;
const starts = 32;
const depths = 4;
const shortRow = 4 * 2 ** 10;

/** Where the next record begins, when one should begin at `from` that is damaged. */
export function endOfDamage(file: Uint8Array, from: number, maxRecord = mostMemory): number {
  return new Reader(file, maxRecord).endOfDamage(from);
}

export function salvaged(file: Uint8Array, maxRecord = mostMemory): Salvaged {
  const reader = new Reader(file, maxRecord);
  const records: Salvaged['records'][number][] = [];
  const damage: Salvaged['damage'][number][] = [];
  for (let at = 0, index = 0; at < file.length; index++) {
    const extent = reader.extent(at);
    if (extent !== undefined && at + extent <= file.length && reader.payloadHolds(at, extent)) {
      records.push({ index, offset: at, payload: file.slice(at + header, at + extent - footer) });
      at += extent;
      continue;
    }
    const isShort = file.length - at < header || (extent !== undefined && at + extent > file.length);
    const end = reader.endOfDamage(at);
    damage.push({ record: index, offset: at, length: end - at, code: isShort ? 'TRUNCATED' : 'CORRUPT_RECORD' });
    at = end;
  }
  return { records, damage };
}

/** A candidate is a record, or another place is proven to be one's beginning, or it lies in a payload, like all up to `upTo`. */
type Verdict = { readonly record: number } | { readonly upTo: number };

class Reader {
  readonly #file: Uint8Array;
  readonly #size: number;
  readonly #max: number;
  #began = 0;
  #anchor = 0;
  #span = 0;

  constructor(file: Uint8Array, max: number) {
    this.#file = file;
    this.#size = file.length;
    this.#max = max;
  }

  /** Of the frame whose header holds there. */
  extent(at: number): number | undefined {
    if (at + header > this.#size) return undefined;
    const holds = masked(slowCrc32c(this.#file.subarray(at, at + 8))) === this.#word(at + 8);
    return holds ? this.#word(at) + this.#word(at + 4) * 2 ** 32 + frame : undefined;
  }

  payloadHolds(at: number, extent: number): boolean {
    return this.#holdsBetween(at + header, at + extent);
  }

  endOfDamage(from: number): number {
    this.#began = from;
    for (let anchor = from; ; anchor = this.#span) {
      this.#anchor = anchor;
      this.#span = 0;
      const end = this.#byLength() ?? this.#bySearch();
      if (end !== 'next anchor') return end;
    }
  }

  #byLength(): number | undefined {
    const anchor = this.#anchor;
    const holds = this.extent(anchor) !== undefined;
    for (const { length, believed } of this.#lengths()) {
      const extent = length + frame;
      if (extent > (believed ? this.#max : Math.min(this.#max, guessed))) continue;
      const end = anchor + extent;
      if (believed) this.#span = end;
      if (end > this.#size) continue;
      if (end === this.#size || (!holds && this.payloadHolds(anchor, extent))) return end;
      if (this.extent(end) === undefined) continue;
      const verdict = this.#look(end, true);
      if ('record' in verdict) return verdict.record;
    }
    return undefined;
  }

  #lengths(at = this.#anchor): { readonly length: number; readonly believed: boolean }[] {
    if (at + header > this.#size) return [];
    const [low, high, check] = [this.#word(at), this.#word(at + 4), this.#word(at + 8)];
    const length = low + high * 2 ** 32;
    if (this.extent(at) !== undefined) return [{ length, believed: true }];
    const after = ~unmasked(check) >>> 0;
    const start = 0xffffffff;
    const lowUnder = (ofHigh: number) => wordBetween(start, backOver(after, ofHigh));
    const guess = (ofLow: number, ofHigh: number) => ({
      length: ofLow + ofHigh * 2 ** 32,
      believed: bits(ofLow ^ low) + bits(ofHigh ^ high) === 1,
    });
    return [
      guess(low, wordBetween(over(start, low), after)),
      guess(lowUnder(high), high),
      guess(lowUnder(0), 0),
      { length, believed: bits(check ^ masked(slowCrc32c(this.#file.subarray(at, at + 8)))) === 1 },
    ];
  }

  #bySearch(): number | 'next anchor' {
    let at = this.#anchor + 1;
    while (at + header <= this.#size) {
      const extent = this.extent(at);
      if (this.#span !== 0 && at >= this.#span) {
        if (at === this.#span && extent === undefined) return 'next anchor';
        this.#span = 0;
      }
      if (extent === undefined) {
        at++;
      } else if (this.#span === 0 && this.#ending(at) === 'record') {
        return at;
      } else if (at + extent > this.#size) {
        at++;
      } else if (this.payloadHolds(at, extent)) {
        const verdict = this.#look(at, false);
        if ('record' in verdict) return verdict.record;
        at = verdict.upTo;
      } else {
        const isDamaged = at + extent === this.#size || this.extent(at + extent) !== undefined;
        at += this.#span === 0 && isDamaged ? extent : 1;
      }
    }
    return this.#size;
  }

  #look(candidate: number, supposed: boolean): Verdict {
    const within = !supposed && this.#span !== 0;
    const place = supposed ? this.#anchor : candidate;
    const sight = candidate - place + (supposed ? beyondBytes : within ? this.#span - place + beyondBytes : sightBytes);
    let rowEnd: number | undefined;
    const undecided = (): Verdict => (supposed && rowEnd !== undefined ? { upTo: candidate } : { record: candidate });

    for (let at = candidate; ; ) {
      // The row that begins at `at`.
      let last = at;
      for (;;) {
        const extent = this.extent(at);
        if (extent === undefined) break;
        if (extent > sight && at !== candidate) return undecided();
        if (extent > sight && supposed) return undecided();
        last = at;
        if (within && at < this.#span && !(at + extent <= this.#size && this.payloadHolds(at, extent))) break;
        at += extent;
        if (at - place > sight) return undecided();
      }
      if (at === this.#size) return undecided();
      const isCut = at > this.#size;
      if (isCut) at = last;
      rowEnd ??= at;
      if (within) return { upTo: rowEnd };
      if (isCut) at++;

      // What stands behind it.
      while (at + header <= this.#size && at - place <= sight && this.extent(at) === undefined) at++;
      if (at - place > sight) return undecided();
      const found = at + header <= this.#size;
      const end = found ? at : this.#size;
      const ending = this.#ending(end);
      if (ending === 'record') return { record: end };
      const depth = (end - rowEnd) / footer;
      const fits = Number.isInteger(depth) && depth <= depths && candidate - this.#began >= depth * header;
      const isFooters = fits && rowEnd - candidate <= shortRow && !this.#holdsHeader(rowEnd, end);
      if (isFooters || ending === 'other') return { upTo: end };
      if (!found) return undecided();
    }
  }

  /** Of a damaged record: it has as many bytes as three or four checksums. */
  #holdsHeader(from: number, to: number): boolean {
    if (to - from < header) return false;
    const isOfNothing = to - from === frame && this.#word(from + header) === masked(slowCrc32c(new Uint8Array(0)));
    return isOfNothing || this.#lengths(from).some(({ believed }) => believed);
  }

  /** Whether a checksum ends there that holds for all since the payload of the damaged record began. */
  #ending(end: number): 'record' | 'other' | undefined {
    const anchor = this.#anchor;
    if (this.#holdsBetween(anchor + header, end)) return 'record';
    for (let start = 0; start <= starts; start++) if (this.#holdsBetween(anchor + start, end)) return 'other';
    return undefined;
  }

  #holdsBetween(from: number, end: number): boolean {
    if (from > end - footer) return false;
    return masked(slowCrc32c(this.#file.subarray(from, end - footer))) === this.#word(end - footer);
  }

  #word(at: number): number {
    return new DataView(this.#file.buffer, this.#file.byteOffset, this.#size).getUint32(at, true);
  }
}

function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function unmasked(value: number): number {
  const rotated = (value - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

function bits(value: number): number {
  return (value >>> 0).toString(2).replaceAll('0', '').length;
}

/** The CRC's register, bit by bit, over 32 bits of message and back. */
function over(register: number, word: number): number {
  let state = (register ^ word) >>> 0;
  for (let i = 0; i < 32; i++) state = (state & 1 ? (state >>> 1) ^ 0x82f63b78 : state >>> 1) >>> 0;
  return state;
}

function backOver(register: number, word: number): number {
  let state = register >>> 0;
  for (let i = 0; i < 32; i++) state = (state & 0x80000000 ? ((state ^ 0x82f63b78) << 1) | 1 : state << 1) >>> 0;
  return (state ^ word) >>> 0;
}

/** The word that leads from one register to the other. */
function wordBetween(from: number, to: number): number {
  return (backOver(to, 0) ^ from) >>> 0;
}
