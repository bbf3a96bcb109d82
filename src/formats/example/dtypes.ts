/** The element types of tensors, by the number TensorFlow's DataType gives them. */

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

interface ArrayOf {
  new (length: number): TypedArray;
  new (buffer: ArrayBuffer, byteOffset?: number, length?: number): TypedArray;
}

/** How values look in memory: `array` holds `perElement` numbers an element (2 for complex). */
export interface DType {
  readonly name: string;
  readonly code: number;
  readonly array: ArrayOf;
  readonly perElement: 1 | 2;
  /** Field of TensorProto for values that are not in tensor_content, and how it is written. */
  readonly field: number;
  readonly wire: 'float' | 'double' | 'int32' | 'int64';
}

function dtype(code: number, name: string, array: ArrayOf, field: number, wire: DType['wire']): DType {
  return { code, name, array, field, wire, perElement: name.startsWith('complex') ? 2 : 1 };
}

/** Strings are apart: they have no fixed size. float16 and bfloat16 are held as their bits. */
export const dtypes = [
  dtype(1, 'float32', Float32Array, 5, 'float'),
  dtype(2, 'float64', Float64Array, 6, 'double'),
  dtype(3, 'int32', Int32Array, 7, 'int32'),
  dtype(4, 'uint8', Uint8Array, 7, 'int32'),
  dtype(5, 'int16', Int16Array, 7, 'int32'),
  dtype(6, 'int8', Int8Array, 7, 'int32'),
  dtype(8, 'complex64', Float32Array, 9, 'float'),
  dtype(9, 'int64', BigInt64Array, 10, 'int64'),
  dtype(10, 'bool', Uint8Array, 11, 'int32'),
  dtype(11, 'qint8', Int8Array, 7, 'int32'),
  dtype(12, 'quint8', Uint8Array, 7, 'int32'),
  dtype(13, 'qint32', Int32Array, 7, 'int32'),
  dtype(14, 'bfloat16', Uint16Array, 13, 'int32'),
  dtype(15, 'qint16', Int16Array, 7, 'int32'),
  dtype(16, 'quint16', Uint16Array, 7, 'int32'),
  dtype(17, 'uint16', Uint16Array, 7, 'int32'),
  dtype(18, 'complex128', Float64Array, 12, 'double'),
  dtype(19, 'float16', Uint16Array, 13, 'int32'),
  dtype(22, 'uint32', Uint32Array, 16, 'int32'),
  dtype(23, 'uint64', BigUint64Array, 17, 'int64'),
] as const;

export const stringCode = 7;

/** Named for the words "this dtype exists but is not read". */
const unread: { readonly [code: number]: string } = {
  20: 'resource',
  21: 'variant',
  24: 'float8_e5m2',
  25: 'float8_e4m3fn',
  29: 'int4',
  30: 'uint4',
};

export function dtypeOf(code: number): DType | undefined {
  return dtypes.find((type) => type.code === code);
}

export function dtypeNamed(name: string): DType | undefined {
  return dtypes.find((type) => type.name === name);
}

export function dtypeName(code: number): string {
  return dtypeOf(code)?.name ?? (code === stringCode ? 'string' : (unread[code] ?? `DataType ${code}`));
}
