/** tf.train.Example and SequenceExample: bytes of a record to values, with the semantics of protobuf. */

import { checkBytes, isBytes, oneOf, readOptions } from '../../options.ts';
import {
  bytesList,
  type Context,
  fields,
  int64List,
  type Lists,
  packedFloats,
  passFloats,
  walkExample,
  walkSequenceExample,
} from './walk.ts';
import {
  type Cursor,
  cursorOver,
  readBytes,
  readFixed32,
  readInt64,
  readMessage,
  readRepeated,
  readVarint,
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

/**
 * Throws BAD_SCHEMA when the bytes are not a message. As everywhere in protobuf: fields come in any order, unknown ones are skipped, of a
 * map key given twice the last counts, of a oneof given twice too (lists of the same kind are joined), numbers are packed or not.
 */
export function parseExample(bytes: Uint8Array, options: ParseOptions = noOptions): Features {
  return parseCounted(bytes, contextOf(bytes, options, 'parseExample()').int64).features;
}

/** REQUIRES: bytes. Also tells how many fields of the message are none of an Example's. */
export function parseCounted(
  bytes: Uint8Array,
  int64: 'auto' | 'bigint',
): { readonly features: Features; readonly unknown: number } {
  const context: Context = { int64, unknown: 0 };
  const features: Map<string, Growing> = new Map();
  walkExample(cursorOver(bytes), context, gathering, (name, value) => features.set(name, value));
  return { features: finishFeatures(features), unknown: context.unknown };
}

/** The same for a SequenceExample. */
export function parseSequenceExample(bytes: Uint8Array, options: ParseOptions = noOptions): SequenceExample {
  const context = contextOf(bytes, options, 'parseSequenceExample()');
  const features: Map<string, Growing> = new Map();
  const lists: Map<string, Growing[]> = new Map();
  const put = (name: string, value: Growing) => features.set(name, value);
  walkSequenceExample(cursorOver(bytes), context, gathering, put, (name, value) => lists.set(name, value));
  const featureLists: { [name: string]: readonly Feature[] } = Object.create(null);
  for (const [name, list] of lists) featureLists[name] = list.map(finishFeature);
  return { context: finishFeatures(features), featureLists };
}

/** What is made of a feature as its values come by, in memory that need not grow with them. */
export interface FeatureVisitor<T> {
  /** `name` as far as it is known: it may come behind the values. */
  empty(name: string): T;
  /** A list begins. One of another kind than `value` holds replaces it, one of the same kind goes on with it. */
  list(value: T, kind: 'bytes' | 'float' | 'int64'): T;
  /** Borrows from the record. */
  bytes(value: T, bytes: Uint8Array): void;
  number(value: T, number: number | bigint): void;
  /** All of it. Of a name given twice the last counts. */
  feature(name: string, value: T): void;
}

/** Shows the features of an Example one after another, with the semantics of parseExample(). */
export function visitExample<T>(bytes: Uint8Array, visitor: FeatureVisitor<T>): void {
  const put = (name: string, value: T) => visitor.feature(name, value);
  walkExample(cursorOver(bytes), { int64: 'auto', unknown: 0 }, visiting(visitor), put);
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
  const passed = () => {};
  if (accountsFor(bytes, (c, context) => walkExample(c, context, passing, passed))) return 'example';
  const isSequence = accountsFor(bytes, (c, context) => walkSequenceExample(c, context, passing, passed, passed));
  return isSequence ? 'sequenceExample' : 'other';
}

function accountsFor(bytes: Uint8Array, walk: (c: Cursor, context: Context) => void): boolean {
  const context: Context = { int64: 'auto', unknown: 0 };
  try {
    walk(cursorOver(bytes), context);
  } catch {
    return false;
  }
  return context.unknown === 0;
}

const gathering: Lists<Growing> = {
  empty: () => ({ kind: 'empty' }),
  bytes(c, context, value) {
    const list = value.kind === 'bytes' ? value : { kind: 'bytes' as const, values: [] };
    bytesList(c, context, (from) => list.values.push(readBytes(from)));
    return list;
  },
  float(c, context, value) {
    const list = value.kind === 'float' ? value : { kind: 'float' as const, values: new Uint32Array(0), count: 0 };
    floatList(c, context, list);
    return list;
  },
  int64(c, context, value) {
    const list = value.kind === 'int64' ? value : { kind: 'int64' as const, values: [] };
    const { values } = list;
    if (context.int64 === 'auto') int64List(c, context, (from) => values.push(readInt64(from)));
    else int64List(c, context, (from) => values.push(BigInt.asIntN(64, BigInt(readVarint(from)))));
    return list;
  },
  push: (list, value) => list.push(value),
};

const passing: Lists<void> = {
  empty: () => {},
  bytes: (c, context) => bytesList(c, context, readMessage),
  float: (c, context) => passFloats(c, context, readFixed32),
  int64: (c, context) => int64List(c, context, readVarint),
  push: () => {},
};

function visiting<T>(visitor: FeatureVisitor<T>): Lists<T> {
  const bits = new Uint32Array(1);
  const float = new Float32Array(bits.buffer);
  return {
    empty: (name) => visitor.empty(name),
    bytes(c, context, value) {
      const list = visitor.list(value, 'bytes');
      bytesList(c, context, (from) => visitor.bytes(list, readBytes(from)));
      return list;
    },
    float(c, context, value) {
      const list = visitor.list(value, 'float');
      passFloats(c, context, (from) => {
        bits[0] = readFixed32(from);
        visitor.number(list, float[0]!);
      });
      return list;
    },
    int64(c, context, value) {
      const list = visitor.list(value, 'int64');
      int64List(c, context, (from) => visitor.number(list, readInt64(from)));
      return list;
    },
    push: (list, value) => list.push(value),
  };
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

function grown(values: Uint32Array, needed: number): Uint32Array {
  if (needed <= values.length) return values;
  const larger = new Uint32Array(values.length === 0 ? needed : Math.max(needed, values.length * 2));
  larger.set(values);
  return larger;
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
