/** Walks the messages tf.train.Example and SequenceExample, with the semantics of protobuf; what becomes of their lists is their visitor's affair. */

import { constants } from 'node:buffer';
import { type Cursor, malformed, readBytes, readMessage, readRepeated, readTag, skipField, wireType } from './wire.ts';

export interface Context {
  readonly int64: 'auto' | 'bigint';
  /** Fields that no version of the message has: a sign that it is another message. */
  unknown: number;
}

/** What becomes of the lists of a feature. */
export interface Lists<T> {
  empty(name: string): T;
  bytes(c: Cursor, context: Context, value: T): T;
  float(c: Cursor, context: Context, value: T): T;
  int64(c: Cursor, context: Context, value: T): T;
  /** Of a FeatureList, one more. */
  push(list: T[], value: T): void;
}

export type Put<T> = (name: string, value: T) => void;

export function walkExample<T>(c: Cursor, context: Context, lists: Lists<T>, put: Put<T>): void {
  fields(c, context, (field, type) => {
    if (field !== 1 || type !== wireType.bytes) return false;
    featureMap(readMessage(c), context, lists, put);
    return true;
  });
}

export function walkSequenceExample<T>(
  c: Cursor,
  context: Context,
  lists: Lists<T>,
  put: Put<T>,
  putList: Put<T[]>,
): void {
  fields(c, context, (field, type) => {
    if (type !== wireType.bytes || field > 2) return false;
    const body = readMessage(c);
    if (field === 1) featureMap(body, context, lists, put);
    else
      mapOf(
        body,
        context,
        () => [] as T[],
        (list, _, into) => featureList(list, context, lists, into),
        putList,
      );
    return true;
  });
}

function featureMap<T>(c: Cursor, context: Context, lists: Lists<T>, put: Put<T>): void {
  mapOf(c, context, lists.empty, (from, _, value) => feature(from, context, lists, value), put);
}

function featureList<T>(c: Cursor, context: Context, lists: Lists<T>, list: T[]): T[] {
  fields(c, context, (field, type) => {
    if (field !== 1 || type !== wireType.bytes) return false;
    lists.push(list, feature(readMessage(c), context, lists, lists.empty('')));
    return true;
  });
  return list;
}

/** A protobuf map is a repeated message of key and value; either may be missing or come twice. */
function mapOf<T>(
  c: Cursor,
  context: Context,
  empty: (name: string) => T,
  merge: (c: Cursor, context: Context, value: T) => T,
  put: Put<T>,
): void {
  fields(c, context, (field, type) => {
    if (field !== 1 || type !== wireType.bytes) return false;
    const entry = readMessage(c);
    let key = '';
    let value: { readonly it: T } | undefined;
    fields(entry, context, (part, partType) => {
      if (partType !== wireType.bytes || part > 2) return false;
      if (part === 1) key = utf8(entry);
      else value = { it: merge(readMessage(entry), context, value === undefined ? empty(key) : value.it) };
      return true;
    });
    put(key, value === undefined ? empty(key) : value.it);
    return true;
  });
}

function feature<T>(c: Cursor, context: Context, lists: Lists<T>, merged: T): T {
  let value = merged;
  fields(c, context, (field, type) => {
    if (type !== wireType.bytes || field > 3) return false;
    const list = readMessage(c);
    if (field === 1) value = lists.bytes(list, context, value);
    else if (field === 2) value = lists.float(list, context, value);
    else value = lists.int64(list, context, value);
    return true;
  });
  return value;
}

export function bytesList(c: Cursor, context: Context, take: (c: Cursor) => void): void {
  fields(c, context, (field, type) => {
    if (field !== 1 || type !== wireType.bytes) return false;
    take(c);
    return true;
  });
}

/** How many values the packed field at the cursor holds, looked at without moving; they are there, so room for them is paid for. */
export function packedFloats(c: Cursor): number {
  const body = readMessage({ ...c });
  if ((body.end - body.at) % 4 !== 0) throw malformed(body.at, 'a packed list of floats that does not end on a float');
  return (body.end - body.at) / 4;
}

/** Calls back once for each float. */
export function passFloats(c: Cursor, context: Context, take: (c: Cursor) => void): void {
  fields(c, context, (field, type, tag) => {
    if (field !== 1 || (type !== wireType.bytes && type !== wireType.fixed32)) return false;
    if (type === wireType.bytes) packedFloats(c);
    readRepeated(c, tag, wireType.fixed32, take);
    return true;
  });
}

export function int64List(c: Cursor, context: Context, take: (c: Cursor) => void): void {
  fields(c, context, (field, type, tag) => {
    if (field !== 1 || (type !== wireType.bytes && type !== wireType.varint)) return false;
    readRepeated(c, tag, wireType.varint, take);
    return true;
  });
}

/** Walks a message; `take` reads the fields it knows and says so, the others are skipped and counted. */
export function fields(c: Cursor, context: Context, take: (field: number, type: number, tag: number) => boolean): void {
  while (c.at < c.end) {
    const tag = readTag(c);
    if (take(tag >>> 3, tag & 7, tag)) continue;
    context.unknown++;
    skipField(c, tag);
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8(c: Cursor): string {
  const at = c.at;
  const bytes = readBytes(c);
  if (bytes.length > constants.MAX_STRING_LENGTH) throw malformed(at, `a name of ${bytes.length} bytes`);
  try {
    return strict.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw malformed(at, 'a name that is not UTF-8');
    throw error;
  }
}
