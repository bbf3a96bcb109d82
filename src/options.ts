/** Options are read once, at the public door; inside, shapes are complete and trusted. */

import { BowerbirdError } from './errors.ts';

/** Reads one option: returns the checked value, or throws a sentence fragment that says what was expected. */
export interface Reader<T> {
  readonly fallback: T;
  readonly expected: string;
  readonly accepts: (value: unknown) => value is T;
  readonly isRequired?: boolean;
}

type Shape = { readonly [name: string]: Reader<unknown> };
export type Options<S extends Shape> = { readonly [K in keyof S]: S[K] extends Reader<infer T> ? T : never };

/** Fills in defaults, refuses unknown keys, wrong values and the lack of what is required. `undefined` means "not given". */
export function readOptions<S extends Shape>(given: object | undefined, shape: S, caller: string): Options<S> {
  if (given !== undefined && !isObject(given)) {
    throw usage(`Cannot run ${caller} with ${show(given)} for its options: expected an object`);
  }
  const values = (given ?? {}) as { readonly [name: string]: unknown };
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(shape, name)) {
      throw usage(`Cannot use option "${name}" in ${caller}: expected one of ${Object.keys(shape).join(', ')}`);
    }
  }
  const read: { [name: string]: unknown } = {};
  for (const [name, reader] of Object.entries(shape)) {
    const value = values[name];
    if (value === undefined) {
      if (reader.isRequired) {
        throw usage(`Cannot run ${caller} without option "${name}": expected ${reader.expected}`);
      }
      read[name] = reader.fallback;
    } else if (reader.accepts(value)) read[name] = value;
    else throw usage(`Cannot use ${show(value)} for option "${name}" in ${caller}: expected ${reader.expected}`);
  }
  return read as Options<S>;
}

/** An argument that stands by itself, at the public door: `what` as "a path". */
export function checkArgument<T>(
  value: unknown,
  accepts: (value: unknown) => value is T,
  what: string,
  caller: string,
): asserts value is T {
  if (!accepts(value)) throw usage(`Cannot run ${caller}: expected ${what}, found ${show(value)}`);
}

/** No path of any system has a zero in it. */
export function isPath(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

export function checkPath(value: unknown, caller: string, what = 'a path or URI'): asserts value is string {
  checkArgument(value, isPath, what, caller);
}

export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

export function checkBytes(value: unknown, caller: string): asserts value is Uint8Array {
  checkArgument(value, isBytes, 'a Uint8Array', caller);
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

export function checkObject(value: unknown, caller: string, what: string): asserts value is object {
  checkArgument(value, isObject, what, caller);
}

/** Async or not. Text is one of characters, which nobody means. */
export function isIterable(value: unknown): value is AsyncIterable<unknown> | Iterable<unknown> {
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value);
}

export function usage(message: string): BowerbirdError {
  return new BowerbirdError('USAGE', message);
}

export function integer(least: number, most: number, fallback: number): Reader<number>;
export function integer(least: number, most: number, fallback: undefined): Reader<number | undefined>;
export function integer(least: number, most: number, fallback: number | undefined): Reader<number | undefined> {
  const top = most === Number.MAX_SAFE_INTEGER ? 'or more' : `to ${most}`;
  return {
    fallback,
    expected: `a whole number, ${least} ${top}`,
    accepts: (v): v is number => Number.isInteger(v) && (v as number) >= least && (v as number) <= most,
  };
}

export function number(expected: string, accepts: (v: number) => boolean, fallback: number): Reader<number> {
  return { fallback, expected, accepts: (v): v is number => typeof v === 'number' && accepts(v) };
}

export function flag(fallback: boolean): Reader<boolean> {
  return { fallback, expected: 'true or false', accepts: (v): v is boolean => typeof v === 'boolean' };
}

export function oneOf<const T extends string>(choices: readonly T[], fallback: T): Reader<T> {
  return { fallback, expected: `one of ${choices.join(', ')}`, accepts: (v): v is T => choices.includes(v as T) };
}

export function text(fallback: string): Reader<string> {
  return { fallback, expected: 'text', accepts: (v): v is string => typeof v === 'string' && v !== '' };
}

export function required<T>(expected: string, accepts: (v: unknown) => v is T): Reader<T> {
  return { fallback: undefined as T, expected, accepts, isRequired: true };
}

/** Text that must be given and is not empty: paths, above all. */
export function requiredText(expected: string): Reader<string> {
  return required(expected, isPath);
}

/** A value that is handed through as it is: a callback, a signal. */
export function optional<T>(expected: string, accepts: (v: unknown) => boolean): Reader<T | undefined> {
  return { fallback: undefined, expected, accepts: (v): v is T => accepts(v) };
}

export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return `a value of type ${Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value}`;
}
