/** Whole-file GZIP and ZLIB around a record stream, found by content, since names lie in both directions. */

import { Readable } from 'node:stream';
import { createDeflate, createGzip } from 'node:zlib';
import type { ByteBlocks } from '../../bytes.ts';
import { lacksMemberStart, memberStart, startsLikeMember } from './gzip-member.ts';
import { type InflateOptions, inflated } from './inflate.ts';
import { hasHeader, headerBytes } from './tfrecord-frame.ts';

export type Compression = 'none' | 'gzip' | 'zlib';

/**
 * Looks at the first 512 bytes, or fewer. A TFRecord header whose checksum holds wins over bytes that happen to look like zlib. What lost its
 * first bytes and is gzip behind them is gzip.
 */
export function sniffCompression(head: Uint8Array): Compression {
  if (head.length >= headerBytes && hasHeader(head, 0)) return 'none';
  if (head.length >= memberStart.length && startsLikeMember(head)) return 'gzip';
  if (lacksMemberStart(head)) return 'gzip';
  if (head.length >= 2 && isZlib(head[0]!, head[1]!)) return 'zlib';
  return 'none';
}

/** For errors about files that hold no record: part of a sentence, empty where their names do not say gzip. */
export function gzipByName(name: string, found: Compression): string {
  if (found !== 'none' || !/\.gz(ip)?([?#].*)?$/i.test(name)) return '';
  return '; its name says gzip, and its first bytes do not: they are damaged, or it was never compressed';
}

/** RFC 1950: method 8, window at most 32 KiB, check bits, no preset dictionary. */
function isZlib(cmf: number, flags: number): boolean {
  return (cmf & 0x0f) === 8 && cmf >> 4 <= 7 && (cmf * 256 + flags) % 31 === 0 && (flags & 0x20) === 0;
}

/**
 * Streams what `kind` holds, all of it up to the damage where there is some. Members of a gzip file follow one another. Fails with
 * TRUNCATED when the stream ends early and with CORRUPT_RECORD when it is damaged or followed by bytes that do not belong to it; the
 * offset counts decompressed bytes. The caller owns the blocks.
 */
export async function* decompress(
  blocks: ByteBlocks,
  kind: Compression,
  options: InflateOptions,
): AsyncGenerator<Uint8Array> {
  if (kind !== 'none') {
    yield* inflated(blocks, kind, options);
    return;
  }
  for await (const block of blocks) {
    options.stop?.throwIfAborted();
    yield block;
  }
}

/** The other direction. Levels are zlib's default, as TensorFlow's. */
export async function* compress(blocks: ByteBlocks, kind: Compression): AsyncGenerator<Uint8Array> {
  if (kind === 'none') {
    yield* blocks;
    return;
  }
  const input = Readable.from(blocks, { objectMode: true, highWaterMark: 1 });
  const deflater = kind === 'gzip' ? createGzip() : createDeflate();
  input.on('error', (error) => deflater.destroy(error));
  input.pipe(deflater);
  try {
    yield* deflater as AsyncIterable<Uint8Array>;
  } finally {
    input.destroy();
    deflater.destroy();
  }
}
