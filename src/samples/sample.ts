/** A sample: what stands under one key of a shard, by the names of its fields. Plain data, bytes and arrays; sound is one of the fields. */

import type { TypedArray } from '../formats/example/dtypes.ts';
import type { PythonInput } from '../formats/python/values.ts';

/** An array of more than one dimension, row after row. A typed array alone has one dimension; a Uint8Array alone is bytes. */
export interface NdArray {
  readonly data: TypedArray;
  readonly shape: readonly number[];
}

export type SampleValue =
  | PythonInput
  | TypedArray
  | NdArray
  | readonly SampleValue[]
  | { readonly [key: string]: SampleValue };

/**
 * `audio`: what a converter gives is a recording, as a path, a URI or the bytes of a file of any format that is read; a processor gets samples in a
 * Float32Array, at `sample_rate` Hz, whose `shape` is [frames] or [frames, channels].
 */
export interface Sample {
  readonly [field: string]: SampleValue | undefined;
}

/** {@link NdArray} among other objects: these two names and no other. */
export function isNdArray(value: object): value is NdArray {
  const { data, shape } = value as { data?: unknown; shape?: unknown };
  return (
    ArrayBuffer.isView(data) &&
    !(data instanceof DataView) &&
    Array.isArray(shape) &&
    shape.every((size) => Number.isSafeInteger(size) && size >= 0) &&
    Object.keys(value).length === 2
  );
}
