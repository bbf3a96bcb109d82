/** Keys of LMDB as text. */

import { isUtf8 } from 'node:buffer';

/** Undefined for what is no text. */
export function utf8Of(key: Uint8Array): string | undefined {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.length);
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/** For people: bytes that are no UTF-8 as `\\xff`. */
export function keyText(key: Uint8Array): string {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.length);
  const spelled = (c: string) => `\\x${c.charCodeAt(0).toString(16)}`;
  return utf8Of(key) ?? bytes.toString('latin1').replace(/[\x80-\xff]/g, spelled);
}
