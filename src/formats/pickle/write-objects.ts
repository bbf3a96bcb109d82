/** What pickles make by calls: NumPy's arrays, scalars and types as NumPy 1.x writes them, bytearrays and complex numbers. */

import { usage } from '../../options.ts';
import { numpyBytes, numpyItemBytes } from '../python/numpy.ts';
import type { NumpyArray, NumpyScalar, PythonBytearray, PythonComplex } from '../python/values.ts';
import type { PickleFrames } from './frames.ts';
import type { PickleMemo } from './memo.ts';
import { op } from './opcodes.ts';

/** Whoever writes values: PickleWriter. */
export interface ValueWriter {
  readonly frames: PickleFrames;
  readonly memo: PickleMemo;
  value(value: unknown): void;
  opcode(code: number): void;
  float(value: number): void;
  int(value: number): void;
  name(text: string): void;
  bytes(bytes: Uint8Array, identity?: object): void;
  newBytes(bytes: Uint8Array): void;
  tuple(length: number, fill: () => void): void;
}

const multiarray = 'numpy.core.multiarray';

export function writeArray(writer: ValueWriter, array: NumpyArray): void {
  const { descr, bytes } = numpyBytes(array);
  writeGlobal(writer, multiarray, '_reconstruct');
  writer.tuple(3, () => {
    writeGlobal(writer, 'numpy', 'ndarray');
    writer.tuple(1, () => writer.int(0));
    writer.bytes(oneByte);
  });
  writer.frames.opcode(op.REDUCE);
  writer.memo.put(array);
  writer.tuple(5, () => {
    writer.int(1);
    writer.tuple(array.shape.length, () => {
      for (const size of array.shape) writer.int(size);
    });
    writeDType(writer, descr);
    writer.opcode(op.NEWFALSE);
    writer.bytes(bytes);
  });
  writer.frames.opcode(op.BUILD);
}

const oneByte = Buffer.from('b');

export function writeScalar(writer: ValueWriter, scalar: NumpyScalar): void {
  const { descr, bytes } = numpyBytes(scalar.array);
  if (scalar.array.shape.length > 0) throw usage('Cannot write NumPy scalar: expected an array without dimensions');
  writeGlobal(writer, multiarray, 'scalar');
  writer.tuple(2, () => {
    writeDType(writer, descr);
    writer.bytes(bytes);
  });
  writer.frames.opcode(op.REDUCE);
  writer.memo.put(scalar);
}

/** NumPy has one object for each type of numbers, and makes one for each array of texts. */
export function writeDType(writer: ValueWriter, descr: string, identity?: object): void {
  const item = numpyItemBytes(descr, (_, what) => usage(`Cannot write dtype: ${what}`));
  const isText = descr[1] === 'U' || descr[1] === 'S';
  const key = isText ? identity : `dtype ${descr}`;
  writer.frames.boundary();
  if (key !== undefined && writer.memo.get(key)) return;
  writeGlobal(writer, 'numpy', 'dtype');
  writer.tuple(3, () => {
    writer.value(descr.slice(1));
    writer.opcode(op.NEWFALSE);
    writer.opcode(op.NEWTRUE);
  });
  writer.frames.opcode(op.REDUCE);
  writer.memo.put(key);
  writer.tuple(8, () => {
    writer.int(3);
    writer.value(descr[0]);
    for (let i = 0; i < 3; i++) writer.opcode(op.NONE);
    writer.int(isText ? item : -1);
    writer.int(isText ? (descr[1] === 'U' ? 4 : 1) : -1);
    writer.int(descr[1] === 'U' ? 8 : 0);
  });
  writer.frames.opcode(op.BUILD);
}

export function writeBytearray(writer: ValueWriter, value: PythonBytearray): void {
  writeGlobal(writer, 'builtins', 'bytearray');
  // CPython copies the bytes to a new object, even a single one.
  writer.tuple(Math.min(value.bytes.length, 1), () => writer.newBytes(value.bytes));
  writer.frames.opcode(op.REDUCE);
  writer.memo.put(value);
}

export function writeComplex(writer: ValueWriter, value: PythonComplex): void {
  writeGlobal(writer, 'builtins', 'complex');
  writer.tuple(2, () => {
    writer.float(value.real);
    writer.float(value.imaginary);
  });
  writer.frames.opcode(op.REDUCE);
  writer.memo.put(value);
}

function writeGlobal(writer: ValueWriter, module: string, name: string): void {
  const key = `global ${module}.${name}`;
  writer.frames.boundary();
  if (writer.memo.get(key)) return;
  writer.name(module);
  writer.value(name);
  writer.frames.opcode(op.STACK_GLOBAL);
  writer.memo.put(key);
}
