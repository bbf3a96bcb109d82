/** Maps that stand for something else: what msgpack-numpy makes of arrays, scalars and complex numbers. */

import type { DataFaults } from '../python/faults.ts';
import { numpyShape, readNumpy } from '../python/numpy.ts';
import { type NumpyArray, NumpyScalar, type PythonComplex, type PythonData } from '../python/values.ts';
import { parseComplex } from './complex.ts';

type Named = NumpyArray | NumpyScalar | PythonComplex;

/** Undefined: a map like any other. These have byte strings for keys, which dicts that hold texts have not. */
export function namedValue(
  map: ReadonlyMap<PythonData, PythonData>,
  halves: 'float32' | 'bits',
  faults: DataFaults,
): Named | undefined {
  for (const key of map.keys()) {
    if (!(key instanceof Uint8Array)) continue;
    const name = nameOf(key);
    if (name === 'nd') return numpyValue(fieldsOf(map), halves, faults);
    if (name === 'complex') return complexValue(fieldsOf(map), faults);
  }
  return undefined;
}

type Fields = { readonly [name: string]: PythonData | undefined };

function fieldsOf(map: ReadonlyMap<PythonData, PythonData>): Fields {
  const fields: { [name: string]: PythonData } = Object.create(null);
  for (const [key, value] of map) fields[key instanceof Uint8Array ? nameOf(key) : `${typeof key} key`] = value;
  return fields;
}

/** Long ones are none of ours. */
function nameOf(key: Uint8Array): string {
  return Buffer.from(key.subarray(0, 16)).toString('latin1');
}

function numpyValue(fields: Fields, halves: 'float32' | 'bits', faults: DataFaults): Named {
  const wrong = (code: 'BAD_SCHEMA' | 'UNSUPPORTED', what: string) =>
    faults.fault(code, `a NumPy array or scalar: ${what}`);
  const { nd, type, kind, shape, data, ...others } = fields;
  if (kind instanceof Uint8Array && kind.length > 0) {
    throw wrong('UNSUPPORTED', `its kind is "${nameOf(kind)}" (Python objects or records), expected numbers or text`);
  }
  const isScalar = nd === false && shape === undefined && kind === undefined;
  const isArray = nd === true && Array.isArray(shape) && (kind === undefined || kind instanceof Uint8Array);
  if (
    !(isScalar || isArray) ||
    typeof type !== 'string' ||
    !(data instanceof Uint8Array) ||
    Object.keys(others).length > 0
  ) {
    throw wrong('BAD_SCHEMA', 'its map has other entries than nd, type, kind, shape and data');
  }
  const sizes = isScalar ? [] : numpyShape(shape as readonly unknown[], wrong);
  const array = readNumpy({ descr: type, shape: sizes, fortranOrder: false }, data, halves, wrong);
  return isScalar ? new NumpyScalar(array) : array;
}

function complexValue({ complex, data, ...others }: Fields, faults: DataFaults): Named {
  const value = complex === true && typeof data === 'string' ? parseComplex(data) : undefined;
  if (value === undefined || Object.keys(others).length > 0) {
    throw faults.wrong('a complex number: its map has other entries than Python writes, such as "(1+2j)"');
  }
  return value;
}
