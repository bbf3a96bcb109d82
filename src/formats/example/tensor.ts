/** TensorProto, the form of an array inside a record: bytes to typed arrays, as TensorFlow's own Tensor::FromProto reads it. */

import { BowerbirdError } from '../../errors.ts';
import { checkBytes, isBytes, oneOf, readOptions } from '../../options.ts';
import { type DType, dtypeName, dtypeOf, stringCode, type TypedArray } from './dtypes.ts';
import { halfToFloatBits } from './half.ts';
import {
  type Cursor,
  cursorOver,
  readBytes,
  readFixed32,
  readInt32,
  readInt64,
  readMessage,
  readRepeated,
  readTag,
  readVarint,
  skipField,
  wireType,
} from './wire.ts';

/** Values in C order. Complex numbers are pairs; strings are byte strings that borrow from the message. */
export type Tensor =
  | { readonly dtype: 'string'; readonly shape: readonly number[]; readonly data: readonly Uint8Array[] }
  | { readonly dtype: string; readonly shape: readonly number[]; readonly data: TypedArray };

export interface TensorOptions {
  /** What float16 and bfloat16 become: a Float32Array, or a Uint16Array of their bits. Default "float32". */
  readonly halves?: 'float32' | 'bits';
}

/** A few bytes may say "this value, a billion times"; beyond this many elements that is refused, as in native/core/embedding/tensor.h. */
export const maxRepeatedElements = 2 ** 20;

interface Parts {
  dtype: number;
  shape: number[];
  content: Uint8Array;
  /** As many as are wanted, of `stringCount`. */
  readonly strings: Uint8Array[];
  stringCount: number;
  /** Bytes of the fields of values, by the number of the field. They are read once the dtype is known: a message may have one for each value. */
  readonly valueBytes: number[];
  readonly message: Uint8Array;
}

const tensorShape = { halves: oneOf(['float32', 'bits'], 'float32') };
const noOptions: TensorOptions = {};

/** Throws BAD_SCHEMA for what TensorFlow refuses, UNSUPPORTED for element types that are not read here. */
export function parseTensor(bytes: Uint8Array, options: TensorOptions = noOptions): Tensor {
  if (!isBytes(bytes)) checkBytes(bytes, 'parseTensor()');
  if (options !== noOptions) readOptions(options, tensorShape, 'parseTensor()');
  const parts = readParts(bytes, Number.POSITIVE_INFINITY);
  const elements = countElements(parts.shape);
  if (parts.dtype === stringCode) {
    return { dtype: 'string', shape: parts.shape, data: stringValues(parts, elements) };
  }
  const dtype = dtypeIn(parts);
  const data = elements === 0 ? new dtype.array(0) : repeated(valuesIn(parts, dtype, elements), dtype, elements);
  return numericTensor(parts, dtype, data, options.halves === 'bits');
}

/**
 * The same, but for what is only promised: a value that is to be repeated stands there once, as does a zero where none is given. Of strings
 * the first stands for all. Costs no more than the bytes are long.
 */
export function parseTensorBriefly(bytes: Uint8Array): Tensor {
  const parts = readParts(bytes, 1);
  const elements = countElements(parts.shape);
  if (parts.dtype === stringCode) {
    return { dtype: 'string', shape: parts.shape, data: firstString(parts, elements) };
  }
  const dtype = dtypeIn(parts);
  const values = elements === 0 ? new dtype.array(0) : valuesIn(parts, dtype, elements);
  const isZero = elements > 0 && values.length === 0;
  return numericTensor(parts, dtype, isZero ? new dtype.array(dtype.perElement) : values, false);
}

function dtypeIn(parts: Parts): DType {
  const dtype = dtypeOf(parts.dtype);
  if (dtype !== undefined) return dtype;
  if (parts.dtype === 0) throw bad('it has no dtype');
  throw new BowerbirdError('UNSUPPORTED', `Cannot read tensor: its dtype is ${dtypeName(parts.dtype)}`);
}

function numericTensor({ shape }: Parts, { name }: DType, data: TypedArray, bits: boolean): Tensor {
  const isHalf = name === 'float16' || name === 'bfloat16';
  return { dtype: name, shape, data: isHalf && !bits ? widened(data as Uint16Array, name) : data };
}

export interface TensorSpec {
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** dtype and shape only; the values are not looked at. */
export function parseTensorSpec(bytes: Uint8Array): TensorSpec {
  const { dtype, shape } = readParts(bytes, 0);
  countElements(shape);
  if (dtype === 0) throw bad('it has no dtype');
  return { dtype: dtypeName(dtype), shape };
}

function bad(what: string): BowerbirdError {
  return new BowerbirdError('BAD_SCHEMA', `Cannot read tensor: ${what}`);
}

function readParts(message: Uint8Array, strings: number): Parts {
  const c = cursorOver(message);
  const parts: Parts = {
    dtype: 0,
    shape: [],
    content: new Uint8Array(0),
    strings: [],
    stringCount: 0,
    valueBytes: new Array(18).fill(0),
    message,
  };
  while (c.at < c.end) {
    const tag = readTag(c);
    const field = tag >>> 3;
    const type = tag & 7;
    if (field === 1 && type === wireType.varint) parts.dtype = readInt32(c);
    else if (field === 2 && type === wireType.bytes) readShape(readMessage(c), parts.shape);
    else if (field === 4 && type === wireType.bytes) parts.content = readBytes(c);
    else if (field === 8 && type === wireType.bytes) {
      const string = readBytes(c);
      if (parts.stringCount++ < strings) parts.strings.push(string);
    } else {
      const at = c.at;
      skipField(c, tag);
      if (field < parts.valueBytes.length) parts.valueBytes[field]! += c.at - at;
    }
  }
  return parts;
}

/** A shape given twice is merged, as every submessage: its dimensions are joined. */
function readShape(c: Cursor, shape: number[]): void {
  while (c.at < c.end) {
    const tag = readTag(c);
    if (tag === 2 * 8 + wireType.bytes) {
      shape.push(readDimension(readMessage(c)));
      if (shape.length > 254) throw bad('its shape has more than 254 dimensions');
    } else if (tag === 3 * 8 + wireType.varint) {
      if (Number(readVarint(c)) !== 0) throw bad('its rank is unknown');
    } else {
      skipField(c, tag);
    }
  }
}

function readDimension(c: Cursor): number {
  let size: number | bigint = 0;
  while (c.at < c.end) {
    const tag = readTag(c);
    if (tag === 8 + wireType.varint) size = readInt64(c);
    else skipField(c, tag);
  }
  if (size < 0) throw bad(`a dimension of its shape is ${size}`);
  if (typeof size === 'bigint') throw bad(`a dimension of its shape is ${size}, more than any array holds`);
  return size;
}

function countElements(shape: readonly number[]): number {
  if (shape.includes(0)) return 0;
  const elements = shape.reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(elements))
    throw bad(`its shape ${shape.join(' x ')} has more elements than any array holds`);
  return elements;
}

/** Those that are there: all of them in tensor_content, else as many as the fields of values hold. */
function valuesIn(parts: Parts, dtype: DType, elements: number): TypedArray {
  const itemBytes = bytesPerElement(dtype);
  if (parts.content.length > 0) {
    if (parts.content.length !== elements * itemBytes) {
      throw bad(
        `its tensor_content holds ${parts.content.length} bytes, expected ${elements * itemBytes} ` +
          `(${dtype.name}, shape ${parts.shape.join(' x ')})`,
      );
    }
    // A copy of its own: views of wider numbers need an aligned start, and a record has none. (A Buffer's own slice() copies nothing.)
    const own = Uint8Array.prototype.slice.call(parts.content);
    return new dtype.array(own.buffer as ArrayBuffer, 0, elements * dtype.perElement);
  }
  const wanted = elements * dtype.perElement;
  const given = new Values(dtype, parts, wanted);
  const complete = given.count - (given.count % dtype.perElement);
  if (complete < wanted && elements > maxRepeatedElements) {
    throw bad(
      `it promises ${elements} elements and holds ${complete / dtype.perElement}, expected at most ${maxRepeatedElements} by repetition`,
    );
  }
  return given.array.subarray(0, complete);
}

/** Fewer values than elements: the last one is repeated. None at all: zeros. */
function repeated(values: TypedArray, dtype: DType, elements: number): TypedArray {
  const wanted = elements * dtype.perElement;
  if (values.length === wanted && values.byteLength === values.buffer.byteLength) return values;
  const data = new dtype.array(wanted) as Float64Array;
  data.set(values as Float64Array);
  for (let i = values.length; i > 0 && i < wanted; i++) data[i] = data[i - dtype.perElement]!;
  return data as TypedArray;
}

function bytesPerElement(dtype: DType): number {
  return new dtype.array(1).byteLength * dtype.perElement;
}

/** The values of the dtype's own field, at most `wanted` of them; the room follows what is there. */
class Values {
  array: TypedArray;
  count = 0;

  constructor(dtype: DType, { message, valueBytes }: Parts, wanted: number) {
    // Every value takes a byte at least.
    this.array = new dtype.array(Math.min(valueBytes[dtype.field]!, wanted));
    const push = (value: number | bigint): void => {
      if (this.count < this.array.length) (this.array as unknown as (number | bigint)[])[this.count++] = value;
    };
    const bits = new DataView(this.array.buffer);
    const pushBits = (low: number, high?: number): void => {
      if (this.count >= this.array.length) return;
      const at = this.count++ * (high === undefined ? 4 : 8);
      bits.setUint32(at, low, true);
      if (high !== undefined) bits.setUint32(at + 4, high, true);
    };
    const read: { readonly [wire in DType['wire']]: (c: Cursor) => void } = {
      float: (c) => pushBits(readFixed32(c)),
      double: (c) => pushBits(readFixed32(c), readFixed32(c)),
      int32: (c) => push(dtype.name === 'bool' ? Number(Number(readVarint(c)) !== 0) : readInt32(c)),
      int64: (c) => push(BigInt(readVarint(c))),
    };
    const unpacked = {
      float: wireType.fixed32,
      double: wireType.fixed64,
      int32: wireType.varint,
      int64: wireType.varint,
    };
    const c = cursorOver(message);
    while (c.at < c.end) {
      const tag = readTag(c);
      if (tag >>> 3 === dtype.field) readRepeated(c, tag, unpacked[dtype.wire], read[dtype.wire]);
      else skipField(c, tag);
    }
  }
}

function stringValues(parts: Parts, elements: number): Uint8Array[] {
  if (elements === 0) return [];
  const strings = parts.content.length > 0 ? stringList(parts.content, elements, elements) : parts.strings;
  checkStrings(strings.length, elements);
  const last = strings.at(-1) ?? new Uint8Array(0);
  return Array.from({ length: elements }, (_, i) => strings[i] ?? last);
}

function firstString(parts: Parts, elements: number): Uint8Array[] {
  if (elements === 0) return [];
  const strings = parts.content.length > 0 ? stringList(parts.content, elements, 1) : parts.strings;
  checkStrings(parts.content.length > 0 ? elements : parts.stringCount, elements);
  return [strings[0] ?? new Uint8Array(0)];
}

function checkStrings(given: number, elements: number): void {
  if (given >= elements || elements <= maxRepeatedElements) return;
  throw bad(
    `it promises ${elements} strings and holds ${given}, expected at most ${maxRepeatedElements} by repetition`,
  );
}

/** tensor_content of strings: all lengths as varints, then all bytes. The first `most` of them. */
function stringList(content: Uint8Array, elements: number, most: number): Uint8Array[] {
  const c = cursorOver(content);
  if (elements > content.length) throw bad(`its tensor_content is too short for ${elements} strings`);
  const lengths: number[] = [];
  let total = 0;
  for (let i = 0; i < elements; i++) {
    const length = Number(readVarint(c));
    total += length;
    if (i < most) lengths.push(length);
  }
  if (total !== c.end - c.at) {
    throw bad(`its strings hold ${c.end - c.at} bytes, expected ${total}`);
  }
  let at = c.at;
  return lengths.map((length) => {
    at += length;
    return content.subarray(at - length, at);
  });
}

function widened(bits: Uint16Array, name: string): Float32Array {
  const words = new Uint32Array(bits.length);
  if (name === 'float16') for (let i = 0; i < bits.length; i++) words[i] = halfToFloatBits(bits[i]!);
  else for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return new Float32Array(words.buffer);
}
