/** The values of an LMDB file: which form they are of, and what they hold. */

import { readMsgpack } from '../formats/msgpack/read.ts';
import { readPickle } from '../formats/pickle/read.ts';
import type { PythonData } from '../formats/python/values.ts';

/** Pickles (of protocols 2 to 5), maps of MessagePack, anything else. */
export type ValueForm = 'pickle' | 'msgpack' | 'other';

/** By the first bytes: PROTO of pickle; a map of MessagePack with text for its first key, or an empty one. */
export function formOf(value: Uint8Array): ValueForm {
  const [first = 0, second = 0] = value;
  if (first === 0x80 && second >= 2 && second <= 5 && value.length > 2) return 'pickle';
  if (first === 0xde || first === 0xdf || (first > 0x80 && first < 0x90 && isText(second))) return 'msgpack';
  return 'other';
}

/** fixstr, str 8, str 16. */
function isText(byte: number): boolean {
  return (byte >= 0xa0 && byte < 0xc0) || byte === 0xd9 || byte === 0xda;
}

/**
 * `halves`: float16 as its bits, or as float32. Undefined for what is of no form that is known.
 *
 * @throws BowerbirdError as readPickle() and readMsgpack()
 */
export function readValue(
  value: Uint8Array,
  source: string,
  halves: 'bits' | 'float32' = 'bits',
): PythonData | undefined {
  const form = formOf(value);
  if (form === 'other') return undefined;
  return form === 'pickle' ? readPickle(value, { source, halves }) : readMsgpack(value, { source, halves });
}
