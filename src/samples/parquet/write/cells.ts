/** Values of rows, checked: what a column takes, what a cell costs in a file, and what Arrow needs to hold it. */

import { isWellFormed } from '../../../formats/python/text.ts';
import { isRecord, show } from '../../../options.ts';
import { Damage } from '../faults.ts';
import type { ItemKind, ParquetColumn, PlainKind } from './columns.ts';

/** A value as it is written: its own copy, but for the bytes of audio. */
export interface Cell {
  readonly value: unknown;
  /** Before compression, with its levels and its share of headers: never less than it takes. */
  readonly bytes: number;
  /** Values, and 4 bytes for each text, bytes or list; of nulls as of others, without the bits that say which are null. */
  readonly arrowBits: number;
}

export interface AudioValue {
  /** Borrowed. */
  readonly bytes: Uint8Array | null;
  readonly path: string | null;
}

/** Of a page of one value: its header, and 2 bytes of levels. */
export const pageBytes = 48;
/** A page counts its bytes in 32 bits, with a sign. */
const mostBytes = 0x7fff_ffff - 64;
const lengthBytes = 4;
/** A value has a bit for each of its levels, and a run of eight a byte more. */
const levelBytes = 1;
/** Long values have a page each. */
const perHeader = 8192;

/** Throws Damage, which names neither row nor column, for what the column does not take. */
export function cellOf({ kind }: ParquetColumn, value: unknown): Cell {
  if (kind === 'audio') return audioCell(value);
  return typeof kind === 'string' ? plainCell(kind, value) : listCell(kind.list, value);
}

function plainCell(kind: PlainKind, given: unknown): Cell {
  const { take, width } = plainKinds[kind];
  const value = given === null || given === undefined ? null : take(given);
  if (width > 0) return { value, bytes: Math.ceil(width / 8) + levelBytes, arrowBits: width };
  const size = value === null ? 0 : sizeOf(value as string | Uint8Array);
  return variable(value, size);
}

function variable(value: unknown, size: number): Cell {
  const bytes = lengthBytes + size + Math.floor(size / perHeader) + levelBytes;
  return { value, bytes, arrowBits: 8 * (lengthBytes + size) };
}

function listCell(kind: ItemKind, given: unknown): Cell {
  if (given === null || given === undefined) return { value: null, bytes: 2 * levelBytes, arrowBits: 8 * lengthBytes };
  const isList = Array.isArray(given) || (ArrayBuffer.isView(given) && Symbol.iterator in given);
  if (!isList) throw unfit('a list', given);
  let [bytes, arrowBits] = [2 * levelBytes, 8 * lengthBytes];
  const value = Array.from(given as Iterable<unknown>, (item, i) => {
    try {
      const cell = plainCell(kind, item);
      bytes += cell.bytes + levelBytes;
      arrowBits += cell.arrowBits;
      return cell.value;
    } catch (error) {
      if (error instanceof Damage) throw new Damage(`element ${i} of the list: ${error.message}`, error.code);
      throw error;
    }
  });
  return { value, bytes, arrowBits };
}

function audioCell(given: unknown): Cell {
  const nothing = 2 * 8 * lengthBytes;
  if (given === null || given === undefined) {
    return { value: null, bytes: pageBytes + 2 * levelBytes, arrowBits: nothing };
  }
  if (!isRecord(given)) throw unfit('bytes and path of a recording', given);
  const { bytes = null, path = null, ...others } = given as { readonly [key: string]: unknown };
  const [other] = Object.keys(others);
  if (other !== undefined) throw new Damage(`audio has bytes and path, and no ${show(other)}`, 'BAD_SCHEMA');
  const value: AudioValue = {
    bytes: bytes === null ? null : bytesOf(bytes),
    path: path === null ? null : textOf(path),
  };
  const pathCell = variable(value.path, value.path === null ? 0 : sizeOf(value.path));
  const size = value.bytes?.length ?? 0;
  return {
    value,
    bytes: pageBytes + lengthBytes + size + pathCell.bytes + levelBytes,
    arrowBits: 8 * (lengthBytes + size) + pathCell.arrowBits,
  };
}

interface Plain {
  /** Throws Damage. */
  readonly take: (value: unknown) => unknown;
  /** In bits; 0: it varies. */
  readonly width: number;
}

const plainKinds: { readonly [kind in PlainKind]: Plain } = {
  string: { take: textOf, width: 0 },
  binary: { take: (value) => copyOf(bytesOf(value)), width: 0 },
  float32: { take: singleOf, width: 32 },
  float64: { take: numberOf, width: 64 },
  int32: { take: (value) => Number(wholeOf(value, 32)), width: 32 },
  int64: { take: (value) => wholeOf(value, 64), width: 64 },
  bool: { take: boolOf, width: 1 },
};

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw unfit('text', value);
  if (!isWellFormed(value)) {
    throw new Damage('it holds a lone surrogate, which UTF-8 has no form for', 'BAD_SCHEMA');
  }
  if (value.length > mostBytes / 4) refuseLong(sizeOf(value));
  return value;
}

function bytesOf(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw unfit('bytes (a Uint8Array)', value);
  refuseLong(value.length);
  if (value.length === 0) refuseTransferred(value);
  return value;
}

/** Not slice(): a Buffer's shares its memory. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** Memory that was given away is as long as none: it must not pass for a recording without bytes. */
function refuseTransferred({ buffer }: Uint8Array): void {
  try {
    new Uint8Array(buffer);
  } catch {
    throw new Damage('its memory was transferred away', 'BAD_SCHEMA');
  }
}

function refuseLong(bytes: number): void {
  if (bytes <= mostBytes) return;
  throw new Damage(`it has ${bytes} bytes, and Parquet holds ${mostBytes} in a value`, 'BAD_SCHEMA');
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number') throw unfit('a number', value);
  return value;
}

/** Rounded to 24 bits, as the column says; a number that is there must not become an infinite one. */
function singleOf(value: unknown): number {
  const number = numberOf(value);
  if (Number.isFinite(number) && !Number.isFinite(Math.fround(number))) {
    throw new Damage(`${number} is more than a float32 can hold; write the column as float64`, 'BAD_SCHEMA');
  }
  return number;
}

function wholeOf(value: unknown, bits: 32 | 64): bigint {
  const isExact = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value));
  if (!isExact) {
    const hint = typeof value === 'number' && Number.isInteger(value) ? ', exactly: give it as a bigint' : '';
    throw unfit(`a whole number${hint}`, value);
  }
  const whole = BigInt(value as bigint | number);
  if (BigInt.asIntN(bits, whole) !== whole) throw new Damage(`${whole} does not fit into ${bits} bits`, 'BAD_SCHEMA');
  return whole;
}

function boolOf(value: unknown): boolean {
  if (typeof value !== 'boolean') throw unfit('true or false', value);
  return value;
}

function sizeOf(value: string | Uint8Array): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : value.length;
}

const mostShown = 60;

function unfit(expected: string, found: unknown): Damage {
  const shown = typeof found === 'string' && found.length > mostShown ? `${found.slice(0, mostShown)}...` : found;
  return new Damage(`expected ${expected} or null, found ${show(shown)}`, 'BAD_SCHEMA');
}
