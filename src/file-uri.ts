/** `file:` URIs (RFC 8089), wherever a path is taken. */

import { fileURLToPath } from 'node:url';
import { BowerbirdError } from './errors.ts';

/** The path that a `file:` URI names; anything else as it is. */
export function pathOf(place: string): string {
  if (!/^file:\/\//i.test(place)) return place;
  try {
    return fileURLToPath(place);
  } catch {
    const message = `Cannot use "${place}": expected file:///PATH, a path of this machine with %XX for what is no part of an URI`;
    throw new BowerbirdError('USAGE', message);
  }
}
