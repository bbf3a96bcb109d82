/** Versions of objects that are hashes of their bytes. */

import { createHash } from 'node:crypto';

/** Whose ETags are MD5s, but where a bucket encrypts. */
export function isS3(scheme: string): boolean {
  return scheme === 's3' || scheme === 'r2';
}

/** Whether the bytes are those; undefined where the version is no hash: that of an object in parts, a generation. */
export function holdsTo(scheme: string, version: string, bytes: Uint8Array): boolean | undefined {
  if (isS3(scheme) && /^[0-9a-f]{32}$/.test(version)) return hashOf('md5', bytes) === version;
  if (scheme !== 'hf') return undefined;
  if (/^[0-9a-f]{64}$/.test(version)) return hashOf('sha256', bytes) === version;
  // As git hashes a file.
  if (/^[0-9a-f]{40}$/.test(version)) return hashOf('sha1', Buffer.from(`blob ${bytes.length}\0`), bytes) === version;
  return undefined;
}

function hashOf(name: string, ...pieces: readonly Uint8Array[]): string {
  const hash = createHash(name);
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}
