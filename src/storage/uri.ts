/** URIs as users write them: `s3://bucket/key`, taken literally. Nothing in a key is an escape, as in every command line of these stores. */

import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { usage } from '../options.ts';
import { shown } from '../secrets.ts';

export { shown };

export const schemes = ['s3', 'r2', 'gs', 'http', 'https', 'hf'] as const;
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
  if (match[1]!.includes('@')) {
    throw usage(`Cannot use "${uri}": no bucket has "@" in its name; credentials belong into the environment`);
  }
  return { bucket: match[1]!, key: match[2] ?? '' };
}

/** What stands behind the last "/". */
export function baseOf(uri: string): string {
  return uri.slice(uri.lastIndexOf('/') + 1);
}

/** The folder of a file, without the "/" at its end: of a path, or of a URI. */
export function folderOf(place: string): string {
  if (!isRemote(place)) return dirname(place);
  const { path } = pathAndRest(place);
  return path.slice(0, path.lastIndexOf('/'));
}

/** The name of a file, by its path or URI: what stands behind "?" in a link names no file. */
export function fileNameOf(place: string): string {
  return basename(isRemote(place) ? pathAndRest(place).path : place);
}

/** As fileNameOf(), where names that are alike have to be told apart: with what may be shown of the rest. */
export function longNameOf(place: string): string {
  const { rest } = pathAndRest(place);
  const facts = isRemote(place) ? rest.replace(/[^\w.=-]+/g, '_').replace(/\.\.\./g, '') : '';
  return `${fileNameOf(place)}${facts === '_' ? '' : facts}`;
}

/** The last dot of a name and what follows, as long as something stands before. */
export function extensionOf(name: string): string {
  return /(?<=.)\.[^.]*$/s.exec(name)?.[0] ?? '';
}

/** With exactly one "/" between them. In a link the name belongs in front of a "?". */
export function joinUri(folder: string, name: string): string {
  const { path, rest } = folder.includes('?') ? pathAndRest(folder) : { path: folder, rest: '' };
  return `${path.endsWith('/') ? path : `${path}/`}${name}${rest}`;
}

/** Only web addresses end their path at "?" or "#"; elsewhere these are characters of keys. */
function pathAndRest(uri: string): { readonly path: string; readonly rest: string } {
  const path = /^https?:/i.test(uri) ? /^[^?#]*/.exec(uri)![0] : uri;
  return { path, rest: uri.slice(path.length) };
}

/** What two spellings of a place have in common. */
export function absolute(path: string): string {
  return isRemote(path) ? path.replace(/\/+$/, '') : resolve(path);
}

/** Path or URI of a file in a folder. */
export function placeIn(folder: string, name: string): string {
  return isRemote(folder) ? joinUri(folder, name) : join(folder, name);
}

/** What a row says, as a URI: a complete one stands for itself. */
export function recordingUri(audio: string, path: string): string {
  if (schemeOf(path) !== undefined || path.startsWith('file://') || audio === '') return path;
  return isRemote(audio) || !isAbsolute(path) ? joinUri(audio, path) : path;
}
