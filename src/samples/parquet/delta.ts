/** DELTA_BINARY_PACKED, and the two encodings of bytes that stand on it. https://parquet.apache.org/docs/file-format/data-pages/encodings/ */

import { Damage } from './faults.ts';

/** What writers use is 128 values in 4 parts. */
const mostBlock = 1 << 20;
const mostParts = 1024;

/** All that values made of their predecessors may come to: 2^24 of them could each be as long as the page. */
const mostMade = 1 << 30;

/** Fills `out`; where the encoded numbers end. Throws Damage. */
export function readDelta(bytes: Uint8Array, from: number, out: Int32Array | BigInt64Array): number {
  const cursor = new Cursor(bytes, from);
  const block = cursor.length();
  const parts = cursor.length();
  if (block > mostBlock || parts === 0 || parts > mostParts || block % (parts * 8) !== 0 || block === 0) {
    throw new Damage(`blocks of ${block} numbers in ${parts} parts, which cannot be`);
  }
  // How many there are: the page says it too.
  cursor.length();
  if (out.length === 0) return cursor.at;
  const add = out instanceof Int32Array ? adding32(out) : adding64(out);
  add(cursor.zigzag(), 0, 0);
  const inPart = block / parts;
  for (let done = 1; done < out.length; ) {
    const least = cursor.zigzag();
    const widths = cursor.take(parts);
    for (let part = 0; part < parts && done < out.length; part++) {
      const width = bytes[widths + part]!;
      if (width > 64) throw new Damage(`differences of ${width} bits, where 64 are the most`);
      // What is behind the last value is padding, and there all the same.
      const at = cursor.take((inPart * width) / 8);
      const count = Math.min(inPart, out.length - done);
      for (let i = 0; i < count; i++) {
        const [low, high] = bitsAt(bytes, at, i * width, width);
        add(least, low, high);
      }
      done += count;
    }
  }
  return cursor.at;
}

/** Adds least + low + high * 2^32 to the value before, as two's complement does. */
type Add = (least: bigint, low: number, high: number) => void;

function adding32(out: Int32Array): Add {
  let [at, value] = [0, 0];
  let [known, least] = [0n, 0];
  return (given, low) => {
    if (given !== known) [known, least] = [given, Number(BigInt.asIntN(32, given))];
    value = (value + least + low) | 0;
    out[at++] = value;
  };
}

function adding64(out: BigInt64Array): Add {
  let [at, value] = [0, 0n];
  return (least, low, high) => {
    const more = high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low);
    value = BigInt.asIntN(64, value + least + more);
    out[at++] = value;
  };
}

/** Up to 64 bits as two unsigned halves. */
function bitsAt(bytes: Uint8Array, from: number, bit: number, width: number): [low: number, high: number] {
  let [low, high] = [0, 0];
  for (let got = 0; got < width; ) {
    const place = bit + got;
    const inByte = place & 7;
    const taken = Math.min(8 - inByte, width - got, got < 32 ? 32 - got : 64);
    const part = (bytes[from + (place >> 3)]! >> inByte) & ((1 << taken) - 1);
    if (got < 32) low += part * 2 ** got;
    else high += part * 2 ** (got - 32);
    got += taken;
  }
  return [low, high];
}

class Cursor {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  take(count: number): number {
    const from = this.at;
    if (count > this.#bytes.length - from) throw new Damage('the page ends before its values do', 'TRUNCATED');
    this.at += count;
    return from;
  }

  length(): number {
    return Number(this.#varint());
  }

  zigzag(): bigint {
    const value = this.#varint();
    return (value >> 1n) ^ -(value & 1n);
  }

  #varint(): bigint {
    let value = 0n;
    for (let i = 0n; i < 10n; i++) {
      const byte = this.#bytes[this.take(1)]!;
      value |= BigInt(byte & 0x7f) << (7n * i);
      if (byte < 0x80) return value;
    }
    throw new Damage('a number of more than 10 bytes');
  }
}

/** DELTA_LENGTH_BYTE_ARRAY: the lengths, then the bytes, which the values borrow. */
export function readDeltaLengths(bytes: Uint8Array, from: number, count: number): Uint8Array[] {
  if (count === 0) return [];
  const lengths = new Int32Array(count);
  return cut(bytes, readDelta(bytes, from, lengths), lengths);
}

function cut(bytes: Uint8Array, from: number, lengths: Int32Array): Uint8Array[] {
  const values = new Array<Uint8Array>(lengths.length);
  let at = from;
  for (const [i, length] of lengths.entries()) {
    if (length < 0 || length > bytes.length - at) throw new Damage('a value goes on behind the page', 'TRUNCATED');
    values[i] = bytes.subarray(at, at + length);
    at += length;
  }
  return values;
}

/** DELTA_BYTE_ARRAY: of each value, how much it has in common with the one before, and the rest. */
export function readDeltaStrings(bytes: Uint8Array, from: number, count: number): Uint8Array[] {
  if (count === 0) return [];
  const prefixes = new Int32Array(count);
  const rests = readDeltaLengths(bytes, readDelta(bytes, from, prefixes), count);
  let [before, made] = [new Uint8Array(0) as Uint8Array, 0];
  return rests.map((rest, i) => {
    const prefix = prefixes[i]!;
    if (prefix < 0 || prefix > before.length)
      throw new Damage('a value goes on from more than the one before it holds');
    if (prefix > 0) {
      made += prefix + rest.length;
      if (made > mostMade) throw new Damage(`a page of more than ${mostMade} bytes`, 'UNSUPPORTED');
      const whole = new Uint8Array(prefix + rest.length);
      whole.set(before.subarray(0, prefix));
      whole.set(rest, prefix);
      before = whole;
    } else before = rest;
    return before;
  });
}
