/** Compressed pages: https://github.com/apache/parquet-format/blob/master/Compression.md. */

import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { codecType, native } from '../../native/native.ts';
import { Damage } from './faults.ts';
import { unpackHadoopLz4, unpackLz4 } from './lz4.ts';

/** An audio file of that size is hours long; a larger page could not be held beside the others of a run. */
export const mostPage = 1 << 30;

/**
 * The most that a byte of the codec can stand for, so that a claim costs no memory that it cannot need.
 *   gzip    258 bytes in 2 bits    RFC 1951
 *   zstd    128 KiB in 4 bytes     RFC 8878
 *   snappy  64 bytes in 3
 *   LZ4     255 bytes in one
 *   brotli  16 MiB in a few bits   RFC 7932
 */
const mostOfByte: { readonly [codec: string]: number } = {
  SNAPPY: 32,
  GZIP: 1032,
  ZSTD: 32 << 10,
  LZ4: 256,
  LZ4_RAW: 256,
  BROTLI: 16 << 20,
};

const noZstd =
  'it is compressed with Zstandard, which neither this Node nor the system brings; install the library (libzstd) or use Node 22.15 or later';

/** Of `size` bytes, in memory of their own. Throws Damage. */
export function unpackPage(codec: string, packed: Uint8Array, size: number): Uint8Array {
  if (codec === 'UNCOMPRESSED') {
    if (packed.length !== size) throw new Damage(`it should be ${size} bytes long, and is ${packed.length}`);
    return packed;
  }
  const most = mostOfByte[codec];
  if (most === undefined) {
    throw new Damage(`it is compressed with the codec ${codec}, which is not read`, 'UNSUPPORTED');
  }
  if (size > mostPage)
    throw new Damage(`it takes ${size} bytes; the most that are read are ${mostPage}`, 'UNSUPPORTED');
  if (size > (packed.length + 16) * most) throw new Damage(`it says that ${packed.length} bytes hold ${size}`);
  if (size === 0) return new Uint8Array(0);
  const out = new Uint8Array(size);
  unpackers[codec as keyof typeof unpackers](packed, out);
  return out;
}

const unpackers = {
  SNAPPY: (packed, out) => byAddon(codecType.snappy, packed, out),
  ZSTD: (packed, out) => byAddon(codecType.zstd, packed, out),
  GZIP: (packed, out) => byNode(gunzipSync, packed, out),
  BROTLI: (packed, out) => byNode(brotliDecompressSync, packed, out),
  LZ4: unpackHadoopLz4,
  LZ4_RAW: unpackLz4,
} satisfies { readonly [codec: string]: (packed: Uint8Array, out: Uint8Array) => void };

function byAddon(codec: number, packed: Uint8Array, out: Uint8Array): void {
  const whole = native().unpack(codec, packed, out);
  if (whole === null) throw new Damage(noZstd, 'UNSUPPORTED');
  if (!whole) throw notHeld();
}

function byNode(unpack: typeof gunzipSync, packed: Uint8Array, out: Uint8Array): void {
  let found: Uint8Array;
  try {
    found = unpack(packed, { maxOutputLength: out.length });
  } catch {
    throw notHeld();
  }
  if (found.length !== out.length) throw notHeld();
  out.set(found);
}

function notHeld(): Damage {
  return new Damage('it does not unpack to what it promises; the bytes were changed after they were written');
}
