/** Plain data as MessagePack: what Python's msgpack.packb(value, default=msgpack_numpy.encode) writes, byte for byte. */

import { usage } from '../../options.ts';
import { checkData, usualLimits } from '../python/bounds.ts';
import { numpyBytes } from '../python/numpy.ts';
import { ByteOutput, isShortAscii } from '../python/output.ts';
import { isWellFormed } from '../python/text.ts';
import {
  isInt,
  isPlainObject,
  NumpyArray,
  NumpyScalar,
  PythonBytearray,
  PythonComplex,
  PythonFloat,
  type PythonInput,
  PythonTuple,
} from '../python/values.ts';
import { complexText } from './complex.ts';
import { head } from './formats.ts';

/**
 * Tuples become arrays, bytearrays byte strings: MessagePack has no others. NumPy's arrays, scalars and complex numbers become the maps of
 * msgpack-numpy.
 *
 * `output` saves the memory of each: what was given before is written over by the next.
 *
 * @throws BowerbirdError USAGE: something is no plain data, has no form in MessagePack (sets, ints beyond 64 bits, types, tuples as keys), or
 * is more than readMsgpack() takes
 */
export function writeMsgpack(value: PythonInput, output = new ByteOutput()): Uint8Array {
  checkData(value, usualLimits, (what) => cannot(what));
  output.clear();
  writeValue(output, value);
  return output.finish();
}

function cannot(what: string) {
  return usage(`Cannot write msgpack: ${what}`);
}

function writeValue(out: ByteOutput, value: unknown): void {
  if (value === null) out.u8(head.nil);
  else if (typeof value === 'boolean') out.u8(value ? head.true : head.false);
  else if (typeof value === 'string') writeText(out, value);
  else if (typeof value === 'bigint') writeInt(out, value);
  else if (typeof value === 'number') isInt(value) ? writeInt(out, value) : writeFloat(out, value);
  else writeObject(out, value as object);
}

function writeObject(out: ByteOutput, value: object): void {
  if (value instanceof PythonFloat) writeFloat(out, value.value);
  else if (value instanceof Uint8Array) writeBytes(out, value);
  else if (value instanceof PythonBytearray) writeBytes(out, value.bytes);
  else if (Array.isArray(value)) writeItems(out, value);
  else if (value instanceof PythonTuple) writeItems(out, value.items);
  else if (value instanceof Map) writeMap(out, value);
  else if (value instanceof NumpyArray) writeArray(out, value);
  else if (value instanceof NumpyScalar) writeScalar(out, value);
  else if (value instanceof PythonComplex) writeComplex(out, value);
  else if (isPlainObject(value)) writeMap(out, new Map(Object.entries(value)));
  else
    throw cannot(`it has no form for ${value.constructor.name}; expected lists, dicts, texts, bytes, numbers, arrays`);
}

function writeInt(out: ByteOutput, value: number | bigint): void {
  if (value >= 0) {
    if (value < 0x80) out.u8(Number(value));
    else if (value <= 0xff) writeHeaded(out, head.uint8, value, 1);
    else if (value <= 0xffff) writeHeaded(out, head.uint16, value, 2);
    else if (value <= 0xffffffff) writeHeaded(out, head.uint32, value, 4);
    else if (value < 2n ** 64n) writeHeaded(out, head.uint64, value, 8);
    else throw cannot('it holds an int of more than 64 bits');
  } else if (value >= -0x20) out.u8(Number(value) & 0xff);
  else if (value >= -0x80) writeHeaded(out, head.int8, value, 1);
  else if (value >= -0x8000) writeHeaded(out, head.int16, value, 2);
  else if (value >= -0x80000000) writeHeaded(out, head.int32, value, 4);
  else if (value >= -(2n ** 63n)) writeHeaded(out, head.int64, value, 8);
  else throw cannot('it holds an int of more than 64 bits');
}

function writeHeaded(out: ByteOutput, first: number, value: number | bigint, bytes: 1 | 2 | 4 | 8): void {
  out.u8(first);
  out.network(value, bytes);
}

function writeFloat(out: ByteOutput, value: number): void {
  out.u8(head.float64);
  out.float(value);
}

function writeText(out: ByteOutput, text: string): void {
  if (isShortAscii(text)) {
    writeTextHead(out, text.length);
    out.shortAscii(text);
    return;
  }
  if (!isWellFormed(text)) throw cannot('it holds a text with a lone surrogate, which UTF-8 has no form for');
  const bytes = Buffer.from(text);
  writeTextHead(out, bytes.length);
  out.bytes(bytes);
}

function writeTextHead(out: ByteOutput, length: number): void {
  if (length < 32) out.u8(head.fixstr | length);
  else writeLength(out, length, head.str8, head.str16, head.str32);
}

function writeBytes(out: ByteOutput, bytes: Uint8Array): void {
  writeLength(out, bytes.length, head.bin8, head.bin16, head.bin32);
  out.bytes(bytes);
}

function writeItems(out: ByteOutput, items: readonly unknown[]): void {
  if (items.length < 16) out.u8(head.fixarray | items.length);
  else writeLength(out, items.length, undefined, head.array16, head.array32);
  for (const item of items) writeValue(out, item);
}

function writeMap(out: ByteOutput, map: ReadonlyMap<unknown, unknown>): void {
  writeMapHead(out, map.size);
  for (const [key, value] of map) {
    if (typeof key === 'object' && key !== null && !(key instanceof PythonFloat)) checkKey(key);
    writeValue(out, key);
    writeValue(out, value);
  }
}

/** Keys of other kinds cannot be told from a list; these two would be taken for an array and a complex number. */
function checkKey(key: object): void {
  if (!(key instanceof Uint8Array))
    throw cannot(`a key of a dict is ${key.constructor.name}, expected text, bytes or numbers`);
  const name = Buffer.from(key).toString('latin1');
  if (name === 'nd' || name === 'complex')
    throw cannot(`a key of a dict is b"${name}", which means an array or a number`);
}

function writeMapHead(out: ByteOutput, size: number): void {
  if (size < 16) out.u8(head.fixmap | size);
  else writeLength(out, size, undefined, head.map16, head.map32);
}

function writeLength(out: ByteOutput, length: number, of8: number | undefined, of16: number, of32: number): void {
  if (of8 !== undefined && length <= 0xff) writeHeaded(out, of8, length, 1);
  else if (length <= 0xffff) writeHeaded(out, of16, length, 2);
  else if (length <= 0xffffffff) writeHeaded(out, of32, length, 4);
  else throw cannot(`it holds a piece of ${length} bytes, expected less than 2^32`);
}

function writeName(out: ByteOutput, name: string): void {
  writeBytes(out, Buffer.from(name));
}

function writeArray(out: ByteOutput, array: NumpyArray): void {
  const { descr, bytes } = numpyBytes(array);
  writeMapHead(out, 5);
  writeName(out, 'nd');
  out.u8(head.true);
  writeName(out, 'type');
  writeText(out, descr);
  writeName(out, 'kind');
  writeName(out, '');
  writeName(out, 'shape');
  writeItems(out, array.shape);
  writeName(out, 'data');
  writeBytes(out, bytes);
}

function writeScalar(out: ByteOutput, { array }: NumpyScalar): void {
  const { descr, bytes } = numpyBytes(array);
  if (array.shape.length > 0) throw cannot('a NumPy scalar is an array with dimensions');
  writeMapHead(out, 3);
  writeName(out, 'nd');
  out.u8(head.false);
  writeName(out, 'type');
  writeText(out, descr);
  writeName(out, 'data');
  writeBytes(out, bytes);
}

function writeComplex(out: ByteOutput, value: PythonComplex): void {
  writeMapHead(out, 2);
  writeName(out, 'complex');
  out.u8(head.true);
  writeName(out, 'data');
  writeText(out, complexText(value));
}
