/** A pickle of plain data to its values: a stack machine with a fixed list of opcodes and constructors, which runs no code of anyone. */

import { checkData, type Limits, usualLimits } from '../python/bounds.ts';
import { DataFaults } from '../python/faults.ts';
import { PythonBytearray, type PythonData, PythonFloat, PythonFrozenSet, PythonTuple } from '../python/values.ts';
import { Calls } from './calls.ts';
import { PickleInput } from './input.ts';
import { op, refusedOpcodes } from './opcodes.ts';
import { kindOf, PickleStack } from './stack.ts';

export interface PickleOptions {
  /** For messages: where it comes from. */
  readonly source?: string;
  /** What float16 becomes: a Float32Array, or a Uint16Array of its bits. Default "float32". */
  readonly halves?: 'float32' | 'bits';
  readonly limits?: Limits;
}

/**
 * Protocols 2 to 5 of Python's Lib/pickletools.py: one pickle, and nothing behind it. Byte strings and the values of arrays are views of
 * `bytes` where that can be.
 *
 * @throws BowerbirdError UNSUPPORTED: what is no plain data, by its name and place; BAD_SCHEMA: no pickle, or a damaged one; TRUNCATED
 */
export function readPickle(bytes: Uint8Array, options: PickleOptions = {}): PythonData {
  const { source = '', halves = 'float32', limits = usualLimits } = options;
  const faults = new DataFaults('pickle', source);
  const input = new PickleInput(bytes, faults);
  const stack = new PickleStack(limits, faults);
  const calls = new Calls(stack, faults, bytes.length, halves);
  readProtocol(input, faults);
  for (;;) {
    const code = input.opcode();
    if (code === op.STOP) break;
    if (!readValue(code, input, stack) && !fill(code, stack) && !call(code, input, calls))
      throw unknown(code, input, faults);
  }
  if (input.left > 0) throw faults.wrong(`${input.left} bytes follow its end`, input.at);
  const value = stack.last();
  checkData(value, limits, (what) => faults.refusedAll(what), kindOf);
  return value as PythonData;
}

function readProtocol(input: PickleInput, faults: DataFaults): void {
  const first = input.opcode();
  if (first !== op.PROTO) {
    const name = nameOf(first);
    throw name === undefined
      ? faults.wrong(`it begins with ${hex(first)}, expected PROTO (0x80)`)
      : faults.refused(`it begins with ${name}, so it is of protocol 0 or 1; pickle it again with protocol 4`);
  }
  const version = input.u8();
  if (version < 2 || version > 5) throw faults.refused(`it is of protocol ${version}, expected 2 to 5`);
}

/** What stands for itself, and the memo. False: another opcode. */
function readValue(code: number, input: PickleInput, stack: PickleStack): boolean {
  switch (code) {
    case op.FRAME:
      input.frame();
      return true;
    case op.MARK:
      stack.mark();
      return true;
    case op.MEMOIZE:
      stack.memoize();
      return true;
    case op.BINPUT:
      stack.put(input.u8());
      return true;
    case op.LONG_BINPUT:
      stack.put(input.u32());
      return true;
    case op.BINGET:
      stack.get(input.u8());
      return true;
    case op.LONG_BINGET:
      stack.get(input.u32());
      return true;
    default: {
      const value = literal(code, input);
      if (value === undefined) return false;
      stack.push(value);
      return true;
    }
  }
}

function literal(code: number, input: PickleInput): PythonData | undefined {
  switch (code) {
    case op.NONE:
      return null;
    case op.NEWTRUE:
      return true;
    case op.NEWFALSE:
      return false;
    case op.BININT1:
      return input.u8();
    case op.BININT2:
      return input.u16();
    case op.BININT:
      return input.i32();
    case op.LONG1:
      return input.int(input.u8());
    case op.LONG4:
      return input.int(input.i32());
    case op.BINFLOAT:
      return new PythonFloat(input.float());
    case op.SHORT_BINUNICODE:
      return input.text(input.u8());
    case op.BINUNICODE:
      return input.text(input.u32());
    case op.BINUNICODE8:
      return input.text(input.length8());
    case op.SHORT_BINBYTES:
      return input.bytes(input.u8());
    case op.BINBYTES:
      return input.bytes(input.u32());
    case op.BINBYTES8:
      return input.bytes(input.length8());
    case op.BYTEARRAY8:
      return new PythonBytearray(input.bytes(input.length8()));
    default:
      return undefined;
  }
}

function fill(code: number, stack: PickleStack): boolean {
  switch (code) {
    case op.EMPTY_LIST:
      stack.open([]);
      return true;
    case op.EMPTY_DICT:
      stack.open(new Map());
      return true;
    case op.EMPTY_SET:
      stack.open(new Set());
      return true;
    case op.EMPTY_TUPLE:
      stack.open(new PythonTuple([]));
      return true;
    case op.TUPLE1:
    case op.TUPLE2:
    case op.TUPLE3:
      stack.open(new PythonTuple(stack.pop(code - op.TUPLE1 + 1) as PythonData[]));
      return true;
    case op.TUPLE:
      stack.open(new PythonTuple(stack.marked() as PythonData[]));
      return true;
    case op.FROZENSET:
      stack.open(new PythonFrozenSet(stack.addTo(new Set(), stack.marked())));
      return true;
    case op.APPEND:
      stack.append(stack.pop(1));
      return true;
    case op.APPENDS:
      stack.append(stack.marked());
      return true;
    case op.SETITEM:
      stack.setItems(stack.pop(2));
      return true;
    case op.SETITEMS:
      stack.setItems(stack.marked());
      return true;
    case op.ADDITEMS:
      stack.add(stack.marked());
      return true;
    default:
      return false;
  }
}

function call(code: number, input: PickleInput, calls: Calls): boolean {
  switch (code) {
    case op.GLOBAL:
      calls.find(input.line(), input.line());
      return true;
    case op.STACK_GLOBAL:
      calls.findNamed();
      return true;
    case op.REDUCE:
      calls.reduce();
      return true;
    case op.BUILD:
      calls.build();
      return true;
    default:
      return false;
  }
}

function unknown(code: number, input: PickleInput, faults: DataFaults) {
  const [name, why] = refusedOpcodes[code] ?? [];
  if (name === undefined) return faults.wrong(`${code === op.PROTO ? 'a second PROTO' : `${hex(code)} is no opcode`}`);
  // These two say what they would call.
  const called = name === 'INST' ? ` (${input.line()}.${input.line()})` : /^EXT/.test(name) ? ` (${input.u8()})` : '';
  return faults.refused(`opcode ${name}${called} ${why}`);
}

function nameOf(code: number): string | undefined {
  return refusedOpcodes[code]?.[0] ?? Object.entries(op).find(([, known]) => known === code)?.[0];
}

function hex(code: number): string {
  return `0x${code.toString(16).padStart(2, '0')}`;
}
