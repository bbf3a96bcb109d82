/** What both halves of the client for Google Cloud Storage, reading and writing, share. */

import type { Dialect } from '../client.ts';
import { objectIn, sizeOf, understood } from '../listing.ts';
import type { ObjectStat } from '../storage.ts';

export interface GcsService {
  readonly dialect: Dialect;
  objectUrl(uri: string, query?: { readonly [name: string]: string }): URL;
  uploadUrl(uri: string, query: { readonly [name: string]: string }): URL;
  stat(uri: string): Promise<ObjectStat | undefined>;
}

/** A key is one segment of the path: its slashes are escaped too. */
export function strictly(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

export function statOf(uri: string, body: Buffer): ObjectStat {
  return understood({ doing: 'look at', uri }, () => {
    const { size, generation } = objectIn(JSON.parse(body.toString('utf8')));
    return { uri, size: sizeOf(size), version: String(generation ?? '') };
  });
}
