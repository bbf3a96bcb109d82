/** NumPy arrays inside pickles and msgpack: raw bytes with a type and a shape, to values and back. */

import { BowerbirdError } from '../../errors.ts';
import { usage } from '../../options.ts';
import type { TypedArray } from '../example/dtypes.ts';
import { floatBitsToHalf } from '../example/half.ts';
import { checkShape } from '../example/tensor-writer.ts';
import { cOrder, decodeNpyValues, encodeNpy, npyDescr, npyElement, reordered } from '../npy/npy.ts';
import { NumpyArray } from './values.ts';

/** Makes the error of whoever reads: `what` is a sentence about the array. */
export type Wrong = (code: 'BAD_SCHEMA' | 'UNSUPPORTED', what: string) => BowerbirdError;

export interface NumpyLayout {
  readonly descr: string;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
}

const mostDimensions = 64;
/** A text costs some hundred bytes of memory, whatever it holds. */
const mostTexts = 2 ** 20;

/** Bytes of one element. Refuses what is neither number, boolean nor text. */
export function numpyItemBytes(descr: string, wrong: Wrong): number {
  const text = /^(?:\|S|[<>]U)([1-9]\d{0,8})$/.exec(descr);
  if (text !== null) return Number(text[1]) * (descr[1] === 'U' ? 4 : 1);
  if (descr[1] === 'U' || descr[1] === 'S') throw wrong('UNSUPPORTED', `its type is "${descr}", text without a width`);
  const why = others[descr[1] ?? ''] ?? '';
  try {
    return npyElement({ descr, fortranOrder: false, shape: [], version: [1, 0], dataOffset: 0 }, '').bytes;
  } catch (error) {
    if (!(error instanceof BowerbirdError)) throw error;
    throw wrong('UNSUPPORTED', `its type is "${descr}"${why}, expected numbers, booleans or text such as "<f4", "<U5"`);
  }
}

const others: { readonly [kind: string]: string } = {
  O: ' (Python objects, which can run code)',
  V: ' (structured records)',
  M: ' (dates)',
  m: ' (times)',
};

/** A shape as it was read. */
export function numpyShape(sizes: readonly unknown[], wrong: Wrong): readonly number[] {
  if (sizes.length > mostDimensions) throw wrong('BAD_SCHEMA', `it has ${sizes.length} dimensions`);
  if (sizes.every((size): size is number => Number.isSafeInteger(size) && (size as number) >= 0)) return sizes;
  throw wrong('BAD_SCHEMA', 'its shape holds something else than whole numbers');
}

/**
 * The values are a view of `bytes` where these lie right in memory, else a copy; `bytes` are not changed.
 *
 * @throws what `wrong` makes: the bytes are not as many as the shape promises, the type is not read, a text is no text
 */
export function readNumpy(
  layout: NumpyLayout,
  bytes: Uint8Array,
  halves: 'float32' | 'bits',
  wrong: Wrong,
): NumpyArray {
  const { descr, shape } = layout;
  const item = numpyItemBytes(descr, wrong);
  const elements = shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
  if (elements * item !== bytes.length) {
    throw wrong(
      'BAD_SCHEMA',
      `its shape (${shape.join(', ')}) of "${descr}" needs ${elements * item} bytes, it has ${bytes.length}`,
    );
  }
  const kind = descr[1];
  const isText = kind === 'U' || kind === 'S';
  if (isText && elements > mostTexts)
    throw wrong('UNSUPPORTED', `it holds ${elements} texts, expected at most ${mostTexts}`);
  if (kind === 'U') checkCharacters(bytes, descr[0] === '>', wrong);
  if (kind === 'S') return byteStrings(layout, bytes, item);
  // What decodeNpyValues() is given it may change, and views need their alignment. Reordering makes a copy anyway.
  const mustCopy = !layout.fortranOrder && (descr[0] === '>' || bytes.byteOffset % Math.min(item, 8) !== 0);
  const values = mustCopy ? Uint8Array.from(bytes) : bytes;
  const { dtype, data } = decodeNpyValues({ ...layout, version: [1, 0], dataOffset: 0 }, values, { halves }, '');
  return new NumpyArray({ dtype, descr, shape, data });
}

/** Axis i of the result is axis `axes[i]` of the array, as numpy.transpose() has it. */
export function transposed(array: NumpyArray, axes: readonly unknown[], wrong: Wrong): NumpyArray {
  const { shape, data } = array;
  const isPermutation = axes.length === shape.length && shape.every((_, axis) => axes.includes(axis));
  if (!isPermutation)
    throw wrong('BAD_SCHEMA', `its axes are (${axes.map(String).join(', ')}), expected each of ${shape.length} once`);
  if (Array.isArray(data)) throw wrong('UNSUPPORTED', 'it holds texts whose axes are permuted in memory');
  const values = data as Exclude<typeof data, readonly unknown[]>;
  const perElement = array.dtype.startsWith('complex') ? 2 : 1;
  const size = values.BYTES_PER_ELEMENT * perElement;
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, size));
  const order = axes as readonly number[];
  const permuted = order.map((axis) => shape[axis]!);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const made = reordered(
    bytes,
    permuted,
    order.map((axis) => strides[axis]!),
    size,
  );
  const Values = values.constructor as new (buffer: ArrayBufferLike) => typeof values;
  return new NumpyArray({ ...array, shape: permuted, data: new Values(made.buffer) });
}

function byteStrings({ descr, shape, fortranOrder }: NumpyLayout, bytes: Uint8Array, item: number): NumpyArray {
  const ordered = fortranOrder ? cOrder(bytes, shape, item) : bytes;
  const data: Uint8Array[] = [];
  for (let at = 0; at < ordered.length; at += item) {
    let end = at + item;
    while (end > at && ordered[end - 1] === 0) end--;
    data.push(ordered.subarray(at, end));
  }
  return new NumpyArray({ dtype: 'bytes', descr, shape, data });
}

function checkCharacters(bytes: Uint8Array, bigEndian: boolean, wrong: Wrong): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; at += 4) {
    const code = view.getUint32(at, !bigEndian);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      throw wrong('BAD_SCHEMA', `its text holds U+${code.toString(16).toUpperCase()}, which is no character`);
    }
  }
}

/**
 * An array to write. `descr` may say that a Uint16Array is "<f2", a Uint8Array "|b1", a Float32Array "<f2" (rounded to nearest even) or "<c8".
 *
 * @throws BowerbirdError USAGE: type, shape and values do not fit
 */
export function numpyArray(data: TypedArray, shape: readonly number[] = [data.length], descr?: string): NumpyArray {
  const chosen = descr ?? npyDescr(data) ?? '';
  const refused: Wrong = (_, what) => usage(`Cannot make NumPy array: ${what}`);
  numpyItemBytes(chosen, refused);
  const { dtype } = npyElement({ descr: chosen, fortranOrder: false, shape: [], version: [1, 0], dataOffset: 0 }, '');
  const array = new NumpyArray({ dtype, descr: chosen, shape, data });
  numpyBytes(array);
  return array;
}

export interface NumpyBytes {
  /** As in the file that is written: little-endian, "|" where byte order means nothing. */
  readonly descr: string;
  readonly bytes: Uint8Array;
}

/**
 * The bytes of an array in C order, little-endian. `descr` may be big-endian: it says where the array comes from.
 *
 * @throws BowerbirdError USAGE: type, shape and values do not fit
 */
export function numpyBytes({ descr, shape, data }: NumpyArray): NumpyBytes {
  const own = `${descr.startsWith('>') ? '<' : descr[0]}${descr.slice(1)}`;
  const item = numpyItemBytes(own, (_, what) => usage(`Cannot write array: ${what}`));
  if (Array.isArray(data)) return { descr: own, bytes: textBytes(own, shape, data as readonly unknown[], item) };
  const values = own === '<f2' && data instanceof Float32Array ? Uint16Array.from(bitsOf(data), floatBitsToHalf) : data;
  return { descr: own, bytes: encodeNpy(values as Exclude<typeof values, readonly unknown[]>, shape, own)[1] };
}

function bitsOf(data: Float32Array): Uint32Array {
  return new Uint32Array(data.buffer, data.byteOffset, data.length);
}

function textBytes(descr: string, shape: readonly number[], data: readonly unknown[], item: number): Uint8Array {
  const isText = descr[1] === 'U';
  if (!isText && descr[1] !== 'S') throw usage(`Cannot write a list as array of "${descr}": expected a typed array`);
  checkShape(shape, data.length);
  const bytes = new Uint8Array(data.length * item);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of data.entries()) {
    const units = isText ? charactersOf(value) : value;
    const most = isText ? item / 4 : item;
    if (!(units instanceof Uint8Array || Array.isArray(units)) || units.length > most || units.at(-1) === 0) {
      throw usage(
        `Cannot write item ${i} of an array of "${descr}": expected ${isText ? 'text' : 'a Uint8Array'} of at most ${most} that does not end in zeros`,
      );
    }
    for (const [k, unit] of units.entries()) {
      if (isText) view.setUint32(i * item + k * 4, unit, true);
      else bytes[i * item + k] = unit;
    }
  }
  return bytes;
}

function charactersOf(value: unknown): number[] | undefined {
  return typeof value === 'string' ? Array.from(value, (character) => character.codePointAt(0)!) : undefined;
}
