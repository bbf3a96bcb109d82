/** What the first bytes of an LMDB file say: which kind it is, and without the addon. Facts as in native/core/lmdb/meta.cc. */

import type { LmdbFormat } from '../../native/native.ts';
import { lmdbFormat } from '../../native/native.ts';

/** Bytes that are looked at. */
export const lmdbHeaderBytes = 32;

export interface LmdbHeader {
  readonly format: LmdbFormat;
  /** The version word; 0 where it is no LMDB file. */
  readonly version: number;
}

const magic = 0xbeefc0de;
/** v1 of 64 bits; v2 and v3, whose pages carry a transaction; v1 of 32 bits. */
const places = [16, 24, 12];

/** From the first 32 bytes of a file, or as many as it has. */
export function readLmdbHeader(bytes: Uint8Array): LmdbHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, lmdbHeaderBytes));
  const word = (at: number, littleEndian: boolean) =>
    at + 4 <= view.byteLength ? view.getUint32(at, littleEndian) : 0;
  for (const at of places) {
    if (word(at, false) === magic) return { format: lmdbFormat.bigEndian, version: word(at + 4, false) };
    if (word(at, true) !== magic) continue;
    const version = word(at + 4, true);
    return { format: formatOf(version & 0xffff, at), version };
  }
  return { format: lmdbFormat.none, version: 0 };
}

function formatOf(version: number, at: number): LmdbFormat {
  if (version === 1 && at === 16) return lmdbFormat.v1;
  if (version === 1 && at === 12) return lmdbFormat.v1Of32Bits;
  if (version === 2) return lmdbFormat.v2;
  return version === 3 ? lmdbFormat.v3 : lmdbFormat.other;
}
