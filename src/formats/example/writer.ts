/** Values to the bytes of a tf.train.Example, the same that TensorFlow's own serializer writes when asked for determinism. */

import { BowerbirdError } from '../../errors.ts';
import { isRecord, usage } from '../../options.ts';
import { type FeatureKind, type FeatureList, type FeatureLists, type FeaturesInput, featureList } from './input.ts';
import { varintLength, WireWriter, wireType } from './wire.ts';

/**
 * The bytes of a tf.train.Example. Plain values are taken as FeatureInput says; names are sorted and numbers packed, so that equal features
 * give equal bytes. For many Examples of one set, ExampleSerializer keeps the kind of each feature.
 *
 * @throws BowerbirdError USAGE for what fits no feature: nothing is left out
 */
export function serializeExample(features: FeaturesInput): Uint8Array {
  return serializeFeatures(features, new Map(), 0).bytes;
}

/** `known`: the kinds that features must have. Gives those that it found, in bytes that were written under them. */
export function serializeFeatures(
  features: FeaturesInput,
  known: ReadonlyMap<string, FeatureKind>,
  record: number,
): { readonly bytes: Uint8Array; readonly kinds: readonly (readonly [string, FeatureKind])[] } {
  if (!isRecord(features)) {
    throw usage('Cannot serialize an Example: expected an object of features by name');
  }
  const lists: { [name: string]: FeatureList } = Object.create(null);
  const kinds: [string, FeatureKind][] = [];
  for (const [name, given] of Object.entries(features)) {
    const list = listOf(name, given, known.get(name), record);
    lists[name] = list;
    if (list.kind !== 'empty') kinds.push([name, list.kind]);
  }
  const bytes = new WireWriter().message(1, (map) => writeEntries(map, sortedEntries(lists))).finish();
  return { bytes, kinds };
}

function listOf(name: string, given: unknown, wanted: FeatureKind | undefined, record: number): FeatureList {
  try {
    return featureList(name, given, wanted);
  } catch (error) {
    if (!(error instanceof BowerbirdError)) throw error;
    const hint = wanted !== undefined && isFeature(given) ? '; a schema says beforehand what a feature is' : '';
    throw new BowerbirdError('USAGE', `${error.message} (record ${record})${hint}`, { record });
  }
}

/** By itself, whatever the set holds. */
function isFeature(given: unknown): boolean {
  try {
    featureList('', given);
    return true;
  } catch {
    return false;
  }
}

interface Entry {
  readonly key: Buffer;
  readonly feature: FeatureList;
}

/** In the order of the map of features. */
function sortedEntries(features: FeatureLists): Entry[] {
  const entries = Object.entries(features).map(([name, feature]) => ({ key: Buffer.from(name), feature }));
  return entries.sort((a, b) => compareKeys(a.key, b.key));
}

function writeEntries(map: WireWriter, entries: readonly Entry[]): WireWriter {
  for (const { key, feature } of entries) {
    map.message(1, (entry) => entry.field(1, key).message(2, (value) => writeFeature(value, feature)));
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
export function exampleAround(name: string, prefix: Uint8Array, length: number, others: FeatureLists): ExampleFrame {
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

function writeFeature(writer: WireWriter, feature: FeatureList): void {
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
        if (feature.values.length > 0) list.message(1, (packed) => writeInts(packed, feature.values));
      });
      return;
    case 'empty':
      return;
    default:
      feature satisfies never;
  }
}

function writeInts(packed: WireWriter, values: ArrayLike<number | bigint>): void {
  for (let i = 0; i < values.length; i++) packed.varint(values[i]!);
}

/** A Float32Array goes out bit by bit (NaNs keep theirs); all the machines we run on are little-endian. */
function floatBytes(values: ArrayLike<number>): Uint8Array {
  const floats = values instanceof Float32Array ? values : Float32Array.from(values);
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}
