/** An input that is read by a link nobody may see, and called by what may be shown of it. */

import { shown } from '../secrets.ts';

export interface LinkedInput {
  /** What may be shown, written, and compared with that of another run. */
  readonly uri: string;
  /**
   * How to reach it, where that holds a secret. Bytes rather than text, which cross threads as well: whatever turns all of an object into JSON
   * or prints it does not print this.
   */
  readonly link?: ArrayBuffer;
}

export function linked(uri: string): LinkedInput {
  const name = shown(uri);
  if (name === uri) return { uri };
  // Not a view of a pool that holds other things.
  return { uri: name, link: new TextEncoder().encode(uri).slice().buffer };
}

/** What to open. */
export function linkOf({ uri, link }: LinkedInput): string {
  return link === undefined ? uri : new TextDecoder().decode(link);
}

/** Without the link: for what is compared, hashed or kept. */
export function withoutLink<T extends LinkedInput>(input: T): Omit<T, 'link'> {
  const { link: _, ...rest } = input;
  return rest;
}
