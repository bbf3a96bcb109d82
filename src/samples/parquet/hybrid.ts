/** Runs and packed bits, of which levels and numbers of a dictionary are made. https://parquet.apache.org/docs/file-format/data-pages/encodings/ */

import { Damage } from './faults.ts';

const mostRun = 2 ** 31;

/**
 * Fills `out` from `bytes` at `from`, which end before `to`. `width`: bits of a number, 0 to 32. What stands behind the last number that is asked for is nobody's.
 * Throws Damage where the bytes end before.
 */
export function readHybrid(
  bytes: Uint8Array,
  from: number,
  to: number,
  width: number,
  out: Uint8Array | Uint32Array,
): void {
  if (width > 32) throw new Damage(`numbers of ${width} bits, where 32 are the most`);
  const valueBytes = (width + 7) >> 3;
  let at = from;
  for (let filled = 0; filled < out.length; ) {
    const [header, behind] = varint(bytes, at, to);
    at = behind;
    const rest = out.length - filled;
    if (header % 2 === 0) {
      const run = Math.min(rest, header / 2);
      if (valueBytes > to - at) throw short();
      out.fill(littleEndian(bytes, at, valueBytes), filled, filled + run);
      at += valueBytes;
      filled += run;
    } else {
      // Whole groups of 8; the last of a page may go on behind its values, and may lack the bytes of what is behind.
      const groups = (header - 1) / 2;
      const run = Math.min(rest, groups * 8);
      if (Math.ceil((run * width) / 8) > to - at) throw short();
      unpack(bytes, at, width, out, filled, run);
      at = Math.min(to, at + groups * width);
      filled += run;
    }
  }
}

function unpack(
  bytes: Uint8Array,
  from: number,
  width: number,
  out: Uint8Array | Uint32Array,
  first: number,
  count: number,
): void {
  if (width === 0) {
    out.fill(0, first, first + count);
    return;
  }
  if (width > 24) {
    unpackWide(bytes, from, width, out, first, count);
    return;
  }
  const mask = 2 ** width - 1;
  let [at, bits, held] = [from, 0, 0];
  for (let i = 0; i < count; i++) {
    while (held < width) {
      bits |= bytes[at++]! << held;
      held += 8;
    }
    out[first + i] = bits & mask;
    bits >>>= width;
    held -= width;
  }
}

/** As above, where no 32 bits hold a number and the rest of a byte. */
function unpackWide(
  bytes: Uint8Array,
  from: number,
  width: number,
  out: Uint8Array | Uint32Array,
  first: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    let value = 0;
    for (let bit = 0, place = i * width; bit < width; bit++, place++) {
      if ((bytes[from + (place >> 3)]! >> (place & 7)) & 1) value += 2 ** bit;
    }
    out[first + i] = value;
  }
}

function varint(bytes: Uint8Array, from: number, to: number): [value: number, behind: number] {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    if (from + i >= to) throw short();
    const byte = bytes[from + i]!;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) {
      if (value > mostRun * 2) break;
      return [value, from + i + 1];
    }
  }
  throw new Damage('a run of more values than there can be');
}

function littleEndian(bytes: Uint8Array, from: number, length: number): number {
  let value = 0;
  for (let i = 0; i < length; i++) value += bytes[from + i]! * 2 ** (8 * i);
  return value;
}

function short(): Damage {
  return new Damage('the page ends before its values do', 'TRUNCATED');
}
