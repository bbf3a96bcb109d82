/** URIs as users write them: `s3://bucket/key`, taken literally. Nothing in a key is an escape, as in every command line of these stores. */

import { join, resolve } from 'node:path';
import { usage } from '../options.ts';

export const schemes = ['s3', 'gs', 'http', 'https', 'hf'] as const;
export type Scheme = (typeof schemes)[number];

/** Undefined for a path; a `file:` URI is one too. */
export function schemeOf(uri: string): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(uri)?.[1]?.toLowerCase();
  return scheme === 'file' ? undefined : scheme;
}

export function isRemote(uri: string): boolean {
  return schemeOf(uri) !== undefined;
}

export interface BucketKey {
  readonly bucket: string;
  /** '' for the bucket itself. */
  readonly key: string;
}

export function parseBucketUri(uri: string): BucketKey {
  const match = /^[a-z0-9]+:\/\/([^/]+)(?:\/(.*))?$/is.exec(uri);
  if (match === null) throw usage(`Cannot use "${uri}": expected scheme://bucket/key`);
  return { bucket: match[1]!, key: match[2] ?? '' };
}

/** What stands behind the last "/". */
export function baseOf(uri: string): string {
  return uri.slice(uri.lastIndexOf('/') + 1);
}

/** The other side of baseOf(), without the "/". */
export function folderOf(uri: string): string {
  return uri.slice(0, uri.lastIndexOf('/'));
}

/** With exactly one "/" between them. */
export function joinUri(folder: string, name: string): string {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

/** A URI for people: what a signed link or a password in it would give away is left out. */
export function shown(uri: string): string {
  if (!/^https?:/i.test(uri)) return uri;
  return uri.replace(/^(https?:\/\/)[^/?#]*@/i, '$1').replace(/\?.*$/s, '?...');
}

/** What two spellings of a place have in common. */
export function absolute(path: string): string {
  return isRemote(path) ? path.replace(/\/+$/, '') : resolve(path);
}

/** Path or URI of a file in a folder. */
export function placeIn(folder: string, name: string): string {
  return isRemote(folder) ? joinUri(folder, name) : join(folder, name);
}
