/** Plain data as pickle.dumps(value, protocol=4) writes it, byte for byte: docs/decisions/033-plain-data.md says where that cannot be known. */

import { usage } from '../../options.ts';
import { checkData, usualLimits } from '../python/bounds.ts';
import { ByteOutput, isShortAscii } from '../python/output.ts';
import { pythonUtf8 } from '../python/text.ts';
import {
  isInt,
  NumpyArray,
  NumpyDType,
  NumpyScalar,
  PythonBytearray,
  PythonComplex,
  PythonFloat,
  PythonFrozenSet,
  type PythonInput,
  PythonTuple,
} from '../python/values.ts';
import { PickleFrames } from './frames.ts';
import { PickleMemo } from './memo.ts';
import { op } from './opcodes.ts';
import {
  type ValueWriter,
  writeArray,
  writeBytearray,
  writeComplex,
  writeDType,
  writeScalar,
} from './write-objects.ts';

/** As many items stand between a MARK and what takes them. */
const batch = 1000;
/** What readPickle() takes. */
const mostIntBytes = 8192;

/**
 * Protocol 4, read by Python 3.4 and later, arrays and scalars by NumPy 1 and 2. Equal data gives equal bytes. What an object holds twice
 * (the same array, Map, Uint8Array, ...) is written once.
 *
 * `output` saves the memory of each: what was given before is written over by the next.
 *
 * @throws BowerbirdError USAGE: something is no plain data, holds itself, or is more than readPickle() takes
 */
export function writePickle(value: PythonInput, output = new ByteOutput()): Uint8Array {
  checkData(value, usualLimits, (what) => usage(`Cannot write pickle: ${what}`));
  output.clear();
  return new PickleWriter(output).write(value);
}

class PickleWriter implements ValueWriter {
  readonly frames: PickleFrames;
  readonly memo: PickleMemo;

  constructor(output: ByteOutput) {
    this.frames = new PickleFrames(output);
    this.memo = new PickleMemo(this.frames);
  }

  write(value: PythonInput): Uint8Array {
    this.frames.out.u8(op.PROTO);
    this.frames.out.u8(4);
    this.value(value);
    this.frames.opcode(op.STOP);
    this.frames.close();
    return this.frames.out.finish();
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.frames.boundary();
        this.text(value);
        return;
      case 'number':
        if (isInt(value)) this.int(value);
        else this.float(value);
        return;
      case 'boolean':
        this.opcode(value ? op.NEWTRUE : op.NEWFALSE);
        return;
      case 'bigint':
        this.int(value);
        return;
    }
    if (value === null) this.opcode(op.NONE);
    else if (value instanceof PythonFloat) this.float(value.value);
    else this.#object(value as object);
  }

  /** An opcode that begins a value. */
  opcode(code: number): void {
    this.frames.boundary();
    this.frames.opcode(code);
  }

  float(value: number): void {
    this.opcode(op.BINFLOAT);
    this.frames.out.float(value);
  }

  int(value: number | bigint): void {
    const { out } = this.frames;
    if (value < -(2 ** 31) || value >= 2 ** 31) {
      this.#long(BigInt(value));
    } else if (value < 0 || value > 0xffff) {
      this.opcode(op.BININT);
      out.i32(Number(value));
    } else if (value > 0xff) {
      this.opcode(op.BININT2);
      out.u16(Number(value));
    } else {
      this.opcode(op.BININT1);
      out.u8(Number(value));
    }
  }

  /** REQUIRES: a boundary. A value of its own, unless Python has but one of it. */
  text(text: string): void {
    const key = this.memo.single(text);
    if (key !== undefined && this.memo.get(key)) return;
    this.#textBytes(text);
    this.memo.put(key);
  }

  /** Texts that Python has once each, however often they are named: keys of dicts, and modules. */
  name(text: string): void {
    this.frames.boundary();
    if (this.memo.single(text) !== undefined) {
      this.text(text);
    } else if (!this.memo.getName(text)) {
      this.#textBytes(text);
      this.memo.putName(text);
    }
  }

  /** Python has one object for no byte, and one for each single byte; any other is known by its `identity`, if at all. */
  bytes(bytes: Uint8Array, identity?: object): void {
    this.frames.boundary();
    const key = bytes.length > 1 ? identity : `bytes ${bytes[0] ?? ''}`;
    if (key === undefined || !this.memo.get(key)) this.newBytes(bytes, key);
  }

  newBytes(bytes: Uint8Array, key?: object | string): void {
    this.frames.boundary();
    const { length } = bytes;
    this.frames.payload(bytes, (out) => {
      out.u8(length <= 0xff ? op.SHORT_BINBYTES : length <= 0xffffffff ? op.BINBYTES : op.BINBYTES8);
      if (length <= 0xff) out.u8(length);
      else if (length <= 0xffffffff) out.u32(length);
      else out.u64(length);
    });
    this.memo.put(key);
  }

  /** A tuple of `length` items, which `fill` writes. */
  tuple(length: number, fill: () => void, identity?: object): void {
    if (length === 0) {
      this.opcode(op.EMPTY_TUPLE);
      return;
    }
    this.frames.boundary();
    if (length > 3) this.frames.opcode(op.MARK);
    fill();
    this.frames.opcode(length > 3 ? op.TUPLE : op.TUPLE1 + length - 1);
    this.memo.put(identity);
  }

  #object(value: object): void {
    this.frames.boundary();
    if (this.memo.get(value)) return;
    if (value instanceof Uint8Array) this.bytes(value, value);
    else if (Array.isArray(value)) this.#list(value);
    else if (value instanceof Map) this.#dict(value, value);
    else if (value instanceof Set) this.#set(value);
    else if (value instanceof PythonTuple) this.#tuple(value);
    else if (value instanceof PythonFrozenSet) this.#frozenSet(value);
    else if (value instanceof NumpyArray) writeArray(this, value);
    else if (value instanceof NumpyScalar) writeScalar(this, value);
    else if (value instanceof NumpyDType) writeDType(this, value.descr, value);
    else if (value instanceof PythonBytearray) writeBytearray(this, value);
    else if (value instanceof PythonComplex) writeComplex(this, value);
    else this.#dict(new Map(Object.entries(value)), value);
  }

  #tuple(tuple: PythonTuple): void {
    this.tuple(tuple.items.length, () => this.#all(tuple.items), tuple);
  }

  #all(items: Iterable<unknown>): void {
    for (const item of items) this.value(item);
  }

  #list(list: readonly unknown[]): void {
    this.frames.opcode(op.EMPTY_LIST);
    this.memo.put(list);
    if (list.length === 1) {
      this.value(list[0]);
      this.frames.opcode(op.APPEND);
      return;
    }
    for (let from = 0; from < list.length; from += batch) {
      this.frames.opcode(op.MARK);
      this.#all(list.slice(from, from + batch));
      this.frames.opcode(op.APPENDS);
    }
  }

  #dict(dict: ReadonlyMap<unknown, unknown>, identity: object): void {
    this.frames.opcode(op.EMPTY_DICT);
    this.memo.put(identity);
    if (dict.size === 1) {
      for (const entry of dict) this.#entry(entry);
      this.frames.opcode(op.SETITEM);
      return;
    }
    this.#batches(dict, op.SETITEMS, (entry) => this.#entry(entry));
  }

  #entry([key, value]: readonly [unknown, unknown]): void {
    if (typeof key === 'string') this.name(key);
    else this.value(key);
    this.value(value);
  }

  #set(set: ReadonlySet<unknown>): void {
    this.frames.opcode(op.EMPTY_SET);
    this.memo.put(set);
    this.#batches(set, op.ADDITEMS, (item) => this.value(item));
  }

  /** After a full batch CPython begins another, even where nothing is left for it. */
  #batches<T>(items: Iterable<T> & { readonly size: number }, end: number, write: (item: T) => void): void {
    if (items.size === 0) return;
    let count = 0;
    this.frames.opcode(op.MARK);
    for (const item of items) {
      write(item);
      if (++count % batch > 0) continue;
      this.frames.opcode(end);
      this.frames.opcode(op.MARK);
    }
    this.frames.opcode(end);
  }

  #frozenSet(set: PythonFrozenSet): void {
    this.frames.opcode(op.MARK);
    this.#all(set.items);
    this.frames.opcode(op.FROZENSET);
    this.memo.put(set);
  }

  #textBytes(text: string): void {
    if (isShortAscii(text)) {
      this.frames.opcode(op.SHORT_BINUNICODE);
      this.frames.out.u8(text.length);
      this.frames.out.shortAscii(text);
      return;
    }
    const bytes = pythonUtf8(text);
    const { length } = bytes;
    this.frames.payload(bytes, (out) => {
      out.u8(length <= 0xff ? op.SHORT_BINUNICODE : length <= 0xffffffff ? op.BINUNICODE : op.BINUNICODE8);
      if (length <= 0xff) out.u8(length);
      else if (length <= 0xffffffff) out.u32(length);
      else out.u64(length);
    });
  }

  /** Two's complement in as few bytes as hold it. */
  #long(value: bigint): void {
    let bytes = value.toString(16).length >> 1;
    while (BigInt.asIntN(8 * bytes, value) !== value) bytes++;
    if (bytes > mostIntBytes)
      throw usage(`Cannot write pickle: it holds an int of ${bytes} bytes, expected at most ${mostIntBytes}`);
    const hex = BigInt.asUintN(8 * bytes, value)
      .toString(16)
      .padStart(2 * bytes, '0');
    this.opcode(bytes <= 0xff ? op.LONG1 : op.LONG4);
    if (bytes <= 0xff) this.frames.out.u8(bytes);
    else this.frames.out.i32(bytes);
    this.frames.out.bytes(Buffer.from(hex, 'hex').reverse());
  }
}
