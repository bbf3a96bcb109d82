/** A sample as metadata.json shows it: what is large is told by its kind and size. */

import { isPlainObject, NumpyArray, PythonFloat, PythonTuple } from '../../formats/python/values.ts';
import { isNdArray, type NdArray, type Sample } from '../../samples/sample.ts';

/** Values of an array that are written out. */
const mostValues = 100;

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export function shownSample(sample: Sample): { readonly [field: string]: Json } {
  const fields = Object.entries(sample).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields.map(([name, value]) => [name, shownValue(value, name === 'audio' ? 'audio:' : '')]));
}

function shownValue(value: unknown, kind = ''): Json {
  if (value instanceof PythonFloat) return shownNumber(value.value);
  if (typeof value === 'number') return shownNumber(value);
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value as Json;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return `<${kind}bytes:${value.length}>`;
  if (value instanceof PythonTuple) return value.items.map((item) => shownValue(item));
  if (Array.isArray(value)) return value.map((item) => shownValue(item));
  if (value instanceof NumpyArray)
    return shownArray({ data: value.data as NdArray['data'], shape: value.shape }, value.dtype);
  if (ArrayBuffer.isView(value))
    return shownArray({ data: value as NdArray['data'], shape: [(value as NdArray['data']).length] });
  if (typeof value !== 'object') return `<${typeof value}>`;
  if (isNdArray(value as object)) return shownArray(value as NdArray);
  const entries =
    value instanceof Map ? [...value] : isPlainObject(value as object) ? Object.entries(value as object) : undefined;
  if (entries === undefined) return `<${(value as object).constructor.name}>`;
  return Object.fromEntries(entries.map(([name, item]) => [String(name), shownValue(item)]));
}

/** JSON has no others. */
function shownNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function shownArray({ data, shape }: NdArray, dtype = dtypeOf(data)): Json {
  const values = [...(data.length <= mostValues ? data : [])].map((value) => shownValue(value));
  const shown = data.length <= mostValues ? values : `<ndarray:${data.length} values>`;
  return { _type: 'ndarray', shape: [...shape], dtype, data: shown };
}

function dtypeOf(data: NdArray['data']): string {
  return data.constructor.name
    .replace(/^Big/, '')
    .replace(/Array$/, '')
    .toLowerCase();
}
