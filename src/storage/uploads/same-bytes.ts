/** Whether an object is what a local file is: by its size, and by a checksum where the storage tells one. */

import { createHash, type Hash } from 'node:crypto';
import type { ByteBlocks, Stop } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { native } from '../../native/native.ts';
import { blocksOf, openLocal } from '../local/local.ts';
import { partSizeFor } from '../parts.ts';
import type { ObjectSums, Storage } from '../storage.ts';
import { crcText } from '../written.ts';

/** In a storage that tells no checksum nothing is the same; of a file here both are read. */
export async function hasSameBytes(storage: Storage, uri: string, path: string, stop?: Stop): Promise<boolean> {
  const isLocal = storage.scheme === 'file';
  const found: ObjectSums | undefined = await (isLocal ? storage.stat(uri) : told(storage, uri));
  if (found === undefined) return false;
  const file = await openLocal(path);
  try {
    const { size, version, md5, md5OfParts, crc32c } = found;
    if (file.byteLength !== size) return false;
    const blocks = () => blocksOf(file, stop);
    if (isLocal) return (await digest(blocks())) === (await digest(storage.readStream(uri, { version, stop })));
    if (md5 !== undefined) return (await digest(blocks())) === md5;
    if (md5OfParts !== undefined) return (await partsDigest(blocks(), partSizeFor(size))) === md5OfParts;
    return crc32c !== undefined && (await crcOf(blocks())) === crc32c;
  } finally {
    await file.close();
  }
}

/** Who may only write is not told what is there, nor that nothing is. */
async function told(storage: Storage, uri: string): Promise<ObjectSums | undefined> {
  try {
    return await storage.sums?.(uri);
  } catch (error) {
    if (error instanceof BowerbirdError && error.code === 'ACCESS') return undefined;
    throw error;
  }
}

async function digest(blocks: ByteBlocks): Promise<string> {
  const hash = createHash('md5');
  for await (const block of blocks) hash.update(block);
  return hash.digest('hex');
}

async function crcOf(blocks: ByteBlocks): Promise<string> {
  let crc = 0;
  for await (const block of blocks) crc = native().crc32c(block, crc);
  return crcText(crc);
}

/** The MD5 of the MD5s of parts, as S3 makes the ETag of what was sent in parts. */
async function partsDigest(blocks: ByteBlocks, partSize: number): Promise<string> {
  const whole = createHash('md5');
  let [parts, left] = [0, partSize];
  let part: Hash | undefined;
  for await (let block of blocks) {
    while (block.length > 0) {
      part ??= createHash('md5');
      part.update(block.subarray(0, left));
      const taken = Math.min(left, block.length);
      block = block.subarray(taken);
      left -= taken;
      if (left > 0) continue;
      whole.update(part.digest());
      parts++;
      [part, left] = [undefined, partSize];
    }
  }
  if (part !== undefined) {
    whole.update(part.digest());
    parts++;
  }
  return `${whole.digest('hex')}-${parts}`;
}
