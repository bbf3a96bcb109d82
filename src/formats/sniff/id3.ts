/** Tags that programs put around sound of every format: ID3 in front of it, ID3 and APE behind it. */

import { latin1 } from '../../bytes.ts';

/** ID3 tags one behind another; more is no file that a program wrote. */
export const mostTags = 16;

/** Where a recording begins that has ID3 tags in front of it: not only MP3, programs put them before everything. `read` gives fewer bytes at the end. */
export async function behindId3(read: (offset: number, length: number) => Promise<Uint8Array>): Promise<number> {
  let offset = 0;
  for (let tags = 0; tags < mostTags; tags++) {
    const head = await read(offset, 10);
    if (head.length < 10 || latin1(head, 0, 3) !== 'ID3') break;
    offset += id3Length(head);
  }
  return offset;
}

/** id3.org, ID3v2.4 section 3.1: four times seven bits, without the header, or a footer when there is one. */
export function id3Length(head: Uint8Array): number {
  const [flags = 0, a = 0, b = 0, c = 0, d = 0] = head.subarray(5, 10);
  const body = ((a & 127) << 21) | ((b & 127) << 14) | ((c & 127) << 7) | (d & 127);
  return 10 + body + ((flags & 0x10) === 0 ? 0 : 10);
}

/** Bytes of what programs append, or leave in the middle when they join files: ID3v1, ID3v2, APEv2. 0 for anything else. */
export function tagLength(bytes: Uint8Array): number {
  if (latin1(bytes, 0, 3) === 'TAG') return 128;
  if (latin1(bytes, 0, 3) === 'ID3' && bytes.length >= 10) return id3Length(bytes);
  if (latin1(bytes, 0, 8) !== 'APETAGEX' || bytes.length < 32) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The size counts items and footer; bit 29 tells header from footer.
  return (view.getUint32(20, true) & 0x20000000) === 0 ? 32 : 32 + view.getUint32(12, true);
}
