/** CRC-32C (Castagnoli): the checksum of TFRecord, of receipts and of published files. Source: RFC 3720 appendix B.4. */

import { BowerbirdError } from '../../errors.ts';
import { native } from '../../native/native.ts';
import { show } from '../../options.ts';

/**
 * The CRC-32C of `bytes`, as an unsigned 32-bit number. `crc` is the CRC of what came before them.
 *
 * @example crc32c(Buffer.from('123456789')) === 0xe3069283
 * @throws {BowerbirdError} `USAGE` when `bytes` is no Uint8Array or was transferred away.
 */
export function crc32c(bytes: Uint8Array, crc = 0): number {
  if (!isCrc(crc)) throw notCrc('crc32c()', crc);
  const addon = native();
  try {
    return addon.crc32c(bytes, crc);
  } catch (cause) {
    throw notBytes(bytes, cause);
  }
}

/**
 * The CRC-32C of A followed by B, from the CRC of A, the CRC of B and the number of bytes in B.
 *
 * @example crc32cCombine(crc32c(a), crc32c(b), b.length) === crc32c(Buffer.concat([a, b]))
 */
export function crc32cCombine(crcOfA: number, crcOfB: number, lengthOfB: number): number {
  if (!isCrc(crcOfA)) throw notCrc('crc32cCombine()', crcOfA);
  if (!isCrc(crcOfB)) throw notCrc('crc32cCombine()', crcOfB);
  if (!Number.isSafeInteger(lengthOfB) || lengthOfB < 0) {
    throw new BowerbirdError(
      'USAGE',
      `Cannot use length ${show(lengthOfB)} in crc32cCombine(): expected an integer from 0 to 2^53 - 1`,
    );
  }
  return native().crc32cCombine(crcOfA, crcOfB, lengthOfB);
}

/** The form in which TFRecord stores a CRC, rotated and offset, so that a CRC of data that holds CRCs stays strong. */
export function maskCrc32c(crc: number): number {
  if (!isCrc(crc)) throw notCrc('maskCrc32c()', crc);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

const table = makeTable();

/**
 * CRC-32C of the eight bytes at `at`, such as the length in a record's header. Eight table steps cost less than one call into the
 * addon.
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

function isCrc(value: unknown): boolean {
  return typeof value === 'number' && value >>> 0 === value;
}

function notCrc(call: string, crc: unknown): BowerbirdError {
  return new BowerbirdError('USAGE', `Cannot use CRC ${show(crc)} in ${call}: expected an integer from 0 to 2^32 - 1`);
}

function notBytes(value: unknown, cause: unknown): BowerbirdError {
  const found =
    value instanceof Uint8Array
      ? 'one whose memory was transferred away'
      : value === null || typeof value !== 'object'
        ? String(value)
        : (value.constructor?.name ?? 'an object');
  return new BowerbirdError('USAGE', `Cannot compute crc32c(): expected a Uint8Array, found ${found}`, {}, { cause });
}
