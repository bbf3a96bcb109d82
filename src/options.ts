/** Options are read once, at the public door; inside, shapes are complete and trusted. */

import { BowerbirdError } from './errors.ts';
import { pathOf } from './file-uri.ts';

export { named } from './errors.ts';

/** What an option may be: `accepts` decides, `expected` says it in words. */
export interface Check<T> {
  readonly expected: string;
  readonly accepts: (value: unknown) => value is T;
  readonly isRequired?: boolean;
  /** Where it is one of a few names. */
  readonly choices?: readonly string[];
  /** On or off: a command line gives its name alone. */
  readonly isSwitch?: boolean;
  /** What text that somebody typed means; `accepts` decides whether it may be. Absent: the text itself. */
  readonly fromText?: (text: string) => unknown;
  /** What a value that may be stands for. Absent: itself. */
  meaning?(value: T): T;
  /** A value that may not be, in words. Absent: show(). */
  readonly found?: (value: unknown) => string;
}

/** What a user names: a file, a folder, a glob or a URI, or several of them. */
export type Inputs = string | readonly string[];

export function isInputs(value: unknown): value is Inputs {
  return isPath(value) || (Array.isArray(value) && value.length > 0 && value.every(isPath));
}

/** What was given in the place of inputs. */
export function foundForInputs(value: unknown): string {
  if (!Array.isArray(value)) return show(value);
  if (value.length === 0) return 'an empty list';
  const wrong = value.findIndex((item) => !isPath(item));
  return `a list with ${show(value[wrong])} at ${wrong}`;
}

/** With a value for who gives none. */
export interface Reader<T, F = T> extends Check<T> {
  readonly fallback: F;
}

export type Shape = { readonly [name: string]: Check<unknown> };
export type Options<S extends Shape> = {
  readonly [K in keyof S]: S[K] extends Check<infer T> ? (S[K] extends { fallback: infer F } ? T | F : T) : never;
};

/** Fills in defaults, refuses unknown keys, wrong values and the lack of what is required. `undefined` means "not given". */
export function readOptions<S extends Shape>(given: object | undefined, shape: S, caller: string): Options<S> {
  if (given !== undefined && !isObject(given)) {
    const hint = Object.hasOwn(shape, 'inputs') ? ', such as { inputs: "recordings/" }' : '';
    throw usage(`Cannot run ${caller} with ${show(given)} for its options: expected an object${hint}`);
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
      read[name] = 'fallback' in reader ? reader.fallback : undefined;
    } else if (reader.accepts(value)) read[name] = reader.meaning === undefined ? value : reader.meaning(value);
    else {
      const found = (reader.found ?? show)(value);
      throw usage(`Cannot use ${found} for option "${name}" in ${caller}: expected ${reader.expected}`);
    }
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

/** An object of values by name: what has values of another kind (a Map, a Date, an Error) has none of its own. */
export function isRecord(value: unknown): value is object {
  if (!isObject(value) || Symbol.iterator in value) return false;
  return Object.prototype.toString.call(value) === '[object Object]';
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
export function integer<F extends null | undefined>(least: number, most: number, fallback: F): Reader<number, F>;
export function integer<F>(least: number, most: number, fallback: F): Reader<number, F> {
  const top = most === Number.MAX_SAFE_INTEGER ? 'or more' : `to ${most}`;
  return {
    fallback,
    expected: `a whole number, ${least} ${top}`,
    accepts: (v): v is number => Number.isInteger(v) && (v as number) >= least && (v as number) <= most,
    fromText: wholeNumber,
  };
}

export function number<F = number>(expected: string, accepts: (v: number) => boolean, fallback: F): Reader<number, F> {
  return {
    fallback,
    expected,
    accepts: (v): v is number => typeof v === 'number' && Number.isFinite(v) && accepts(v),
    fromText: decimalNumber,
  };
}

export function flag(fallback: boolean): Reader<boolean> {
  return {
    fallback,
    expected: 'true or false',
    accepts: (v): v is boolean => typeof v === 'boolean',
    isSwitch: true,
  };
}

export function oneOf<const T extends string>(choices: readonly T[], fallback: T): Reader<T> {
  return { ...requiredOneOf(choices), isRequired: false, fallback };
}

export function requiredOneOf<const T extends string>(choices: readonly T[]): Check<T> & { readonly isRequired: true } {
  const accepts = (v: unknown): v is T => choices.some((choice) => choice === v);
  return { expected: `one of ${choices.join(', ')}`, accepts, choices, isRequired: true };
}

export function text(fallback: string, expected = 'text'): Reader<string> {
  return { fallback, expected, accepts: isText };
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

export function required<T>(
  expected: string,
  accepts: (v: unknown) => v is T,
): Check<T> & { readonly isRequired: true } {
  return { expected, accepts, isRequired: true };
}

/** Text that must be given and is not empty: paths, above all. */
export function requiredText(expected: string) {
  return { ...required(expected, isPath), meaning: pathOf };
}

/** A value that is handed through as it is: a callback, a signal. */
export function optional<T>(expected: string, accepts: (v: unknown) => boolean): Reader<T, undefined> {
  return { fallback: undefined, expected, accepts: (v): v is T => accepts(v) };
}

/** Digits and nothing else. */
export function wholeNumber(text: string): number | undefined {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A number from 0 on, with a fraction or an exponent if need be. */
export function decimalNumber(text: string): number | undefined {
  const value = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return `a value of type ${Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value}`;
}
