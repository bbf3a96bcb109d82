/** Which keys are one key in Python: 1, 1.0, True and numpy.int64(1) are; tuples are by what they hold. */

import { NumpyDType, NumpyScalar, PythonComplex, PythonFloat, PythonFrozenSet, PythonTuple } from './values.ts';

/** Numbers for keys: equal where Python says equal. Costs no more than the keys are large, however often they hold the same. */
export class Identities {
  readonly #plain = new Map<unknown, number>();
  readonly #made = new Map<string, number>();
  readonly #objects = new Map<object, number>();
  #next = 0;

  /** Undefined for what has no hash. REQUIRES: plain data that does not hold itself. */
  of(key: unknown): number | undefined {
    if (typeof key === 'string' || key === null) return this.#id(this.#plain, key);
    if (typeof key === 'boolean' || typeof key === 'number' || typeof key === 'bigint') return this.#number(key);
    if (typeof key !== 'object') return undefined;
    const known = this.#objects.get(key);
    if (known !== undefined) return known;
    const id = this.#object(key);
    if (id !== undefined) this.#objects.set(key, id);
    return id;
  }

  #object(key: object): number | undefined {
    if (key instanceof PythonFloat) return this.#number(key.value);
    if (key instanceof PythonComplex) return this.#complex(key.real, key.imaginary);
    if (key instanceof Uint8Array) return this.#bytes(key);
    if (key instanceof PythonTuple) return this.#all('tuple', key.items);
    if (key instanceof PythonFrozenSet) return this.#all('set', [...key.items]);
    if (key instanceof NumpyScalar) return this.#scalar(key);
    if (key instanceof NumpyDType) return this.#id(this.#made, `dtype ${key.descr}`);
    return undefined;
  }

  #number(value: boolean | number | bigint): number {
    if (typeof value === 'number' && !Number.isInteger(value)) {
      // No NaN equals another.
      return Number.isNaN(value) ? this.#next++ : this.#id(this.#plain, value);
    }
    return this.#id(this.#plain, BigInt(value));
  }

  #complex(real: number, imaginary: number): number {
    if (Number.isNaN(real) || Number.isNaN(imaginary)) return this.#next++;
    return imaginary === 0 ? this.#number(real) : this.#id(this.#made, `complex ${real + 0} ${imaginary}`);
  }

  #bytes(bytes: Uint8Array): number {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return this.#id(this.#made, `bytes ${buffer.toString('latin1')}`);
  }

  #all(kind: 'tuple' | 'set', items: readonly unknown[]): number | undefined {
    const ids: number[] = [];
    for (const item of items) {
      const id = this.of(item);
      if (id === undefined) return undefined;
      ids.push(id);
    }
    if (kind === 'set') ids.sort((a, b) => a - b);
    return this.#id(this.#made, `${kind} ${ids.join(' ')}`);
  }

  #scalar({ array: { dtype, data } }: NumpyScalar): number {
    const value = data[0]!;
    if (typeof value === 'string') return this.#id(this.#plain, value);
    if (value instanceof Uint8Array) return this.#bytes(value);
    if (dtype.startsWith('complex')) return this.#complex(value as number, data[1] as number);
    return this.#number(value);
  }

  #id<K>(ids: Map<K, number>, key: K): number {
    const known = ids.get(key);
    if (known !== undefined) return known;
    ids.set(key, this.#next);
    return this.#next++;
  }
}
