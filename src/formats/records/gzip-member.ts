/** The header of a gzip member (RFC 1952, section 2.3): how members are told from other bytes, whole or with a damaged beginning. */

import { constants, gunzipSync } from 'node:zlib';
import type { BlockCursor } from './block-cursor.ts';
import { hasHeader, headerBytes } from './tfrecord-frame.ts';

/** Two bytes that identify, and deflate, the only method there is. */
export const memberStart = Uint8Array.of(0x1f, 0x8b, 8);
const memberHeaderBytes = 10;
const reservedFlags = 0xe0;

/** As far as there are bytes. */
export function startsLikeMember(bytes: Uint8Array, at = 0): boolean {
  return memberStart.subarray(0, bytes.length - at).every((value, i) => bytes[at + i] === value);
}

/** Moves the cursor to the next member; false where there is none. */
export async function findMember(input: BlockCursor): Promise<boolean> {
  for (;;) {
    const found = Buffer.from(input.bytes.buffer, input.bytes.byteOffset, input.bytes.length).indexOf(
      memberStart,
      input.at,
    );
    if (found >= 0) {
      input.at = found;
      if (!(await input.has(memberHeaderBytes))) return false;
      if ((input.bytes[input.at + 3]! & reservedFlags) === 0) return true;
      input.at++;
      continue;
    }
    input.at = Math.max(input.at, input.bytes.length - memberStart.length + 1);
    if (!(await input.more())) return false;
  }
}

/** What is looked at where that is damaged: the rest of the header and the tables of the first block of deflate. */
export const startBytes = 512;

/**
 * A file that lost what identifies it as gzip and nothing else. The rest of the header is no proof; that its content begins with the header of
 * a record, whose checksum holds, is one.
 */
export function lacksMemberStart(head: Uint8Array): boolean {
  if (head.length < memberHeaderBytes || startsLikeMember(head) || !isPlausible(head)) return false;
  const mended = head.slice(0, startBytes);
  mended.set(memberStart);
  try {
    const content = gunzipSync(mended, { finishFlush: constants.Z_SYNC_FLUSH });
    return content.length >= headerBytes && hasHeader(content, 0);
  } catch {
    return false;
  }
}

/** The flags, what the compressor says of itself, and the system: 255 where it is not known. */
function isPlausible(head: Uint8Array): boolean {
  const [flags, effort, system] = [head[3]!, head[8]!, head[9]!];
  return (flags & reservedFlags) === 0 && [0, 2, 4].includes(effort) && (system <= 13 || system === 255);
}
