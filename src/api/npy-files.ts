/** readNpy() and writeNpy(): NumPy arrays for a script. */

import type { TypedArray } from '../formats/example/dtypes.ts';
import { isShape } from '../formats/example/tensor-writer.ts';
import { decodeNpy, decodeNpyValues, encodeNpy, type NpyArray } from '../formats/npy/npy.ts';
import { readNpyHeader } from '../formats/npy/rows.ts';
import { checkArgument, checkPath, flag, isBytes, oneOf, optional, readOptions } from '../options.ts';
import { publishBlocks } from '../storage/publish.ts';
import { openSource } from '../storage/source.ts';
import type { Written } from '../storage/written.ts';

export interface ReadNpyOptions {
  /** What float16 becomes: a Float32Array, or a Uint16Array of its bits. Default "float32". */
  readonly halves?: 'float32' | 'bits';
}

/** Reads a .npy from a path or from bytes. Values come in C order, whatever the order in the file. */
export async function readNpy(pathOrBytes: string | Uint8Array, options: ReadNpyOptions = {}): Promise<NpyArray> {
  const read = readOptions(options, { halves: oneOf(['float32', 'bits'], 'float32') }, 'readNpy()');
  if (typeof pathOrBytes !== 'string') {
    checkArgument(pathOrBytes, isBytes, 'a path, a URI or a Uint8Array', 'readNpy()');
    return decodeNpy(pathOrBytes, read);
  }
  checkPath(pathOrBytes, 'readNpy()');
  const source = await openSource(pathOrBytes);
  try {
    const header = await readNpyHeader(source);
    const values = await source.read(header.dataOffset, source.byteLength - header.dataOffset);
    return decodeNpyValues(header, values, read, source.name);
  } finally {
    await source.close();
  }
}

export interface WriteNpyOptions {
  /** NumPy's type, where the array alone does not say it: "<f2" for a Uint16Array of bits, "|b1", "<c8", "<c16". */
  readonly descr?: string;
  /** Replace a file that is there. Default false. */
  readonly overwrite?: boolean;
  /** Flush to the disk before the file gets its name. Default false. */
  readonly durable?: boolean;
}

/** Writes what numpy.save would write, byte for byte. `shape` defaults to one dimension. */
export async function writeNpy(
  path: string,
  data: TypedArray,
  shape?: readonly number[],
  options: WriteNpyOptions = {},
): Promise<Written> {
  checkPath(path, 'writeNpy()');
  checkArgument(data, isTypedArray, 'a typed array', 'writeNpy()');
  const dimensions = shape ?? [data.length];
  checkArgument(dimensions, isShape, 'a shape as a list of numbers', 'writeNpy()');
  const { descr, ...publishing } = readOptions(
    options,
    { descr: optional<string>('text', (v) => typeof v === 'string'), overwrite: flag(false), durable: flag(false) },
    'writeNpy()',
  );
  const parts = encodeNpy(data, dimensions, descr);
  return publishBlocks(path, partsOf(parts), publishing);
}

function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

async function* partsOf(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}
