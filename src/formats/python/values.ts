/** Plain data of Python as JavaScript holds it, so that what was read and is written again is the same in Python: docs/decisions/033-plain-data.md. */

import type { NpyArray } from '../npy/npy.ts';
import { PythonFloat } from '../npy/python-json.ts';

export { PythonFloat };

/**
 * | Python | here |
 * | --- | --- |
 * | None, bool, str | null, boolean, string |
 * | int | a number where that is a safe integer, else a bigint |
 * | float | PythonFloat, always: 1.0 is not 1 |
 * | bytes | Uint8Array, which borrows from what was read |
 * | list, dict, set | array, Map, Set |
 * | the rest | the classes below |
 */
export type PythonData =
  | null
  | boolean
  | number
  | bigint
  | string
  | PythonFloat
  | Uint8Array
  | readonly PythonData[]
  | ReadonlyMap<PythonData, PythonData>
  | ReadonlySet<PythonData>
  | PythonTuple
  | PythonFrozenSet
  | PythonBytearray
  | PythonComplex
  | NumpyArray
  | NumpyScalar
  | NumpyDType;

/**
 * What writers take: PythonData, and plain objects as dicts of text keys. A number that is a safe integer is an int, any other (-0, NaN and
 * 1e300, too) a float; PythonFloat makes a float of any.
 */
export type PythonInput =
  | Exclude<PythonData, readonly PythonData[] | ReadonlyMap<PythonData, PythonData> | PythonTuple>
  | PythonTuple
  | readonly PythonInput[]
  | ReadonlyMap<PythonData, PythonInput>
  | { readonly [key: string]: PythonInput };

export class PythonTuple {
  readonly items: readonly PythonData[];

  constructor(items: readonly PythonData[]) {
    this.items = items;
  }
}

export class PythonFrozenSet {
  readonly items: ReadonlySet<PythonData>;

  constructor(items: ReadonlySet<PythonData>) {
    this.items = items;
  }
}

export class PythonBytearray {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

export class PythonComplex {
  readonly real: number;
  readonly imaginary: number;

  constructor(real: number, imaginary: number) {
    this.real = real;
    this.imaginary = imaginary;
  }
}

/** Values as in NpyArray; of fixed-width byte strings ("|S5") each without the zeros at its end, as NumPy gives them. */
export type NumpyValues = NpyArray['data'] | readonly Uint8Array[];

/**
 * Values in C order and machine byte order, whatever the order in the file: `descr` is the file's, such as ">f4". float16 is a Float32Array or
 * its bits in a Uint16Array; complex numbers are pairs, booleans 0 and 1.
 */
export class NumpyArray {
  /** Such as "float32"; for text "str", for byte strings "bytes". */
  readonly dtype: string;
  readonly descr: string;
  readonly shape: readonly number[];
  readonly data: NumpyValues;

  constructor({ dtype, descr, shape, data }: { [K in keyof NumpyArray]: NumpyArray[K] }) {
    this.dtype = dtype;
    this.descr = descr;
    this.shape = shape;
    this.data = data;
  }
}

/** Such as numpy.float32(0.5): `array` has no dimension and one value. */
export class NumpyScalar {
  readonly array: NumpyArray;

  constructor(array: NumpyArray) {
    this.array = array;
  }
}

/** A type as a value, such as numpy.dtype("<f4"). */
export class NumpyDType {
  readonly descr: string;

  constructor(descr: string) {
    this.descr = descr;
  }
}

/** A number as Python's int: what a float holds is told by its class. */
export function asInt(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** Whether a writer makes an int of it. */
export function isInt(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

/** An object that is written as a dict. */
export function isPlainObject(value: object): value is { readonly [key: string]: PythonInput } {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
