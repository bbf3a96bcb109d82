/** Whole-file GZIP and ZLIB around a record stream, found by content, since names lie in both directions. */

import { Readable } from 'node:stream';
import { createDeflate, createGunzip, createGzip, createInflate } from 'node:zlib';
import type { ByteBlocks, Stop } from '../bytes.ts';
import { BowerbirdError, type ErrorCode } from '../errors.ts';
import { hasHeader, headerBytes } from './tfrecord-frame.ts';

export type CompressionKind = 'none' | 'gzip' | 'zlib';

/** Looks at the first 12 bytes. A TFRecord header whose checksum holds wins over bytes that happen to look like zlib. */
export function sniffCompression(head: Uint8Array): CompressionKind {
  if (head.length >= headerBytes && hasHeader(head, 0)) return 'none';
  if (head.length >= 3 && head[0] === 0x1f && head[1] === 0x8b && head[2] === 8) return 'gzip';
  if (head.length >= 2 && isZlib(head[0]!, head[1]!)) return 'zlib';
  return 'none';
}

/** RFC 1950: method 8, window at most 32 KiB, check bits, no preset dictionary. */
function isZlib(cmf: number, flags: number): boolean {
  return (cmf & 0x0f) === 8 && cmf >> 4 <= 7 && (cmf * 256 + flags) % 31 === 0 && (flags & 0x20) === 0;
}

export interface DecompressOptions {
  /** Path or URI, for messages. */
  readonly source: string;
  readonly stop?: Stop | undefined;
}

/**
 * Compressed bytes go in by slabs cut at fixed places and come out in pieces of fixed size, so that what is delivered
 * before a failure does not depend on how the caller cut its blocks: Node's zlib withholds the piece it was filling.
 */
const slabBytes = 64 * 1024;
const pieceBytes = 32 * 1024;

/**
 * Streams what `kind` holds. Members of a gzip file follow one another. Fails with TRUNCATED when the stream ends early and with
 * CORRUPT_RECORD when it is damaged or followed by bytes that do not belong to it; the offset counts decompressed bytes.
 * The caller owns the blocks.
 */
export async function* decompress(
  blocks: ByteBlocks,
  kind: CompressionKind,
  options: DecompressOptions,
): AsyncGenerator<Uint8Array> {
  if (kind === 'none') {
    for await (const block of blocks) {
      options.stop?.throwIfAborted();
      yield block;
    }
    return;
  }
  let fed = 0;
  let failure: unknown;
  async function* slabs(): AsyncGenerator<Uint8Array> {
    try {
      for await (const slab of recut(blocks, slabBytes)) {
        options.stop?.throwIfAborted();
        fed += slab.length;
        yield slab;
      }
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  const input = Readable.from(slabs(), { objectMode: true, highWaterMark: 1 });
  const inflater = kind === 'gzip' ? createGunzip({ chunkSize: pieceBytes }) : createInflate({ chunkSize: pieceBytes });
  input.on('error', (error) => inflater.destroy(error));
  input.pipe(inflater);
  let made = 0;
  try {
    for await (const piece of inflater as AsyncIterable<Uint8Array>) {
      options.stop?.throwIfAborted();
      made += piece.length;
      yield piece;
    }
  } catch (error) {
    throw failure ?? streamError(error, kind, options.source, made);
  } finally {
    input.destroy();
    inflater.destroy();
  }
  // Node stops without a word at a zero byte after a gzip member, and at any byte after a zlib stream.
  if (fed > inflater.bytesWritten) {
    throw new BowerbirdError(
      'CORRUPT_RECORD',
      `Cannot read "${options.source}" to its end: bytes that are not ${kind} follow the ${kind} stream after ${inflater.bytesWritten} bytes. ` +
        'The file was overwritten or appended to',
      { source: options.source, offset: made },
    );
  }
}

function streamError(cause: unknown, kind: CompressionKind, source: string, offset: number): BowerbirdError {
  if (cause instanceof BowerbirdError) return cause;
  const error = cause as NodeJS.ErrnoException;
  if (!error.code?.startsWith('Z_')) throw cause;
  const [code, what]: [ErrorCode, string] =
    error.code === 'Z_BUF_ERROR'
      ? ['TRUNCATED', 'the file ends inside it; fetch the file again']
      : ['CORRUPT_RECORD', `${error.message}; its bytes were changed after it was written`];
  const message = `Cannot read the ${kind} stream of "${source}" beyond byte ${offset} of its content: ${what}`;
  return new BowerbirdError(code, message, { source, offset }, { cause });
}

/** The same bytes in blocks of exactly `size` (the last one shorter), each in bytes of its own. */
async function* recut(blocks: ByteBlocks, size: number): AsyncGenerator<Uint8Array> {
  let slab = new Uint8Array(size);
  let filled = 0;
  for await (const block of blocks) {
    for (let at = 0; at < block.length; ) {
      const part = block.subarray(at, at + size - filled);
      slab.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < size) continue;
      yield slab;
      slab = new Uint8Array(size);
      filled = 0;
    }
  }
  if (filled > 0) yield slab.subarray(0, filled);
}

/** The other direction. Levels are zlib's default, as TensorFlow's. */
export async function* compress(blocks: ByteBlocks, kind: CompressionKind): AsyncGenerator<Uint8Array> {
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
