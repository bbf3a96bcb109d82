/** Inputs that are URIs: an object, all objects of a folder, or those that a glob matches. */

import { BowerbirdError } from '../errors.ts';
import { storageOf } from './registry.ts';
import type { Listed, ListOptions, ObjectStat, ReadableStorage } from './storage.ts';
import { baseOf, shown } from './uri.ts';

/** Whether a job itself wrote what a folder or glob brought. Given an absolute path or a URI, and a way to ask for others. */
export type IsOwn = (path: string, isThere: (path: string) => boolean) => boolean;

/** As for paths: what exists is never read as a glob, and a folder means the objects directly in it whose names do not begin with a dot. */
export async function expandRemote(uri: string, isOwn: IsOwn): Promise<ObjectStat[]> {
  const storage = await storageOf(uri);
  const one = uri.endsWith('/') ? undefined : await storage.stat(uri);
  if (one !== undefined) return [one];
  // A URL of a web server is what it is: there is nothing to list, and "?" and "*" are parts of it.
  if (storage.scheme === 'https') throw notFound(uri, 'there is no such file');
  const fixed = uri.search(/[*?[{!(]/);
  if (fixed < 0) return fromFolder(storage, uri, isOwn);
  return fromGlob(storage, uri, uri.slice(0, fixed), isOwn);
}

async function fromFolder(storage: ReadableStorage, uri: string, isOwn: IsOwn): Promise<ObjectStat[]> {
  const prefix = uri.endsWith('/') ? uri : `${uri}/`;
  const objects = await collect(storage, prefix, { delimiter: '/' });
  const isThere = among(objects);
  const found = objects.filter((object) => !baseOf(object.uri).startsWith('.') && !isOwn(object.uri, isThere));
  if (found.length > 0) return found;
  throw notFound(
    uri,
    'there is no such object, and no objects directly below it (deeper ones are not searched; try a glob)',
  );
}

async function fromGlob(storage: ReadableStorage, pattern: string, start: string, isOwn: IsOwn): Promise<ObjectStat[]> {
  const { default: picomatch } = await import('picomatch');
  // The matcher knows paths, and would read "//" as one slash.
  const root = /^[a-z0-9]+:\/\/[^/]+\//i.exec(pattern)?.[0] ?? '';
  const matches = picomatch(pattern.slice(root.length), { dot: false });
  // "**" and nothing else looks into folders: below a name without it, one level is all that can match.
  const level = pattern.lastIndexOf('/') < start.length && !pattern.includes('**') ? ({ delimiter: '/' } as const) : {};
  const objects = await collect(storage, start, level);
  const isThere = among(objects);
  const found = objects.filter(({ uri }) => matches(uri.slice(root.length)) && !isOwn(uri, isThere));
  if (found.length > 0) return found;
  throw notFound(pattern, 'the pattern matches no objects');
}

/** Of what was listed: what a glob cannot match is not known. */
function among(objects: readonly ObjectStat[]): (uri: string) => boolean {
  const uris = new Set(objects.map(({ uri }) => uri));
  return (uri) => uris.has(uri);
}

/** Names that end with "/" are what some tools put in the place of folders. */
async function collect(storage: ReadableStorage, prefix: string, options: ListOptions): Promise<ObjectStat[]> {
  const found: ObjectStat[] = [];
  for await (const page of storage.list(prefix, options)) {
    for (const listed of page)
      if (isFile(listed)) found.push({ uri: listed.uri, size: listed.size, version: listed.version });
  }
  return found;
}

function isFile(listed: Listed): listed is Extract<Listed, { kind: 'object' }> {
  return listed.kind === 'object' && !listed.uri.endsWith('/');
}

function notFound(uri: string, state: string): BowerbirdError {
  return new BowerbirdError('NOT_FOUND', `Cannot find input "${shown(uri)}": ${state}`, { source: uri });
}
