/** Names of files that are being made: hidden, beside the final one, and possible wherever that is. */

import { createHash } from 'node:crypto';

export const TEMP_SUFFIX = '.bowerbird-tmp';

/** What nearly every file system takes, in bytes. */
const mostBytes = 255;
/** A process, a thread and a number. */
const tagBytes = 32;
const digestDigits = 16;

/** `.<name>.bowerbird-tmp`, or `.<name>.<tag>.bowerbird-tmp`, where more than one process may make the same file. A long name is cut. */
export function tempName(name: string, tag?: string): string {
  if (tag === undefined) return `.${shortened(name, mostBytes - 1 - TEMP_SUFFIX.length)}${TEMP_SUFFIX}`;
  return `${tempStart(name)}${tag}${TEMP_SUFFIX}`;
}

/** The file that a temporary without a tag becomes; undefined where the name is none's. */
export function finalName(temporary: string): string | undefined {
  if (!temporary.startsWith('.') || !temporary.endsWith(TEMP_SUFFIX)) return undefined;
  return temporary.slice(1, -TEMP_SUFFIX.length);
}

/** How the temporaries of `name` begin that have a tag: it and TEMP_SUFFIX follow. */
export function tempStart(name: string): string {
  return `.${shortened(name, mostBytes - 2 - tagBytes - TEMP_SUFFIX.length)}.`;
}

/** The name itself, or its beginning and a digest of all of it, in no more than `most` bytes of UTF-8. */
export function shortened(name: string, most: number): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= most) return name;
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, digestDigits);
  let end = most - 1 - digestDigits;
  // Not inside a character.
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return `${bytes.subarray(0, end).toString()}~${digest}`;
}
