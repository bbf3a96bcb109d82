/** URLs of S3 objects, and what both halves of the client, reading and writing, share. */

import type { IncomingHttpHeaders } from 'node:http';
import { BowerbirdError } from '../../errors.ts';
import type { Dialect } from '../client.ts';
import type { ObjectStat } from '../storage.ts';
import { parseBucketUri } from '../uri.ts';

/** What the writing half needs of the reading one. */
export interface S3Service {
  readonly dialect: Dialect;
  urlOf(uri: string, query?: { readonly [name: string]: string }): URL;
  versionOf(headers: IncomingHttpHeaders): string;
  stat(uri: string): Promise<ObjectStat | undefined>;
}

/** With an endpoint of the user's the bucket goes into the path, which every server understands; else into the host name, as Amazon asks. */
export function objectUrl(
  uri: string,
  query: { readonly [name: string]: string },
  endpoint: URL | undefined,
  regionOf: (bucket: string) => string,
): URL {
  const { bucket, key } = parseBucketUri(uri);
  const path = encodedKey(uri, key);
  const search = Object.entries(query).map(([name, value]) => `${strictly(name)}=${strictly(value)}`);
  const tail = search.length === 0 ? '' : `?${search.join('&')}`;
  if (endpoint !== undefined) {
    return new URL(`${endpoint.origin}${endpoint.pathname.replace(/\/$/, '')}/${strictly(bucket)}/${path}${tail}`);
  }
  const host = `s3.${regionOf(bucket)}.amazonaws.com`;
  if (/^[a-z0-9-]+$/.test(bucket)) return new URL(`https://${bucket}.${host}/${path}${tail}`);
  return new URL(`https://${host}/${strictly(bucket)}/${path}${tail}`);
}

/** Every byte but letters, digits and -_.~ is escaped, as signatures demand. */
export function strictly(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** A path of a URL cannot hold "." and ".." as names: what is in between would resolve them, and reach another object. */
export function encodedKey(uri: string, key: string): string {
  const names = key.split('/');
  if (names.some((name) => name === '.' || name === '..')) {
    const message = `Cannot use "${uri}": a URL cannot name keys with "." or ".." between slashes; rename the object`;
    throw new BowerbirdError('UNSUPPORTED', message, { source: uri });
  }
  return names.map(strictly).join('/');
}
