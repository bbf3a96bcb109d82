/** LZ4 blocks (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md), bare and with Hadoop's lengths around them. */

import { Damage } from './faults.ts';

const leastMatch = 4;

/** Fills `out` with what `block` holds. Throws Damage where that is not as much. */
export function unpackLz4(block: Uint8Array, out: Uint8Array): void {
  let [at, made] = [0, 0];
  const length = (nibble: number): number => {
    if (nibble < 15) return nibble;
    let sum = 15;
    for (;;) {
      const byte = block[at++];
      if (byte === undefined) throw bad();
      sum += byte;
      if (byte < 255) return sum;
    }
  };
  while (at < block.length) {
    const token = block[at++]!;
    const literals = length(token >> 4);
    if (literals > block.length - at || literals > out.length - made) throw bad();
    out.set(block.subarray(at, at + literals), made);
    at += literals;
    made += literals;
    // The last sequence is literals alone.
    if (at === block.length) break;
    const distance = block[at]! | ((block[at + 1] ?? 0) << 8);
    if (at + 2 > block.length || distance === 0 || distance > made) throw bad();
    at += 2;
    const match = length(token & 15) + leastMatch;
    if (match > out.length - made) throw bad();
    if (distance >= match) out.copyWithin(made, made - distance, made - distance + match);
    else for (let i = 0; i < match; i++) out[made + i] = out[made + i - distance]!;
    made += match;
  }
  if (made !== out.length) throw bad();
}

/** The codec LZ4, which was never specified: blocks behind two lengths each, as Hadoop writes them, or a bare block. */
export function unpackHadoopLz4(bytes: Uint8Array, out: Uint8Array): void {
  if (!unpackFramed(bytes, out)) unpackLz4(bytes, out);
}

function unpackFramed(bytes: Uint8Array, out: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let [at, made] = [0, 0];
  while (at < bytes.length) {
    if (bytes.length - at < 8) return false;
    const [whole, packed] = [view.getUint32(at), view.getUint32(at + 4)];
    if (packed > bytes.length - at - 8 || whole > out.length - made) return false;
    try {
      unpackLz4(bytes.subarray(at + 8, at + 8 + packed), out.subarray(made, made + whole));
    } catch {
      return false;
    }
    at += 8 + packed;
    made += whole;
  }
  return made === out.length;
}

function bad(): Damage {
  return new Damage('its LZ4 block does not hold what it promises');
}
