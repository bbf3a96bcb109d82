/** The checksum of TFRecord and of everything LevelDB taught: CRC-32C, rotated and shifted so that a CRC of bytes that hold CRCs stays good. */

import { native } from '../native.ts';

const delta = 0xa282ead8;

export function crc32c(bytes: Uint8Array, crc = 0): number {
  return native().crc32c(bytes, crc) >>> 0;
}

export function mask(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + delta) >>> 0;
}

export function unmask(masked: number): number {
  const rotated = (masked - delta) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

const table = makeTable();

/**
 * CRC-32C of the eight bytes at `at`. Eight table steps cost less than one call into the addon, and a search for a lost
 * header asks this of every byte.
 */
export function crc32cOf8(bytes: Uint8Array, at: number): number {
  let crc = 0xffffffff;
  for (let i = at; i < at + 8; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]!) & 0xff]!;
  return ~crc >>> 0;
}

function makeTable(): Uint32Array {
  const made = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    made[byte] = crc;
  }
  return made;
}
