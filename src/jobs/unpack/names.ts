/** Names of files that are made of keys and of names of fields, which may be anything: never outside of the folder, and no two the same. */

import { shortened } from '../../storage/local/temp-name.ts';

/** In bytes of UTF-8: together with an ending they fit into the 255 that file systems take. */
const mostStem = 140;
const mostField = 60;

/**
 * What some file system or shell takes for something else: separators, wildcards, control characters; "%", which says that bytes follow, and "~",
 * which tells names apart.
 */
const unsafe = /[<>:"/\\|?*%~]|[\p{C}\p{Zl}\p{Zp}]|^[ .]|[ .]$/gu;
const unsafeByte = /[<>:"/\\|?*%~]|[^ -~]|^[ .]|[ .]$/g;
/** Devices of Windows, whatever ending they have. */
const device = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?=[ .]|$)/i;

/** The beginning of the names of a sample's files. Bytes that cannot stand there become "%2F". A long name is cut, and ends in a digest of all of it. */
export function stemOf(key: Uint8Array): string {
  return shortened(escaped(Buffer.from(key.buffer, key.byteOffset, key.length)), mostStem);
}

/** Of a field in the name of a file: without dots, so that key, field and ending can be told apart. */
export function fieldName(name: string): string {
  return shortened(escaped(Buffer.from(name)).replaceAll('.', '%2E'), mostField);
}

function escaped(bytes: Buffer): string {
  if (bytes.length === 0) return '%';
  const text = bytes.toString('utf8');
  const isText = Buffer.from(text).equals(bytes);
  const safe = isText ? text.replace(unsafe, percent) : bytes.toString('latin1').replace(unsafeByte, percentByte);
  return device.test(safe) ? `${percent(safe[0]!)}${safe.slice(1)}` : safe;
}

function percent(text: string): string {
  return Array.from(Buffer.from(text), (byte) => percentByte(String.fromCharCode(byte))).join('');
}

function percentByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Names that are given away. Some file systems take two for one that differ in case, or in how accents are composed: so does this, on all. */
export class Names {
  /** By what file systems may compare: the number to try next. */
  readonly #taken = new Map<string, number>();

  /** The name, or with the first free number behind it: "a", "a~2". */
  claim(name: string): string {
    const folded = fold(name);
    for (let n = this.#taken.get(folded) ?? 1; ; n++) {
      const tried = n === 1 ? name : `${name}~${n}`;
      if (n > 1 && this.#taken.has(fold(tried))) continue;
      this.#taken.set(folded, n + 1);
      if (n > 1) this.#taken.set(fold(tried), 2);
      return tried;
    }
  }
}

function fold(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
