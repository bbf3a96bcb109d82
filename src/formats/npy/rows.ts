/** Rows of a .npy, read without the rest of it. */

import type { ByteSource } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { type NpyHeader, npyHeaderBytes, parseNpyHeader } from './header.ts';
import { checkNpyLength, decodeNpyValues, type NpyArray, npyElement } from './npy.ts';

/** The header, and that the file is as long as it says. */
export async function readNpyHeader(source: ByteSource): Promise<NpyHeader> {
  const start = await source.read(0, 12);
  const header = parseNpyHeader(await source.read(0, npyHeaderBytes(start, source.name)), source.name);
  checkNpyLength(header, source.byteLength, source.name);
  return header;
}

/** An array without dimensions is one row, as numpy.atleast_1d has it. */
export function npyRows({ shape }: NpyHeader): number {
  return shape[0] ?? 1;
}

/** REQUIRES: 0 <= from <= to <= npyRows(). float16 becomes float32. */
export async function readNpyRows(
  source: ByteSource,
  header: NpyHeader,
  from: number,
  to: number,
): Promise<NpyArray['data']> {
  const item = npyElement(header, source.name).bytes;
  const rest = header.shape.slice(1);
  const shape = [to - from, ...rest];
  const perRow = rest.reduce((product, size) => product * size, 1);
  const values = memory((to - from) * perRow * item, source.name);
  if (header.fortranOrder) await readColumns(source, header, { from, to, item, columns: perRow, values });
  else await fill(source, header.dataOffset + from * perRow * item, values);
  return decodeNpyValues({ ...header, shape }, values, {}, source.name).data;
}

/** Of columns that lie close together, what is between the wanted rows costs less than another read. */
const mostSpan = 4 << 20;
const mostGap = 64 << 10;

interface Columns {
  readonly from: number;
  readonly to: number;
  readonly item: number;
  readonly columns: number;
  /** Of the wanted rows, column after column. */
  readonly values: Uint8Array;
}

/** In Fortran order a row is one value of each column. */
async function readColumns(source: ByteSource, header: NpyHeader, wanted: Columns): Promise<void> {
  const { from, to, item, columns, values } = wanted;
  const [column, part] = [npyRows(header) * item, (to - from) * item];
  if (part === 0) return;
  const together = column - part > mostGap ? 1 : Math.max(1, Math.floor(mostSpan / column));
  for (let first = 0; first < columns; first += together) {
    const count = Math.min(together, columns - first);
    const start = header.dataOffset + first * column + from * item;
    if (count === 1) {
      await fill(source, start, values.subarray(first * part, (first + 1) * part));
      continue;
    }
    const span = new Uint8Array((count - 1) * column + part);
    await fill(source, start, span);
    for (let i = 0; i < count; i++) {
      values.set(span.subarray(i * column, i * column + part), (first + i) * part);
    }
  }
}

async function fill(source: ByteSource, offset: number, bytes: Uint8Array): Promise<void> {
  if (bytes.length === 0) return;
  if (source.readInto !== undefined) return source.readInto(offset, bytes);
  const read = await source.read(offset, bytes.length);
  if (read.length === bytes.length) return bytes.set(read);
  const message = `Cannot read "${source.name}" beyond byte ${offset + read.length}: it became shorter while it was read`;
  throw new BowerbirdError('IO', message, { source: source.name });
}

function memory(bytes: number, source: string): Uint8Array {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    const message = `Cannot read ${bytes} bytes of rows of "${source}" at once: the system gives no such piece of memory; read fewer rows`;
    throw new BowerbirdError('IO', message, { source }, { cause });
  }
}
