/**
 * Plain data of Python as JSON, with nothing left out: what JSON has no word for is an object of one key that begins with "$", such as
 * {"$tuple": [1, 2]}. docs/commands/unpack.md lists them.
 */

import { BowerbirdError } from '../../errors.ts';
import { floatBitsToHalf, halfToFloatBits } from '../example/half.ts';
import type { PythonValue } from '../npy/python-json.ts';
import { parsePythonJson } from './json.ts';
import { numpyItemBytes, numpyShape, readNumpy, type Wrong } from './numpy.ts';
import {
  NumpyArray,
  NumpyDType,
  NumpyScalar,
  PythonBytearray,
  PythonComplex,
  type PythonData,
  PythonFloat,
  PythonFrozenSet,
  PythonTuple,
} from './values.ts';

/** Puts what is large elsewhere, and says under which name. Undefined: it is written here. */
export type Aside = (value: NumpyArray | Uint8Array) => string | undefined;

/** For pythonJson(): it keeps 1.0 apart from 1. */
export function jsonForm(value: PythonData, aside: Aside = () => undefined): PythonValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return { $int: String(value) };
  if (value instanceof PythonFloat) return floatForm(value.value);
  const form = (item: PythonData) => jsonForm(item, aside);
  const forms = (items: Iterable<PythonData>) => Array.from(items, form);
  if (Array.isArray(value)) return forms(value);
  if (value instanceof Map) return dictForm(value, form);
  if (value instanceof Set) return { $set: forms(value) };
  if (value instanceof PythonTuple) return { $tuple: forms(value.items) };
  if (value instanceof PythonFrozenSet) return { $frozenset: forms(value.items) };
  if (value instanceof PythonComplex) return { $complex: [floatForm(value.real), floatForm(value.imaginary)] };
  if (value instanceof PythonBytearray) return { $bytearray: form(value.bytes) };
  if (value instanceof NumpyDType) return { $dtype: value.descr };
  if (value instanceof NumpyScalar) {
    const { descr } = value.array;
    return { $scalar: { dtype: descr, data: valuesForm(value.array) } };
  }
  if (value instanceof NumpyArray) {
    const name = aside(value);
    if (name !== undefined) return { $file: name };
    return { $array: { dtype: value.descr, shape: value.shape, data: valuesForm(value) } };
  }
  const name = aside(value as Uint8Array);
  return name === undefined ? { $bytes: Buffer.from(value as Uint8Array).toString('base64') } : { $file: name };
}

function dictForm(dict: ReadonlyMap<PythonData, PythonData>, form: (item: PythonData) => PythonValue): PythonValue {
  const names = [...dict.keys()];
  const isPlain = names.every((name) => typeof name === 'string');
  // One that looks like a form is no longer one.
  if (!isPlain || (names.length === 1 && (names[0] as string).startsWith('$'))) {
    return { $dict: Array.from(dict, ([name, item]) => [form(name), form(item)]) };
  }
  return new Map(Array.from(dict, ([name, item]) => [name as string, form(item)]));
}

function floatForm(value: number): PythonValue {
  if (Number.isFinite(value)) return new PythonFloat(value);
  return { $float: Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf' };
}

function valuesForm({ dtype, data }: NumpyArray): PythonValue {
  const isFloat = /^(float|complex)/.test(dtype);
  return Array.from<string | number | bigint | Uint8Array, PythonValue>(numbersOf(dtype, data), (value) => {
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return isFloat ? floatForm(value) : dtype === 'bool' ? value !== 0 : value;
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? value : { $int: String(value) };
    return { $bytes: Buffer.from(value).toString('base64') };
  });
}

function numbersOf(dtype: string, data: NumpyArray['data']): ArrayLike<string | number | bigint | Uint8Array> {
  if (dtype !== 'float16' || !(data instanceof Uint16Array)) return data;
  return new Float32Array(Uint32Array.from(data, halfToFloatBits).buffer);
}

/** Gets what was put aside, by its name. */
export type Fetch = (name: string) => PythonData;

/**
 * A line of JSON back to plain data, whose numbers are floats where they are written as such.
 *
 * @throws BowerbirdError BAD_SCHEMA: no JSON, or an object of one key with "$" that says nothing
 */
export function parseJsonForm(text: string, fetch?: Fetch): PythonData {
  let value: PythonValue;
  try {
    value = parsePythonJson(text);
  } catch (error) {
    throw bad((error as Error).message);
  }
  return formsOf(value, fetch);
}

const namedFloats: { readonly [name: string]: number } = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
};

/** What parsePythonJson() read, with the forms in it as what they stand for. @throws BowerbirdError BAD_SCHEMA */
export function formsOf(value: unknown, fetch?: Fetch): PythonData {
  if (Array.isArray(value)) return value.map((item) => formsOf(item, fetch));
  if (typeof value !== 'object' || value === null || value instanceof PythonFloat) return value as PythonData;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first?.[0].startsWith('$')) return formed(first[0], first[1], fetch);
  return new Map(entries.map(([name, item]) => [name, formsOf(item, fetch)]));
}

function formed(name: string, given: unknown, fetch: Fetch | undefined): PythonData {
  const wrong = () =>
    bad(`${JSON.stringify({ [name]: given }).slice(0, 100)} is none of the forms that stand for something`);
  if (name === '$float') {
    const number = typeof given === 'number' ? given : namedFloats[String(given)];
    if (number === undefined) throw wrong();
    return new PythonFloat(number);
  }
  if (name === '$int' && typeof given === 'string' && /^-?\d+$/.test(given)) return BigInt(given);
  if (name === '$dtype' && typeof given === 'string') return new NumpyDType(given);
  if (name === '$bytes' && typeof given === 'string') return Uint8Array.from(Buffer.from(given, 'base64'));
  if (name === '$file' && typeof given === 'string' && fetch !== undefined) return fetch(given);
  const inner = formsOf(given, fetch);
  if (name === '$bytearray' && inner instanceof Uint8Array) return new PythonBytearray(inner);
  if ((name === '$array' || name === '$scalar') && inner instanceof Map) return arrayOf(name, inner, wrong);
  if (!Array.isArray(inner)) throw wrong();
  switch (name) {
    case '$tuple':
      return new PythonTuple(inner);
    case '$set':
      return new Set(inner);
    case '$frozenset':
      return new PythonFrozenSet(new Set(inner));
    case '$complex': {
      const [real, imaginary] = inner;
      if (!(real instanceof PythonFloat && imaginary instanceof PythonFloat)) throw wrong();
      return new PythonComplex(real.value, imaginary.value);
    }
    case '$dict':
      if (!inner.every((pair) => Array.isArray(pair) && pair.length === 2)) throw wrong();
      return new Map(inner as [PythonData, PythonData][]);
    default:
      throw wrong();
  }
}

function arrayOf(name: string, given: ReadonlyMap<PythonData, PythonData>, wrong: () => BowerbirdError): PythonData {
  const refused: Wrong = () => wrong();
  const [descr, data] = [given.get('dtype'), given.get('data')];
  if (typeof descr !== 'string' || !Array.isArray(data)) throw wrong();
  const sizes = name === '$scalar' ? [] : given.get('shape');
  if (!Array.isArray(sizes)) throw wrong();
  const shape = numpyShape(sizes, refused);
  const item = numpyItemBytes(descr, refused);
  // Of complex numbers there are two for each.
  const values = shape.reduce((product, size) => product * size, descr[1] === 'c' ? 2 : 1);
  if (values !== data.length) throw wrong();
  const bytes = new Uint8Array((data.length * item) / (descr[1] === 'c' ? 2 : 1));
  const littleEndian = `${descr.startsWith('>') ? '<' : descr[0]}${descr.slice(1)}`;
  const put = putter(littleEndian, new DataView(bytes.buffer));
  const step = bytes.length / Math.max(1, data.length);
  for (const [i, value] of data.entries()) put(i * step, value);
  const array = readNumpy({ descr: littleEndian, shape, fortranOrder: false }, bytes, 'bits', refused);
  const told = new NumpyArray({ ...array, descr });
  return name === '$scalar' ? new NumpyScalar(told) : told;
}

/** Writes a value at a byte. */
function putter(descr: string, view: DataView): (at: number, value: unknown) => void {
  const number = (value: unknown) => (value instanceof PythonFloat ? value.value : Number(value));
  const float32 = new Float32Array(1);
  const bits = new Uint32Array(float32.buffer);
  const kind = descr.slice(1);
  const into = new Uint8Array(view.buffer);
  switch (kind) {
    case 'f2':
      return (at, value) => {
        float32[0] = number(value);
        view.setUint16(at, floatBitsToHalf(bits[0]!), true);
      };
    case 'f4':
    case 'c8':
      return (at, value) => view.setFloat32(at, number(value), true);
    case 'f8':
    case 'c16':
      return (at, value) => view.setFloat64(at, number(value), true);
    case 'i8':
    case 'u8':
      return (at, value) => view.setBigInt64(at, BigInt.asIntN(64, BigInt(value as number | bigint)), true);
    case 'i4':
    case 'u4':
      return (at, value) => view.setInt32(at, number(value) | 0, true);
    case 'i2':
    case 'u2':
      return (at, value) => view.setInt16(at, number(value), true);
    case 'i1':
    case 'u1':
    case 'b1':
      return (at, value) => view.setInt8(at, number(value));
    default:
      if (kind.startsWith('S')) return (at, value) => into.set(value as Uint8Array, at);
      return (at, value) => {
        for (const [i, character] of Array.from(value as string).entries())
          view.setUint32(at + 4 * i, character.codePointAt(0)!, true);
      };
  }
}

function bad(why: string): BowerbirdError {
  return new BowerbirdError('BAD_SCHEMA', `Cannot read plain data from JSON: ${why}`);
}
