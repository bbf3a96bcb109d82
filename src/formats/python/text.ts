/** Python's str as UTF-8: strict, but with lone surrogates in three bytes each, as pickle writes them ("surrogatepass"). */

import { isUtf8 } from 'node:buffer';

/** Most texts of a sample are names: a loop over so few bytes costs less than a call to check them. */
const shortText = 64;

/** Of bytes that a Buffer holds: UTF-8 without surrogates. Undefined where they are anything else. */
export function strictText(buffer: Buffer, from: number, to: number): string | undefined {
  if (to - from <= shortText) {
    let at = from;
    while (at < to && buffer[at]! < 0x80) at++;
    if (at === to) return buffer.toString('latin1', from, to);
  }
  return isUtf8(buffer.subarray(from, to)) ? buffer.toString('utf8', from, to) : undefined;
}

/**
 * The same with lone surrogates. Undefined for what is no UTF-8 then either, and for a high surrogate before a low one: in Python these are two
 * characters, in JavaScript one.
 */
export function pythonText(buffer: Buffer, from: number, to: number): string | undefined {
  const strict = strictText(buffer, from, to);
  if (strict !== undefined) return strict;
  const parts: string[] = [];
  let start = from;
  let before = 0;
  for (let at = from; at < to; at++) {
    // ED A0..BF xx is U+D800 to U+DFFF, and ED stands nowhere else but before 80..9F.
    if (buffer[at] !== 0xed || buffer[at + 1]! < 0xa0 || at + 3 > to) continue;
    if ((buffer[at + 1]! & 0xe0) !== 0xa0 || (buffer[at + 2]! & 0xc0) !== 0x80) return undefined;
    const unit = 0xd000 | ((buffer[at + 1]! & 0x3f) << 6) | (buffer[at + 2]! & 0x3f);
    const between = strictText(buffer, start, at);
    if (between === undefined || (between === '' && before >>> 10 === 0x36 && unit >>> 10 === 0x37)) return undefined;
    parts.push(between, String.fromCharCode(unit));
    before = unit;
    at += 2;
    start = at + 1;
  }
  const rest = strictText(buffer, start, to);
  return rest === undefined || start === from ? undefined : parts.join('') + rest;
}

const surrogate = /\p{Surrogate}/u;

/** Whether UTF-8 can hold it: no lone surrogate. */
export function isWellFormed(text: string): boolean {
  return !surrogate.test(text);
}

/** With three bytes for each lone surrogate. */
export function pythonUtf8(text: string): Uint8Array {
  if (isWellFormed(text)) return Buffer.from(text, 'utf8');
  const bytes: Uint8Array[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const isLone = code >= 0xd800 && code <= 0xdfff;
    bytes.push(
      isLone ? Uint8Array.of(0xed, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)) : Buffer.from(character),
    );
  }
  return Buffer.concat(bytes);
}
