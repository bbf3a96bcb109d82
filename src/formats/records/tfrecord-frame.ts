/**
 * The frame around one record, for reader and writer alike (all little-endian):
 * u64 length, u32 masked CRC-32C of those 8 bytes, payload, u32 masked CRC-32C of the payload.
 */

import { crc32c, crc32cOf8, maskCrc32c } from './crc32c.ts';

export const headerBytes = 12;
export const footerBytes = 4;
export const frameBytes = headerBytes + footerBytes;

/** REQUIRES: 12 bytes at `at`. */
export function hasHeader(bytes: Uint8Array, at: number): boolean {
  return maskCrc32c(crc32cOf8(bytes, at)) === loadU32(bytes, at + 8);
}

/** The claimed length. Beyond 2^53 it is not exact, and far beyond any limit it is compared with. */
export function claimedLength(bytes: Uint8Array, at: number): number {
  return loadU32(bytes, at) + loadU32(bytes, at + 4) * 2 ** 32;
}

export function loadU32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

export function storeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

/** Writes header and footer around a payload of `length` bytes that stands (or will stand) at `at + 12`. */
export function storeHeader(bytes: Uint8Array, at: number, length: number): void {
  storeU32(bytes, at, length);
  storeU32(bytes, at + 4, Math.floor(length / 2 ** 32));
  storeU32(bytes, at + 8, maskCrc32c(crc32cOf8(bytes, at)));
}

/** One whole frame, in bytes of its own. */
export function frameRecord(payload: Uint8Array): Uint8Array {
  const framed = new Uint8Array(payload.length + frameBytes);
  storeHeader(framed, 0, payload.length);
  framed.set(payload, headerBytes);
  storeU32(framed, headerBytes + payload.length, maskCrc32c(crc32c(payload)));
  return framed;
}
