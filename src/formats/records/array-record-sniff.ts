/** Tells ArrayRecord files from others by what is in them, also where their beginning is damaged. */

import type { ByteSource } from '../../bytes.ts';
import { native } from '../../native/native.ts';
import { blockBytes, blockHeaderBytes, isArrayRecord, signatureBytes } from '../sniff/riegeli-signature.ts';
import { sniffCompression } from './compression.ts';
import { hasHeader, headerBytes } from './tfrecord-frame.ts';

/** By the header of its second block, which the first request for an object brings along. */
export function hasSecondBlock(source: ByteSource): Promise<boolean> {
  return isBlock(source, blockBytes);
}

/** By headers of blocks further on, for a file that nothing else tells: those of the third and fourth, in the middle, and at the end. */
export async function hasLaterBlock(source: ByteSource): Promise<boolean> {
  const last = Math.floor(Math.max(0, source.byteLength - blockHeaderBytes) / blockBytes);
  for (const block of new Set([2, 3, Math.floor(last / 2), last])) {
    if (block > 1 && block <= last && (await isBlock(source, block * blockBytes))) return true;
  }
  return false;
}

/** For those to whom every other file is a TFRecord file. */
export async function isArrayRecordFile(source: ByteSource): Promise<boolean> {
  const head = await source.read(0, signatureBytes);
  if (isArrayRecord(head)) return true;
  if (head.length >= headerBytes && hasHeader(head, 0)) return false;
  return sniffCompression(head) === 'none' && ((await hasSecondBlock(source)) || (await hasLaterBlock(source)));
}

/** A block header says how far behind its chunk began and how far on it ends, under a hash of its own. */
async function isBlock(source: ByteSource, position: number): Promise<boolean> {
  if (position + blockHeaderBytes > source.byteLength) return false;
  const header = await source.read(position, blockHeaderBytes);
  if (header.length < blockHeaderBytes) return false;
  const view = new DataView(header.buffer, header.byteOffset, blockHeaderBytes);
  const [hash, previous, next] = [0, 8, 16].map((at) => view.getBigUint64(at, true)) as [bigint, bigint, bigint];
  // The addon is asked about what may be one, and nothing else.
  if (previous > BigInt(position) || next === 0n || next > BigInt(Number.MAX_SAFE_INTEGER)) return false;
  return native().riegeliHash(header.subarray(8)) === hash;
}
