/** Values to the bytes of a tf.train.Example, the same that TensorFlow's own serializer writes when asked for determinism. */

import { usage } from '../options.ts';
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
  const map = new WireWriter();
  for (const { bytes } of sortedEntries(features)) map.field(1, bytes);
  return new WireWriter().field(1, map.finish()).finish();
}

/** Entries of the map of features, in its order. */
function sortedEntries(features: FeaturesInput): { readonly key: Buffer; readonly bytes: Uint8Array }[] {
  const entries = Object.entries(features).map(([name, value]) => ({ key: Buffer.from(name), name, value }));
  entries.sort((a, b) => compareKeys(a.key, b.key));
  return entries.map(({ key, name, value }) => {
    const bytes = new WireWriter().field(1, key).field(2, serializeFeature(name, value)).finish();
    return { key, bytes };
  });
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
  const [before, after] = [new WireWriter(), new WireWriter()];
  for (const other of sortedEntries(others)) (compareKeys(other.key, key) < 0 ? before : after).field(1, other.bytes);
  const [earlier, tail] = [before.finish(), after.finish()];
  const map = earlier.length + 1 + varintLength(entry) + entry + tail.length;
  const opened = (writer: WireWriter, field: number, bytes: number) => writer.tag(field, wireType.bytes).varint(bytes);
  const head = opened(new WireWriter(), 1, map).raw(earlier);
  opened(head, 1, entry).field(1, key);
  opened(opened(opened(head, 2, feature), 1, list), 1, value).raw(prefix);
  return { head: head.finish(), tail };
}

function serializeFeature(name: string, feature: FeatureInput): Uint8Array {
  switch (feature.kind) {
    case 'bytes':
      return oneOf(1, (list) => {
        for (const value of feature.values) list.field(1, typeof value === 'string' ? Buffer.from(value) : value);
      });
    case 'float':
      return oneOf(2, (list) => {
        if (feature.values.length > 0) list.field(1, floatBytes(feature.values));
      });
    case 'int64':
      return oneOf(3, (list) => {
        const packed = new WireWriter();
        for (let i = 0; i < feature.values.length; i++) packed.varint(int64(name, feature.values[i]!));
        if (feature.values.length > 0) list.field(1, packed.finish());
      });
    case 'empty':
      return new Uint8Array(0);
    default:
      return feature satisfies never;
  }
}

function oneOf(field: number, fill: (list: WireWriter) => void): Uint8Array {
  const list = new WireWriter();
  fill(list);
  const body = list.finish();
  return new WireWriter().tag(field, wireType.bytes).varint(body.length).raw(body).finish();
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
