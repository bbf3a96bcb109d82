/** Values to the bytes of a tf.train.Example, the same that TensorFlow's own serializer writes when asked for determinism. */

import { checkObject, isObject, show, usage } from '../options.ts';
import { varintLength, WireWriter, wireType } from './wire.ts';

/** What serializeExample takes: anything that parseExample gives, and plain arrays. Text becomes UTF-8. */
export type FeatureInput =
  | { readonly kind: 'bytes'; readonly values: readonly (Uint8Array | string)[] }
  | { readonly kind: 'float'; readonly values: ArrayLike<number> }
  | { readonly kind: 'int64'; readonly values: ArrayLike<number | bigint> }
  | { readonly kind: 'empty' };

export interface FeaturesInput {
  readonly [name: string]: FeatureInput;
}

/** Names sorted, numbers packed: equal features give equal bytes. */
export function serializeExample(features: FeaturesInput): Uint8Array {
  if (!isObject(features)) checkObject(features, 'serializeExample()', 'an object of features');
  return new WireWriter().message(1, (map) => writeEntries(map, sortedEntries(features))).finish();
}

interface Entry {
  readonly key: Buffer;
  readonly name: string;
  readonly feature: FeatureInput;
}

/** In the order of the map of features. */
function sortedEntries(features: FeaturesInput): Entry[] {
  const entries = Object.entries(features).map(([name, feature]) => ({ key: Buffer.from(name), name, feature }));
  return entries.sort((a, b) => compareKeys(a.key, b.key));
}

function writeEntries(map: WireWriter, entries: readonly Entry[]): WireWriter {
  for (const { key, name, feature } of entries) {
    map.message(1, (entry) => entry.field(1, key).message(2, (value) => writeFeature(value, name, feature)));
  }
  return map;
}

/**
 * By UTF-8 bytes, but a name before its own beginning ("embedding_shape" before "embedding"): so protobuf's upb, the runtime under
 * Python, orders the keys of a map.
 */
function compareKeys(a: Buffer, b: Buffer): number {
  const common = Math.min(a.length, b.length);
  return a.compare(b, 0, common, 0, common) || b.length - a.length;
}

/** The bytes around one long value, so that the value itself need not be copied: head, value, tail is the Example. */
export interface ExampleFrame {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

/**
 * Of an Example that holds `others` and, as `name`, one byte string of `prefix` and `length` bytes behind it. The same bytes as
 * serializeExample() gives for all features.
 */
export function exampleAround(name: string, prefix: Uint8Array, length: number, others: FeaturesInput): ExampleFrame {
  const key = Buffer.from(name);
  const value = prefix.length + length;
  const list = 1 + varintLength(value) + value;
  const feature = 1 + varintLength(list) + list;
  const entry = 1 + varintLength(key.length) + key.length + 1 + varintLength(feature) + feature;
  const entries = sortedEntries(others);
  const behind = entries.findIndex((other) => compareKeys(other.key, key) >= 0);
  const place = behind < 0 ? entries.length : behind;
  const earlier = writeEntries(new WireWriter(), entries.slice(0, place)).finish();
  const tail = writeEntries(new WireWriter(), entries.slice(place)).finish();
  const map = earlier.length + 1 + varintLength(entry) + entry + tail.length;
  const head = new WireWriter();
  const open = (field: number, bytes: number) => head.tag(field, wireType.bytes).varint(bytes);
  open(1, map).raw(earlier);
  open(1, entry).field(1, key);
  open(2, feature);
  open(1, list);
  return { head: open(1, value).raw(prefix).finish(), tail };
}

function writeFeature(writer: WireWriter, name: string, feature: FeatureInput): void {
  if (!isObject(feature))
    throw usage(`Cannot write feature "${name}": expected { kind, values }, found ${show(feature)}`);
  switch (feature.kind) {
    case 'bytes':
      writer.message(1, (list) => {
        for (const value of feature.values) list.field(1, typeof value === 'string' ? Buffer.from(value) : value);
      });
      return;
    case 'float':
      writer.message(2, (list) => {
        if (feature.values.length > 0) list.field(1, floatBytes(feature.values));
      });
      return;
    case 'int64':
      writer.message(3, (list) => {
        if (feature.values.length > 0) list.message(1, (packed) => writeInts(packed, name, feature.values));
      });
      return;
    case 'empty':
      return;
    default:
      feature satisfies never;
  }
}

function writeInts(packed: WireWriter, name: string, values: ArrayLike<number | bigint>): void {
  for (let i = 0; i < values.length; i++) packed.varint(int64(name, values[i]!));
}

/** A Float32Array goes out bit by bit (NaNs keep theirs); all the machines we run on are little-endian. */
function floatBytes(values: ArrayLike<number>): Uint8Array {
  const floats = values instanceof Float32Array ? values : Float32Array.from(values);
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}

function int64(name: string, value: number | bigint): number | bigint {
  const fits = typeof value === 'bigint' ? value >= -(2n ** 63n) && value < 2n ** 63n : Number.isSafeInteger(value);
  if (fits) return value;
  throw usage(
    `Cannot write ${value} to int64 feature "${name}": expected a safe integer or a bigint of 64 bits (kind "float" takes fractions)`,
  );
}
