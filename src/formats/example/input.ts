/** What people write for a feature, as one of the three lists that a tf.train.Feature can hold. */

import { usage } from '../../options.ts';

export type FeatureKind = 'bytes' | 'float' | 'int64';

/** A feature whose list is named: anything that parseExample() gives. Text becomes UTF-8. */
export type FeatureList =
  | { readonly kind: 'bytes'; readonly values: readonly (Uint8Array | string)[] }
  | { readonly kind: 'float'; readonly values: ArrayLike<number> }
  | { readonly kind: 'int64'; readonly values: ArrayLike<number | bigint> }
  | { readonly kind: 'empty' };

export interface FeatureLists {
  readonly [name: string]: FeatureList;
}

/** The typed arrays whose values become int64. A Uint8Array is bytes, so it is not among them. */
export type IntegerArray =
  | Int8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/**
 * A feature as serializeExample() takes it:
 *
 * | given                                                               | list                              |
 * | ------------------------------------------------------------------- | --------------------------------- |
 * | text, a Uint8Array (Buffer), arrays of them                         | bytes (text as UTF-8)             |
 * | a boolean, a bigint, a safe integer, arrays of one of these kinds   | int64 (true is 1)                 |
 * | another number, an array of numbers of which one is no integer      | float (rounded to float32)        |
 * | -0                                                                  | int64, which has one zero         |
 * | a Float32Array, a Float64Array                                      | float (rounded to float32)        |
 * | any other typed array                                               | int64                             |
 * | an empty array                                                      | none: a Feature that says nothing |
 * | `{ kind: 'bytes', 'float' or 'int64', values }`                     | that one                          |
 */
export type FeatureInput =
  | FeatureList
  | string
  | Uint8Array
  | boolean
  | number
  | bigint
  | readonly (string | Uint8Array)[]
  | readonly boolean[]
  | readonly (number | bigint)[]
  | Float32Array
  | Float64Array
  | IntegerArray;

export interface FeaturesInput {
  readonly [name: string]: FeatureInput;
}

/** Which list each feature is, by name. */
export interface ExampleSchema {
  readonly [name: string]: FeatureKind;
}

const kinds: readonly FeatureKind[] = ['bytes', 'float', 'int64'];
const mostFloat = 3.4028234663852886e38;

/** Under /u the two halves of a character are one: what is left stands alone, and UTF-8 has no bytes for it. */
const isUnicode = (text: string) => !/\p{Surrogate}/u.test(text);

export const isFeatureKind = (value: unknown): value is FeatureKind => kinds.includes(value as FeatureKind);

/**
 * Nothing is left out: what fits no list is refused, by the name of its feature. `wanted` is the list that a feature has to be, where that is
 * known.
 *
 * @throws BowerbirdError USAGE
 */
export function featureList(name: string, given: unknown, wanted?: FeatureKind): FeatureList {
  if (!isUnicode(name)) throw usage(`Cannot write feature ${JSON.stringify(name)}: its name is no Unicode text`);
  if (isList(given)) return checked(name, given, wanted);
  const values = valuesOf(given);
  if (values === undefined) throw refused(name, given);
  const kind = kindOf(name, values, given);
  if (kind === undefined) return wanted === undefined ? { kind: 'empty' } : { kind: wanted, values: [] };
  // A whole number is a float as well, where floats are wanted.
  const chosen = kind === 'int64' && wanted === 'float' && !isBoolean(values) ? 'float' : kind;
  return checked(name, { kind: chosen, values: isBoolean(values) ? Array.from(values, Number) : values }, wanted);
}

function isList(given: unknown): given is { readonly kind: unknown; readonly values?: unknown } {
  return typeof given === 'object' && given !== null && Object.hasOwn(given, 'kind');
}

/** One value is an array of one. */
function valuesOf(given: unknown): ArrayLike<unknown> | undefined {
  if (given instanceof Uint8Array) return [given];
  if (Array.isArray(given) || isNumberArray(given)) return given;
  return ['string', 'boolean', 'number', 'bigint'].includes(typeof given) ? [given] : undefined;
}

function isNumberArray(given: unknown): given is Float32Array | Float64Array | IntegerArray {
  return ArrayBuffer.isView(given) && !(given instanceof DataView) && !(given instanceof Uint8Array);
}

/** Undefined for no values. */
function kindOf(name: string, values: ArrayLike<unknown>, given: unknown): FeatureKind | undefined {
  if (isNumberArray(given)) return isFloats(given) ? 'float' : 'int64';
  if (values.length === 0) return undefined;
  const found = new Set(Array.from(values, (value) => sortOf(value)));
  const [first] = found;
  if (found.size === 1 && first !== undefined) return first === 'boolean' ? 'int64' : first;
  // Whole numbers among others: all are floats, unless one is a bigint, which a float might not hold.
  const isNumbers = found.size === 2 && found.has('float') && found.has('int64');
  if (isNumbers && Array.from(values).every((value) => typeof value === 'number')) return 'float';
  throw refused(name, given);
}

function sortOf(value: unknown): FeatureKind | 'boolean' | undefined {
  if (typeof value === 'string' || value instanceof Uint8Array) return 'bytes';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'bigint') return 'int64';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float';
  return undefined;
}

function isFloats(values: unknown): boolean {
  // Float16Array is not in every Node that we run on.
  return /^Float\d+Array$/.test(Object.prototype.toString.call(values).slice(8, -1));
}

function isBoolean(values: ArrayLike<unknown>): boolean {
  return typeof values[0] === 'boolean';
}

function checked(
  name: string,
  { kind, values }: { readonly kind: unknown; readonly values?: unknown },
  wanted: FeatureKind | undefined,
): FeatureList {
  if (kind === 'empty') return wanted === undefined ? { kind } : { kind: wanted, values: [] };
  if (!isFeatureKind(kind)) {
    throw usage(`Cannot write feature "${name}" of kind ${shown(kind)}: expected one of ${kinds.join(', ')}, empty`);
  }
  if (!isArrayLike(values) || (kind === 'bytes' && values instanceof Uint8Array)) {
    throw usage(`Cannot write feature "${name}" of kind ${kind}: expected an array of values, found ${shown(values)}`);
  }
  if (wanted !== undefined && kind !== wanted) {
    throw usage(`Cannot write feature "${name}" as ${kind}: it is ${wanted} in this set; found ${shown(values[0])}`);
  }
  const check = checks[kind];
  const isSure =
    (kind === 'float' && values instanceof Float32Array) ||
    (kind === 'int64' && isNumberArray(values) && !isFloats(values) && !(values instanceof BigUint64Array));
  if (!isSure) for (let i = 0; i < values.length; i++) check(name, values[i]);
  return { kind, values } as FeatureList;
}

function isArrayLike(values: unknown): values is ArrayLike<unknown> {
  return Array.isArray(values) || (ArrayBuffer.isView(values) && !(values instanceof DataView));
}

const checks: { readonly [K in FeatureKind]: (name: string, value: unknown) => void } = {
  bytes(name, value) {
    if (value instanceof Uint8Array || (typeof value === 'string' && isUnicode(value))) return;
    const hint = typeof value === 'string' ? 'text that is no Unicode (a lone surrogate)' : shown(value);
    throw usage(`Cannot write ${hint} to bytes feature "${name}": expected text or a Uint8Array`);
  },
  float(name, value) {
    if (typeof value !== 'number')
      throw usage(`Cannot write ${shown(value)} to float feature "${name}": expected a number`);
    if (Number.isFinite(value) && Math.abs(value) > mostFloat) {
      throw usage(`Cannot write ${value} to float feature "${name}": float32 ends at ${mostFloat}`);
    }
  },
  int64(name, value) {
    const fits = typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);
    if (fits) return;
    throw usage(
      `Cannot write ${shown(value)} to int64 feature "${name}": expected a safe integer or a bigint of 64 bits (kind "float" takes fractions)`,
    );
  },
};

function refused(name: string, given: unknown) {
  const what = given === undefined ? 'undefined (leave the name out for a feature that is not there)' : shown(given);
  return usage(
    `Cannot write feature "${name}": expected text, bytes, numbers, booleans, an array of one kind of these, a typed array or ` +
      `{ kind: "bytes", "float" or "int64", values }; found ${what}`,
  );
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
  if (value === null || ['number', 'bigint', 'boolean', 'undefined'].includes(typeof value)) return String(value);
  if (Array.isArray(value)) {
    return `an array of ${[...new Set(Array.from(value, typeName))].sort().join(' and ') || 'nothing'}`;
  }
  return `a value of type ${typeName(value)}`;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? Object.prototype.toString.call(value).slice(8, -1) : typeof value;
}
