/** What plain data may be, whoever made it: a tree, not too deep and not too large, whose dicts have keys that Python can tell apart. */

import { Identities } from './identities.ts';
import {
  isPlainObject,
  NumpyArray,
  NumpyDType,
  NumpyScalar,
  PythonBytearray,
  PythonComplex,
  PythonFloat,
  PythonFrozenSet,
  PythonTuple,
} from './values.ts';

/** A few bytes can hold a list of a thousand lists of the same thousand lists: what counts is what a reader of the data meets. */
export interface Limits {
  /** Containers in containers. */
  readonly depth: number;
  /** Values, each counted as often as it is met. */
  readonly values: number;
  /** Lists, tuples, dicts and sets; texts in arrays count, too. */
  readonly containers: number;
}

export const usualLimits: Limits = { depth: 256, values: 2 ** 23, containers: 2 ** 20 };

/** `what`: "it nests 257 deep, ..." */
export type Refused = (what: string) => Error;

/** Refuses data that holds itself, goes beyond `limits`, has equal or unhashable keys, or anything that is not plain. */
export function checkData(value: unknown, limits: Limits, refused: Refused, nameOf = className): void {
  new Walk(limits, refused, nameOf).value(value);
}

function className(object: object): string {
  return object.constructor?.name ?? 'an object';
}

class Walk {
  readonly #limits: Limits;
  readonly #refused: Refused;
  readonly #nameOf: (object: object) => string;
  readonly #path: object[] = [];
  /** One for all: a key that stands in many places is looked at once. */
  readonly #identities = new Identities();
  #values = 0;

  constructor(limits: Limits, refused: Refused, nameOf: (object: object) => string) {
    this.#nameOf = nameOf;
    this.#limits = limits;
    this.#refused = refused;
  }

  value(value: unknown): void {
    if (++this.#values > this.#limits.values) {
      throw this.#refused(`it holds more than ${this.#limits.values} values, each counted as often as it stands there`);
    }
    if (value === null) return;
    const type = typeof value;
    if (type === 'string' || type === 'number' || type === 'boolean' || type === 'bigint') return;
    if (type !== 'object') throw this.#refused(`it holds a value of type ${type}`);
    const object = value as object;
    if (object instanceof PythonFloat || object instanceof Uint8Array || isLeaf(object)) return;
    this.#enter(object);
    if (Array.isArray(object)) this.#all(object);
    else if (object instanceof PythonTuple) this.#all(object.items);
    else if (object instanceof Map) this.#dict(object);
    else if (object instanceof Set) this.#set(object);
    else if (object instanceof PythonFrozenSet) this.#set(object.items);
    else if (isPlainObject(object)) this.#all(Object.values(object));
    else throw this.#refused(`it holds ${this.#nameOf(object)}, which is no plain data${hintFor(object)}`);
    this.#path.pop();
  }

  #enter(object: object): void {
    this.#path.push(object);
    if (this.#path.length <= this.#limits.depth) return;
    const holdsItself = new Set(this.#path).size < this.#path.length;
    throw this.#refused(holdsItself ? 'it holds itself' : `it nests more than ${this.#limits.depth} deep`);
  }

  #all(items: readonly unknown[]): void {
    // By index: holes are values, too.
    for (let i = 0; i < items.length; i++) this.value(items[i]);
  }

  #dict(dict: ReadonlyMap<unknown, unknown>): void {
    let onlyText = true;
    for (const [key, value] of dict) {
      if (typeof key !== 'string') {
        onlyText = false;
        this.value(key);
      }
      this.value(value);
    }
    if (!onlyText) this.#distinct(dict.keys(), 'key of a dict');
  }

  #set(set: ReadonlySet<unknown>): void {
    for (const item of set) this.value(item);
    this.#distinct(set.values(), 'member of a set');
  }

  /** A Map knows texts and numbers apart, and takes two tuples of the same values for two keys. */
  #distinct(keys: Iterable<unknown>, what: string): void {
    const seen = new Set<number>();
    for (const key of keys) {
      const id = this.#identities.of(key);
      if (id === undefined)
        throw this.#refused(`a ${what} is a list, a dict, a set or an array, which Python cannot hash`);
      if (seen.has(id)) throw this.#refused(`a ${what} stands there twice: Python takes 1, 1.0 and True for the same`);
      seen.add(id);
    }
  }
}

function hintFor(object: object): string {
  return ArrayBuffer.isView(object) ? '; numpyArray() gives it a shape' : '';
}

function isLeaf(object: object): boolean {
  return (
    object instanceof NumpyArray ||
    object instanceof NumpyScalar ||
    object instanceof NumpyDType ||
    object instanceof PythonBytearray ||
    object instanceof PythonComplex
  );
}
