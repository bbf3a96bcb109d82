/** Typed arrays to the bytes that tf.io.serialize_tensor writes. */

import { checkArgument, isBytes, usage } from '../../options.ts';
import { dtypeNamed, dtypes, stringCode, type TypedArray } from './dtypes.ts';
import { floatBitsToBfloat, floatBitsToHalf } from './half.ts';
import { WireWriter, wireType } from './wire.ts';

export type TensorData = TypedArray | readonly Uint8Array[];

/**
 * `dtype` defaults to the array's own type (a list of byte strings: "string"). float16 and bfloat16 take their bits in a
 * Uint16Array, or a Float32Array that is rounded to nearest even.
 */
export function serializeTensor(data: TensorData, shape: readonly number[], dtype?: string): Uint8Array {
  checkArgument(data, isTensorData, 'a typed array or a list of Uint8Arrays', caller);
  checkArgument(shape, isShape, 'a shape as a list of numbers', caller);
  checkArgument(dtype ?? '', isText, 'the name of a dtype', caller);
  return serialize(data, shape, dtype ?? ownDType(data));
}

const caller = 'serializeTensor()';
const isText = (value: unknown): value is string => typeof value === 'string';

function isTensorData(value: unknown): value is TensorData {
  if (Array.isArray(value)) return value.every(isBytes);
  return ownNames.some(([array]) => value instanceof array);
}

export function isShape(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => typeof size === 'number');
}

function serialize(data: TensorData, shape: readonly number[], dtype: string): Uint8Array {
  const message = new WireWriter().tag(1, wireType.varint);
  if (isStrings(data) || dtype === 'string') {
    if (!isStrings(data) || dtype !== 'string')
      throw usage(`Cannot write ${describe(data)} as ${dtype}: the types differ`);
    checkShape(shape, data.length);
    message.varint(stringCode).message(2, (part) => writeShape(part, shape));
    for (const value of data) message.field(8, value);
    return message.finish();
  }
  const type = dtypeNamed(dtype);
  if (type === undefined) {
    throw usage(`Cannot write dtype "${dtype}": expected one of string, ${dtypes.map(({ name }) => name).join(', ')}`);
  }
  const values = asHalves(data, dtype);
  if (!(values instanceof type.array))
    throw usage(`Cannot write ${describe(data)} as ${dtype}: expected ${type.array.name}`);
  checkShape(shape, values.length / type.perElement);
  message.varint(type.code).message(2, (part) => writeShape(part, shape));
  if (values.length > 0) message.field(4, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return message.finish();
}

/** What stands before the values of a float32 tensor: they follow, and the message ends with them. */
export function floatTensorHead(shape: readonly number[]): Uint8Array {
  const values = shape.reduce((product, size) => product * size, 1);
  const message = new WireWriter()
    .tag(1, wireType.varint)
    .varint(dtypeNamed('float32')!.code)
    .message(2, (part) => writeShape(part, shape));
  return values === 0
    ? message.finish()
    : message
        .tag(4, wireType.bytes)
        .varint(4 * values)
        .finish();
}

function writeShape(writer: WireWriter, shape: readonly number[]): void {
  for (const size of shape) {
    writer.message(2, (dimension) => {
      // proto3 does not write zeros.
      if (size > 0) dimension.tag(1, wireType.varint).varint(size);
    });
  }
}

export function checkShape(shape: readonly number[], elements: number): void {
  const valid = shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  const wanted = shape.reduce((product, size) => product * size, 1);
  if (valid && wanted === elements) return;
  throw usage(
    `Cannot write ${elements} values with shape [${shape.join(', ')}]: the shape holds ${valid ? wanted : 'no number of'} values`,
  );
}

function asHalves(data: TypedArray, dtype: string): TypedArray {
  if (!(data instanceof Float32Array) || (dtype !== 'float16' && dtype !== 'bfloat16')) return data;
  const bits = new Uint32Array(data.slice().buffer);
  return Uint16Array.from(bits, dtype === 'float16' ? floatBitsToHalf : floatBitsToBfloat);
}

function isStrings(data: TensorData): data is readonly Uint8Array[] {
  return Array.isArray(data);
}

const ownNames: readonly (readonly [new (length: number) => TypedArray, string])[] = [
  [Float32Array, 'float32'],
  [Float64Array, 'float64'],
  [Int8Array, 'int8'],
  [Int16Array, 'int16'],
  [Int32Array, 'int32'],
  [BigInt64Array, 'int64'],
  [Uint8Array, 'uint8'],
  [Uint16Array, 'uint16'],
  [Uint32Array, 'uint32'],
  [BigUint64Array, 'uint64'],
];

function ownDType(data: TensorData): string {
  return isStrings(data) ? 'string' : (ownNames.find(([array]) => data instanceof array)?.[1] ?? 'float32');
}

function describe(data: TensorData): string {
  return isStrings(data) ? 'a list of byte strings' : data.constructor.name;
}
