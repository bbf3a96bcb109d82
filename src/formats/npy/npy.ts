/** NumPy arrays: the bytes of a .npy to values in C order and machine byte order, and the bytes to write. */

import { BowerbirdError } from '../../errors.ts';
import { usage } from '../../options.ts';
import type { TypedArray } from '../example/dtypes.ts';
import { halfToFloatBits } from '../example/half.ts';
import { checkShape } from '../example/tensor-writer.ts';
import { type NpyHeader, npyHeader, parseNpyHeader } from './header.ts';

/** Values in C order, whatever the order in the file. Complex numbers are pairs; booleans are 0 and 1. */
export interface NpyArray {
  /** Such as "float32"; for text "str". */
  readonly dtype: string;
  /** As in the file, such as "<f4". */
  readonly descr: string;
  readonly shape: readonly number[];
  readonly data: TypedArray | readonly string[];
}

export interface NpyOptions {
  /** What float16 becomes: a Float32Array, or a Uint16Array of its bits. Default "float32". */
  readonly halves?: 'float32' | 'bits';
}

interface Layout {
  readonly dtype: string;
  /** Bytes that are swapped as one: a complex number is two. */
  readonly word: number;
  readonly wordsPerElement: number;
  readonly view: (buffer: ArrayBuffer, offset: number, length: number) => TypedArray;
}

const layouts: { readonly [kindAndSize: string]: Layout } = {
  f2: { dtype: 'float16', word: 2, wordsPerElement: 1, view: (b, o, n) => new Uint16Array(b, o, n) },
  f4: { dtype: 'float32', word: 4, wordsPerElement: 1, view: (b, o, n) => new Float32Array(b, o, n) },
  f8: { dtype: 'float64', word: 8, wordsPerElement: 1, view: (b, o, n) => new Float64Array(b, o, n) },
  i1: { dtype: 'int8', word: 1, wordsPerElement: 1, view: (b, o, n) => new Int8Array(b, o, n) },
  i2: { dtype: 'int16', word: 2, wordsPerElement: 1, view: (b, o, n) => new Int16Array(b, o, n) },
  i4: { dtype: 'int32', word: 4, wordsPerElement: 1, view: (b, o, n) => new Int32Array(b, o, n) },
  i8: { dtype: 'int64', word: 8, wordsPerElement: 1, view: (b, o, n) => new BigInt64Array(b, o, n) },
  u1: { dtype: 'uint8', word: 1, wordsPerElement: 1, view: (b, o, n) => new Uint8Array(b, o, n) },
  u2: { dtype: 'uint16', word: 2, wordsPerElement: 1, view: (b, o, n) => new Uint16Array(b, o, n) },
  u4: { dtype: 'uint32', word: 4, wordsPerElement: 1, view: (b, o, n) => new Uint32Array(b, o, n) },
  u8: { dtype: 'uint64', word: 8, wordsPerElement: 1, view: (b, o, n) => new BigUint64Array(b, o, n) },
  b1: { dtype: 'bool', word: 1, wordsPerElement: 1, view: (b, o, n) => new Uint8Array(b, o, n) },
  c8: { dtype: 'complex64', word: 4, wordsPerElement: 2, view: (b, o, n) => new Float32Array(b, o, n) },
  c16: { dtype: 'complex128', word: 8, wordsPerElement: 2, view: (b, o, n) => new Float64Array(b, o, n) },
};

/** The type's name as in NpyArray, and the bytes of one element. */
export function npyElement(header: NpyHeader, source: string): { readonly dtype: string; readonly bytes: number } {
  const bytes = elementBytes(header, source);
  return { dtype: header.descr[1] === 'U' ? 'str' : layouts[header.descr.slice(1)]!.dtype, bytes };
}

/** Values in a row of the array: numbers (a complex one is two) or texts. */
export function npyRowLength(header: NpyHeader): number {
  const elements = header.shape.slice(1).reduce((product, size) => product * size, 1);
  return elements * (layouts[header.descr.slice(1)]?.wordsPerElement ?? 1);
}

/** Bytes of values that the header promises; checked before anything is made from it. */
export function npyDataBytes(header: NpyHeader, source: string): number {
  const elements = header.shape.includes(0) ? 0 : header.shape.reduce((product, size) => product * size, 1);
  const bytes = elements * elementBytes(header, source);
  if (Number.isSafeInteger(bytes)) return bytes;
  throw bad(source, 'BAD_SCHEMA', `its shape (${header.shape.join(', ')}) has more values than any file holds`);
}

/** A whole .npy file in memory. The values are copied (a Buffer's own slice() would not). */
export function decodeNpy(bytes: Uint8Array, options: NpyOptions = {}, source = 'npy'): NpyArray {
  const header = parseNpyHeader(bytes, source);
  checkNpyLength(header, bytes.length, source);
  return decodeNpyValues(header, Uint8Array.prototype.slice.call(bytes, header.dataOffset), options, source);
}

export function checkNpyLength(header: NpyHeader, fileBytes: number, source: string): void {
  const wanted = npyDataBytes(header, source);
  const found = fileBytes - header.dataOffset;
  if (found < wanted)
    throw bad(source, 'TRUNCATED', `it holds ${found} bytes of values, its header promises ${wanted}`);
  if (found > wanted) {
    throw bad(source, 'UNSUPPORTED', `${found - wanted} bytes follow the array; files of several arrays are not read`);
  }
}

/** REQUIRES: exactly the bytes of the values, at the start of a buffer of their own; they are taken over, not copied. */
export function decodeNpyValues(header: NpyHeader, values: Uint8Array, options: NpyOptions, source: string): NpyArray {
  const { descr, shape } = header;
  const bytes = header.fortranOrder ? cOrder(values, shape, elementBytes(header, source)) : values;
  if (descr[1] === 'U')
    return { dtype: 'str', descr, shape, data: text(bytes, Number(descr.slice(2)), descr[0] === '>') };
  const layout = layouts[descr.slice(1)]!;
  if (descr[0] === '>') swap(bytes, layout.word);
  const data = layout.view(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length / layout.word);
  if (layout.dtype !== 'float16' || options.halves === 'bits') return { dtype: layout.dtype, descr, shape, data };
  const words = Uint32Array.from(data as Uint16Array, halfToFloatBits);
  return { dtype: layout.dtype, descr, shape, data: new Float32Array(words.buffer) };
}

/** A dtype by NumPy's name, and the array that holds it. */
const written: readonly (readonly [new (length: number) => TypedArray, string, readonly string[]])[] = [
  [Float32Array, '<f4', ['<c8']],
  [Float64Array, '<f8', ['<c16']],
  [Int8Array, '|i1', []],
  [Int16Array, '<i2', []],
  [Int32Array, '<i4', []],
  [BigInt64Array, '<i8', []],
  [Uint8Array, '|u1', ['|b1']],
  [Uint16Array, '<u2', ['<f2']],
  [Uint32Array, '<u4', []],
  [BigUint64Array, '<u8', []],
];

/** The type that such an array has unless somebody says otherwise. Undefined: of no array that is written. */
export function npyDescr(data: TypedArray): string | undefined {
  return written.find(([array]) => data instanceof array)?.[1];
}

/** Header and values, as numpy.save writes them. `descr` may say that a Uint16Array is "<f2", a Uint8Array "|b1", and so on. */
export function encodeNpy(data: TypedArray, shape: readonly number[], descr?: string): [Uint8Array, Uint8Array] {
  const entry = written.find(([array]) => data instanceof array);
  if (entry === undefined) throw usage('Cannot write .npy: expected a typed array');
  const [, own, others] = entry;
  const chosen = descr ?? own;
  if (chosen !== own && !others.includes(chosen)) {
    throw usage(`Cannot write a ${data.constructor.name} as "${chosen}": expected ${[own, ...others].join(' or ')}`);
  }
  checkShape(shape, data.length / (chosen.includes('c') ? 2 : 1));
  return [npyHeader(chosen, shape), new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
}

function elementBytes({ descr }: NpyHeader, source: string): number {
  const match = /^([<>|=])([a-zA-Z])(\d*)$/.exec(descr);
  if (match?.[2] === 'O') {
    throw bad(
      source,
      'UNSUPPORTED',
      'it holds Python objects, and reading those means running code from the file; save numbers instead',
    );
  }
  // NumPy writes "|" only where byte order means nothing, and "=" never.
  const [, order, kind, size] = match ?? [];
  if (kind === 'U' && (order === '<' || order === '>') && size !== '' && Number(size) < 2 ** 28)
    return Number(size) * 4;
  const layout = kind === undefined ? undefined : layouts[`${kind}${size}`];
  if (layout === undefined || order === '=' || (order === '|') !== (layout.word === 1)) {
    throw bad(
      source,
      'UNSUPPORTED',
      `its type is "${descr}", expected numbers, booleans or text such as "<f4", "|b1" or "<U26"`,
    );
  }
  return layout.word * layout.wordsPerElement;
}

function swap(bytes: Uint8Array, word: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (word === 2) buffer.swap16();
  else if (word === 4) buffer.swap32();
  else if (word === 8) buffer.swap64();
}

/** Column after column becomes row after row. */
export function cOrder(bytes: Uint8Array, shape: readonly number[], size: number): Uint8Array {
  const strides: number[] = [];
  let stride = size;
  for (const length of shape) {
    strides.push(stride);
    stride *= length;
  }
  return reordered(bytes, shape, strides, size);
}

/** Steps through the target in C order and keeps the source's place by `strides`, bytes from one value of an axis to the next. */
export function reordered(
  bytes: Uint8Array,
  shape: readonly number[],
  strides: readonly number[],
  size: number,
): Uint8Array {
  const ordered = new Uint8Array(bytes.length);
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < bytes.length; to += size) {
    for (let i = 0; i < size; i++) ordered[to + i] = bytes[from + i]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return ordered;
}

/** UTF-32, padded with zeros to `length` characters. */
function text(bytes: Uint8Array, length: number, bigEndian: boolean): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const strings: string[] = [];
  for (let at = 0; length > 0 && at < bytes.length; at += length * 4) {
    const points = Array.from({ length }, (_, i) => view.getUint32(at + i * 4, !bigEndian));
    while (points.at(-1) === 0) points.pop();
    strings.push(points.map((point) => (point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd')).join(''));
  }
  return strings;
}

function bad(source: string, code: 'BAD_SCHEMA' | 'TRUNCATED' | 'UNSUPPORTED', what: string): BowerbirdError {
  return new BowerbirdError(code, `Cannot read "${source}" as .npy: ${what}`, { source });
}
