/** What a pickle of plain data may call: a list by name that nothing adds to. Each makes a value of the types in values.ts, and runs nothing. */

import { numpyItemBytes, numpyShape, readNumpy, transposed } from '../python/numpy.ts';
import {
  type NumpyArray,
  NumpyDType,
  NumpyScalar,
  PythonBytearray,
  PythonComplex,
  type PythonData,
  PythonFloat,
  PythonFrozenSet,
  PythonTuple,
} from '../python/values.ts';
import { type Call, Constructor, Draft } from './items.ts';

/** Text that stands for bytes, one a character: how protocol 2 carries them. */
function latin1(text: unknown, encoding: unknown, call: Call): Uint8Array {
  if (typeof text !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1')) throw call.wrongArguments();
  call.spend(text.length);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) throw call.wrongArguments();
    bytes[i] = code;
  }
  return bytes;
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof PythonBytearray) return value.bytes;
  return value instanceof Uint8Array ? value : undefined;
}

function members([list, ...more]: readonly unknown[], call: Call): Set<PythonData> {
  if (list === undefined) return new Set();
  if (!Array.isArray(list) || more.length > 0) throw call.wrongArguments();
  call.spend(16 * list.length);
  const set = new Set<PythonData>(list);
  if (set.size < list.length) throw call.wrong('a member of a set stands there twice');
  return set;
}

const builtins: { readonly [name: string]: (args: readonly unknown[], call: Call) => PythonData } = {
  set: members,
  frozenset: (args, call) => new PythonFrozenSet(members(args, call)),
  bytes: (args, call) => {
    if (args.length > 0) throw call.wrongArguments();
    return new Uint8Array(0);
  },
  bytearray: (args, call) => {
    if (args.length === 0) return new PythonBytearray(new Uint8Array(0));
    if (args.length === 2) return new PythonBytearray(latin1(args[0], args[1], call));
    if (args.length > 1 || !(args[0] instanceof Uint8Array)) throw call.wrongArguments();
    return new PythonBytearray(args[0]);
  },
  complex: ([real, imaginary, ...more], call) => {
    if (!(real instanceof PythonFloat && imaginary instanceof PythonFloat) || more.length > 0)
      throw call.wrongArguments();
    return new PythonComplex(real.value, imaginary.value);
  },
};

function encode(args: readonly unknown[], call: Call): PythonData {
  if (args.length !== 2) throw call.wrongArguments();
  return latin1(args[0], args[1], call);
}

function torchSize([sizes, ...more]: readonly unknown[], call: Call): PythonData {
  if (!(sizes instanceof PythonTuple) || more.length > 0) throw call.wrongArguments();
  return sizes;
}

/** Letters and width; the byte order comes with the state. */
const typeName = /^(?:[biufcSU]\d{1,9}|[OVMm]\d{0,9})$/;

function dtype([name, align, copy, ...more]: readonly unknown[], call: Call): Draft {
  if (typeof name !== 'string' || !typeName.test(name) || align !== false || copy !== true || more.length > 0) {
    throw call.wrongArguments();
  }
  return new Draft('numpy.dtype', (state, build) => {
    const [version, order, subtype, names, fields, item, alignment, flags] = state;
    const isPlain = subtype === null && names === null && fields === null && state.length === 8;
    if (version !== 3 || !isPlain || ![item, alignment, flags].every(Number.isInteger)) {
      throw build.refused(`a numpy.dtype "${name}" that is no plain type of numbers or text`);
    }
    if (order !== '<' && order !== '>' && order !== '|') throw build.wrongArguments();
    const bytes = numpyItemBytes(`${order}${name}`, build.array);
    if (item !== (/[US]/.test(name) ? bytes : -1)) throw build.wrongArguments();
    return new NumpyDType(`${order}${name}`);
  });
}

function array(
  shape: unknown,
  type: unknown,
  fortranOrder: boolean,
  bytes: Uint8Array | undefined,
  call: Call,
): NumpyArray {
  if (!(shape instanceof PythonTuple && type instanceof NumpyDType)) throw call.wrongArguments();
  if (bytes === undefined) throw call.refused('a NumPy array of Python objects, or one without its bytes');
  call.spend(bytes.length);
  const layout = { descr: type.descr, shape: numpyShape(shape.items, call.array), fortranOrder };
  const made = readNumpy(layout, bytes, call.halves, call.array);
  if (Array.isArray(made.data)) call.count(made.data.length);
  return made;
}

function reconstruct([type, shape, kind, ...more]: readonly unknown[], call: Call): Draft {
  const isEmpty = shape instanceof PythonTuple && shape.items.length === 1 && shape.items[0] === 0;
  if (type !== ndarray || !isEmpty || bytesOf(kind)?.length !== 1 || more.length > 0) throw call.wrongArguments();
  return new Draft('numpy.ndarray', (state, build) => {
    const [version, sizes, dtype, fortranOrder, bytes] = state;
    if (version !== 1 || state.length !== 5 || typeof fortranOrder !== 'boolean') throw build.wrongArguments();
    return array(sizes, dtype, fortranOrder, bytesOf(bytes), build);
  });
}

function scalar([type, bytes, ...more]: readonly unknown[], call: Call): PythonData {
  if (more.length > 0) throw call.wrongArguments();
  return new NumpyScalar(array(new PythonTuple([]), type, false, bytesOf(bytes), call));
}

/** Of protocol 5. Order "K": the axes of the shape stand as in memory, and `axes` says where each belongs. */
function fromBuffer([bytes, type, shape, order, axes, ...more]: readonly unknown[], call: Call): PythonData {
  if (more.length > 0 || (axes ?? null) !== null ? order !== 'K' : order !== 'C' && order !== 'F')
    throw call.wrongArguments();
  const read = array(shape, type, order === 'F', bytesOf(bytes), call);
  if (order !== 'K') return read;
  if (!(axes instanceof PythonTuple)) throw call.wrongArguments();
  return transposed(read, axes.items, call.array);
}

const ndarray = new Constructor('numpy.ndarray', (_, call) => {
  throw call.wrongArguments();
});

const constructors = new Map<string, Constructor>([['numpy.ndarray', ndarray]]);
function allow(modules: readonly string[], name: string, make: Constructor['make']): void {
  for (const module of modules) constructors.set(`${module}.${name}`, new Constructor(`${module}.${name}`, make));
}
for (const [name, make] of Object.entries(builtins)) allow(['builtins', '__builtin__'], name, make);
allow(['_codecs'], 'encode', encode);
allow(['torch'], 'Size', torchSize);
allow(['numpy'], 'dtype', dtype);
allow(['numpy.core.multiarray', 'numpy._core.multiarray'], '_reconstruct', reconstruct);
allow(['numpy.core.multiarray', 'numpy._core.multiarray'], 'scalar', scalar);
allow(['numpy.core.numeric', 'numpy._core.numeric'], '_frombuffer', fromBuffer);

/** Undefined: nothing that plain data needs. */
export function constructorNamed(module: string, name: string): Constructor | undefined {
  return constructors.get(`${module}.${name}`);
}
