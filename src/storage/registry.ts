/** Which storage a URI belongs to. Clients are loaded when the first URI of their scheme comes: a run on local files loads none. */

import { BowerbirdError } from '../errors.ts';
import { usage } from '../options.ts';
import { holdsSecrets } from '../secrets.ts';
import { environment, givenKey } from './env.ts';
import { localStorage } from './local/storage.ts';
import type { ReadableStorage, Storage } from './storage.ts';
import { type Scheme, schemeOf, shown } from './uri.ts';

const writable = {
  s3: async () => (await import('./s3/s3.ts')).openS3(environment()),
  r2: async () => (await import('./s3/s3.ts')).openR2(environment()),
  gs: async () => (await import('./gcs/gcs.ts')).openGcs(environment()),
} satisfies { readonly [scheme: string]: () => Promise<Storage> };

const readable = {
  ...writable,
  http: async () => (await import('./http.ts')).openHttp(),
  https: async () => (await import('./http.ts')).openHttp(),
  hf: async () => (await import('./hub/hub.ts')).openHub(environment()),
} satisfies { readonly [S in Scheme]: () => Promise<ReadableStorage> };

const opened = new Map<string, Promise<ReadableStorage>>();

/** Paths and `file:` URIs are local. */
export async function storageOf(uri: string): Promise<ReadableStorage> {
  const scheme = schemeOf(uri);
  if (scheme === undefined) return localStorage;
  if (!Object.hasOwn(readable, scheme)) {
    const message = `Cannot use "${shown(uri)}": expected a path or a URI of ${Object.keys(readable).join(', ')}, found "${scheme}"`;
    throw new BowerbirdError('UNSUPPORTED', message, { source: uri });
  }
  const key = scheme + givenKey();
  let storage = opened.get(key);
  if (storage === undefined) {
    storage = readable[scheme as Scheme]();
    opened.set(key, storage);
    // Told to whoever asked; the next to ask tries again.
    storage.catch(() => opened.delete(key));
  }
  return storage;
}

/** For outputs. */
export async function writableStorageOf(uri: string): Promise<Storage> {
  const scheme = schemeOf(uri);
  const storage = await storageOf(uri);
  if (Object.hasOwn(writable, scheme ?? '') && holdsSecrets(uri)) {
    throw usage(
      `Cannot write "${uri}": signatures and passwords belong into the environment, not into names of outputs`,
    );
  }
  if (scheme === undefined || Object.hasOwn(writable, scheme)) return storage as Storage;
  const message = `Cannot write "${shown(uri)}": ${scheme}:// can only be read; expected a path or a URI of ${Object.keys(writable).join(', ')}`;
  throw new BowerbirdError('UNSUPPORTED', message, { source: uri });
}
