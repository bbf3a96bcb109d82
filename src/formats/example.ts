/** tf.train.Example and SequenceExample: bytes of a record to values, with the semantics of protobuf. */

import { checkBytes, isBytes, oneOf, readOptions } from '../options.ts';
import {
  type Cursor,
  cursorOver,
  malformed,
  readBytes,
  readFixed32,
  readInt64,
  readMessage,
  readRepeated,
  readTag,
  readVarint,
  skipField,
  wireType,
} from './wire.ts';

/** A feature's list. Values of kind "bytes" borrow from the record. */
export type Feature =
  | { readonly kind: 'bytes'; readonly values: readonly Uint8Array[] }
  | { readonly kind: 'float'; readonly values: Float32Array }
  | { readonly kind: 'int64'; readonly values: readonly (number | bigint)[] }
  | { readonly kind: 'empty' };

/** By name; the object has no prototype, so that no name is special. */
export interface Features {
  readonly [name: string]: Feature;
}

export interface SequenceExample {
  readonly context: Features;
  readonly featureLists: { readonly [name: string]: readonly Feature[] };
}

export interface ParseOptions {
  /** "auto": a bigint only outside the safe integers; "bigint": always. Default "auto". */
  readonly int64?: 'auto' | 'bigint';
}

/** What is being gathered while fields of one message arrive in any order and number. */
type Growing =
  | { kind: 'bytes'; values: Uint8Array[] }
  | { kind: 'float'; values: Uint32Array; count: number }
  | { kind: 'int64'; values: (number | bigint)[] }
  | { kind: 'empty' };

interface Context {
  readonly int64: 'auto' | 'bigint';
  /** Fields that no version of the message has: a sign that it is another message. */
  unknown: number;
}

/**
 * Throws BAD_SCHEMA when the bytes are not a message. As everywhere in protobuf: fields come in any order, unknown ones are skipped, of a
 * map key given twice the last counts, of a oneof given twice too (lists of the same kind are joined), numbers are packed or not.
 */
export function parseExample(bytes: Uint8Array, options: ParseOptions = noOptions): Features {
  const context = contextOf(bytes, options, 'parseExample()');
  return example(cursorOver(bytes), context);
}

/** The same for a SequenceExample. */
export function parseSequenceExample(bytes: Uint8Array, options: ParseOptions = noOptions): SequenceExample {
  const context = contextOf(bytes, options, 'parseSequenceExample()');
  return sequenceExample(cursorOver(bytes), context);
}

const parseShape = { int64: oneOf(['auto', 'bigint'], 'auto') };

/** Once a record: what is right costs two comparisons. */
function contextOf(bytes: Uint8Array, options: ParseOptions, caller: string): Context {
  if (!isBytes(bytes)) checkBytes(bytes, caller);
  if (options === noOptions) return { int64: 'auto', unknown: 0 };
  return { ...readOptions(options, parseShape, caller), unknown: 0 };
}

const noOptions: ParseOptions = {};

export type PayloadKind = 'example' | 'sequenceExample' | 'other';

/** Which of the two messages accounts for every byte, if any. Both could be read from almost any protobuf. */
export function payloadKind(bytes: Uint8Array): PayloadKind {
  if (accountsFor(bytes, example)) return 'example';
  return accountsFor(bytes, sequenceExample) ? 'sequenceExample' : 'other';
}

function accountsFor(bytes: Uint8Array, parse: (c: Cursor, context: Context) => unknown): boolean {
  const context: Context = { int64: 'auto', unknown: 0 };
  try {
    parse(cursorOver(bytes), context);
  } catch {
    return false;
  }
  return context.unknown === 0;
}

function example(c: Cursor, context: Context): Features {
  const features: Map<string, Growing> = new Map();
  fields(c, context, (field, type) => {
    if (field !== 1 || type !== wireType.bytes) return false;
    featureMap(readMessage(c), context, features);
    return true;
  });
  return finishFeatures(features);
}

function sequenceExample(c: Cursor, context: Context): SequenceExample {
  const features: Map<string, Growing> = new Map();
  const lists: Map<string, Growing[]> = new Map();
  fields(c, context, (field, type) => {
    if (type !== wireType.bytes || field > 2) return false;
    const body = readMessage(c);
    if (field === 1) featureMap(body, context, features);
    else mapOf(body, context, lists, () => [] as Growing[], featureList);
    return true;
  });
  const featureLists: { [name: string]: readonly Feature[] } = Object.create(null);
  for (const [name, list] of lists) featureLists[name] = list.map(finishFeature);
  return { context: finishFeatures(features), featureLists };
}

function featureMap(c: Cursor, context: Context, into: Map<string, Growing>): void {
  mapOf(c, context, into, (): Growing => ({ kind: 'empty' }), feature);
}

function featureList(c: Cursor, context: Context, list: Growing[]): Growing[] {
  fields(c, context, (field, type) => {
    if (field !== 1 || type !== wireType.bytes) return false;
    list.push(feature(readMessage(c), context, { kind: 'empty' }));
    return true;
  });
  return list;
}

/** A protobuf map is a repeated message of key and value; either may be missing or come twice. */
function mapOf<T>(
  c: Cursor,
  context: Context,
  into: Map<string, T>,
  nothing: () => T,
  merge: (c: Cursor, context: Context, value: T) => T,
): void {
  fields(c, context, (field, type) => {
    if (field !== 1 || type !== wireType.bytes) return false;
    const entry = readMessage(c);
    let key = '';
    let value = nothing();
    fields(entry, context, (part, partType) => {
      if (partType !== wireType.bytes || part > 2) return false;
      if (part === 1) key = utf8(entry);
      else value = merge(readMessage(entry), context, value);
      return true;
    });
    into.set(key, value);
    return true;
  });
}

function feature(c: Cursor, context: Context, merged: Growing): Growing {
  let value = merged;
  fields(c, context, (field, type) => {
    if (type !== wireType.bytes || field > 3) return false;
    const list = readMessage(c);
    if (field === 1) {
      if (value.kind !== 'bytes') value = { kind: 'bytes', values: [] };
      bytesList(list, context, value.values);
    } else if (field === 2) {
      if (value.kind !== 'float') value = { kind: 'float', values: new Uint32Array(0), count: 0 };
      floatList(list, context, value);
    } else {
      if (value.kind !== 'int64') value = { kind: 'int64', values: [] };
      int64List(list, context, value.values);
    }
    return true;
  });
  return value;
}

function bytesList(c: Cursor, context: Context, values: Uint8Array[]): void {
  fields(c, context, (field, type) => {
    if (field !== 1 || type !== wireType.bytes) return false;
    values.push(readBytes(c));
    return true;
  });
}

/** Bits are moved as integers, so that NaNs keep theirs. */
function floatList(c: Cursor, context: Context, list: { values: Uint32Array; count: number }): void {
  const push = (from: Cursor) => {
    if (list.count === list.values.length) list.values = grown(list.values, list.count + 1);
    list.values[list.count++] = readFixed32(from);
  };
  fields(c, context, (field, type, tag) => {
    if (field !== 1 || (type !== wireType.bytes && type !== wireType.fixed32)) return false;
    if (type === wireType.bytes) list.values = grown(list.values, list.count + packedFloats(c));
    readRepeated(c, tag, wireType.fixed32, push);
    return true;
  });
}

/** How many values the packed field at the cursor holds, looked at without moving; they are there, so room for them is paid for. */
function packedFloats(c: Cursor): number {
  const body = readMessage({ ...c });
  if ((body.end - body.at) % 4 !== 0) throw malformed(body.at, 'a packed list of floats that does not end on a float');
  return (body.end - body.at) / 4;
}

function grown(values: Uint32Array, needed: number): Uint32Array {
  if (needed <= values.length) return values;
  const larger = new Uint32Array(values.length === 0 ? needed : Math.max(needed, values.length * 2));
  larger.set(values);
  return larger;
}

function int64List(c: Cursor, context: Context, values: (number | bigint)[]): void {
  const read =
    context.int64 === 'bigint'
      ? (from: Cursor) => values.push(BigInt.asIntN(64, BigInt(readVarint(from))))
      : (from: Cursor) => values.push(readInt64(from));
  fields(c, context, (field, type, tag) => {
    if (field !== 1 || (type !== wireType.bytes && type !== wireType.varint)) return false;
    readRepeated(c, tag, wireType.varint, read);
    return true;
  });
}

/** Walks a message; `take` reads the fields it knows and says so, the others are skipped and counted. */
function fields(c: Cursor, context: Context, take: (field: number, type: number, tag: number) => boolean): void {
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
  try {
    return strict.decode(readBytes(c));
  } catch (error) {
    if (error instanceof TypeError) throw malformed(at, 'a name that is not UTF-8');
    throw error;
  }
}

function finishFeatures(growing: Map<string, Growing>): Features {
  const features: { [name: string]: Feature } = Object.create(null);
  for (const [name, value] of growing) features[name] = finishFeature(value);
  return features;
}

function finishFeature(value: Growing): Feature {
  if (value.kind !== 'float') return value;
  return { kind: 'float', values: new Float32Array(value.values.buffer as ArrayBuffer, 0, value.count) };
}
