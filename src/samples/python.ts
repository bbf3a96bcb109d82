/** Samples as Python will read them, and as a processor takes them. */

import { BowerbirdError } from '../errors.ts';
import { numpyArray } from '../formats/python/numpy.ts';
import {
  isPlainObject,
  type PythonData,
  PythonFloat,
  type PythonInput,
  PythonTuple,
} from '../formats/python/values.ts';
import { plainData } from './plain.ts';
import { isNdArray, type NdArray, type Sample, type SampleValue } from './sample.ts';

/** Arrays become NumPy's, `duration` a float and `shape` a tuple whatever they hold; fields that are undefined are none. */
export function pythonSample(sample: Sample): { readonly [field: string]: PythonInput } {
  const fields = Object.entries(sample).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, fieldOf(name, value)] as const],
  );
  // Which, unlike assignment, makes a field of "__proto__", too.
  return Object.fromEntries(fields);
}

/** Why what users gave cannot be written: getters and proxies of theirs throw anything, and what holds itself has no end. */
export function problemOf(error: unknown): string {
  if (error instanceof BowerbirdError && error.code === 'USAGE') return error.message;
  if (error instanceof BowerbirdError) throw error;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `Cannot write the sample as plain data: ${text.split('\n')[0]}`;
}

function fieldOf(name: string, value: SampleValue): PythonInput {
  if (name === 'duration' && typeof value === 'number') return new PythonFloat(value);
  if (name === 'shape' && Array.isArray(value)) return new PythonTuple(value);
  return pythonValue(value);
}

function pythonValue(value: SampleValue): PythonInput {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value as PythonInput;
  if (ArrayBuffer.isView(value)) return numpyArray(value as NdArray['data']);
  if (Array.isArray(value)) return value.map(pythonValue);
  if (!isPlainObject(value)) return value as PythonInput;
  if (isNdArray(value)) return numpyArray(value.data, value.shape);
  const entries = Object.entries(value as { readonly [key: string]: SampleValue });
  return Object.fromEntries(entries.map(([key, item]) => [key, pythonValue(item)]));
}

/** The fields as plain values of JavaScript: floats are numbers, dicts objects, arrays typed ones or an NdArray. */
export function plainSample(sample: Sample): Sample {
  return Object.fromEntries(Object.entries(sample).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: SampleValue | undefined): SampleValue | undefined {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map((item) => plainValue(item) as SampleValue);
  if (!isPlainObject(value)) return plainData(value as PythonData) as SampleValue;
  if (isNdArray(value)) return value;
  const entries = Object.entries(value as { readonly [key: string]: SampleValue });
  return Object.fromEntries(entries.map(([key, item]) => [key, plainValue(item) as SampleValue]));
}

/** Floats that a processor handed on are floats again, also where they are whole. */
export function withFloats(made: Sample, given: Sample): Sample {
  const floats = Object.entries(given).flatMap(([name, value]) => {
    const isHandedOn = value instanceof PythonFloat && Object.is(made[name], value.value);
    return isHandedOn ? [[name, value] as const] : [];
  });
  return floats.length === 0 ? made : { ...made, ...Object.fromEntries(floats) };
}
