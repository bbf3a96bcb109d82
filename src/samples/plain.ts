/** Plain data of Python as JavaScript would have it: easy to use, and no longer told apart where JavaScript knows one type for two. */

import type { TypedArray } from '../formats/example/dtypes.ts';
import {
  NumpyArray,
  type NumpyDType,
  NumpyScalar,
  PythonBytearray,
  PythonComplex,
  type PythonData,
  PythonFloat,
  PythonFrozenSet,
  PythonTuple,
} from '../formats/python/values.ts';
import type { NdArray } from './sample.ts';

/**
 * | Python | here |
 * | --- | --- |
 * | None, bool, str | null, boolean, string |
 * | int | a number where that is a safe integer, else a bigint |
 * | float | a number |
 * | bytes, bytearray | Uint8Array |
 * | list, tuple | an array |
 * | dict | an object; a Map where a key is no text |
 * | set, frozenset | Set |
 * | NumPy arrays | a typed array; `{ data, shape }` of more dimensions, of uint8 and of bool |
 * | NumPy arrays of text | a NumpyArray |
 * | NumPy scalars | what their arrays hold: a number, bigint, boolean or string |
 */
export type PlainData =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PlainData[]
  | ReadonlyMap<PlainData, PlainData>
  | ReadonlySet<PlainData>
  | { readonly [key: string]: PlainData }
  | TypedArray
  | NdArray
  | NumpyArray
  | PythonComplex
  | NumpyDType;

export function plainData(value: PythonData): PlainData {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  if (value instanceof PythonFloat) return value.value;
  if (value instanceof NumpyArray) return plainArray(value);
  if (value instanceof Map) return plainMap(value as ReadonlyMap<PythonData, PythonData>);
  if (value instanceof PythonTuple) return value.items.map(plainData);
  if (value instanceof PythonBytearray) return value.bytes;
  if (value instanceof NumpyScalar) return plainScalar(value);
  if (value instanceof PythonFrozenSet) return new Set([...value.items].map(plainData));
  if (value instanceof Set) return new Set([...(value as ReadonlySet<PythonData>)].map(plainData));
  if (Array.isArray(value)) return (value as readonly PythonData[]).map(plainData);
  return value as PythonComplex | NumpyDType;
}

/** As processors get arrays, too. */
export function plainArray(array: NumpyArray): TypedArray | NdArray | NumpyArray {
  const { data, shape } = array;
  if (!ArrayBuffer.isView(data)) return array;
  return shape.length === 1 && !(data instanceof Uint8Array) ? data : { data, shape };
}

function plainMap(map: ReadonlyMap<PythonData, PythonData>): PlainData {
  const keys = [...map.keys()];
  if (keys.every((key) => typeof key === 'string'))
    return plainObject(map as ReadonlyMap<string, PythonData>, plainData);
  return new Map([...map].map(([key, value]) => [plainData(key), plainData(value)]));
}

export function plainObject<T>(
  map: ReadonlyMap<string, PythonData>,
  convert: (value: PythonData) => T,
): { [key: string]: T } {
  const object: { [key: string]: T } = {};
  for (const [key, value] of map) {
    // The one name that assignment does not make a property of.
    if (key === '__proto__') {
      Object.defineProperty(object, key, {
        value: convert(value),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    } else object[key] = convert(value);
  }
  return object;
}

function plainScalar({ array }: NumpyScalar): PlainData {
  const { dtype, data } = array;
  const first = data[0] as number | bigint | string | Uint8Array;
  if (dtype.startsWith('complex')) return new PythonComplex(Number(data[0]), Number(data[1]));
  return dtype === 'bool' ? first === 1 : first;
}
