/** One file of an npm tarball. */

import { gunzipSync } from 'node:zlib';

const block = 512;

export function extract(tarball: Buffer, path: string): Buffer {
  const tar = gunzipSync(tarball);
  for (let at = 0; at + block <= tar.length; ) {
    const field = (from: number, to: number) => tar.toString('latin1', at + from, at + to).replace(/\0.*$/s, '');
    const size = Number.parseInt(field(124, 136), 8) || 0;
    if (field(0, 100) === path) return tar.subarray(at + block, at + block + size);
    at += block + Math.ceil(size / block) * block;
  }
  throw new Error(`The tarball has no ${path}`);
}
