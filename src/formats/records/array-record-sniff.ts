/** Tells ArrayRecord files from others by what is in them, also where their beginning is damaged. */

import type { ByteSource } from '../../bytes.ts';
import { native } from '../../native/native.ts';
import { sniffCompression } from '../compression.ts';
import { hasHeader, headerBytes } from './tfrecord-frame.ts';

export const blockBytes = 65536;
/** Of the block header and the signature chunk, which are the same in every file. */
export const signatureBytes = 64;
const blockHeaderBytes = 24;
const signature = Buffer.from(
  '83af70d10d884a3f00000000000000004000000000000000' +
    '91bac23c9287e1a90000000000000000e19f13c0e9b1c37273000000000000000000000000000000',
  'hex',
);

/** True for every Riegeli file, by its first 64 bytes (8 suffice of an intact one): one of the two headers there has to be intact. */
export function isArrayRecord(head: Uint8Array): boolean {
  return holds(head, 0, 8) || holds(head, blockHeaderBytes, signatureBytes);
}

function holds(head: Uint8Array, from: number, to: number): boolean {
  return head.length >= to && signature.subarray(from, to).equals(head.subarray(from, to));
}

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
