/** Decodes a page: its levels and its values, as the file's types have them. */

import { crc32 } from 'node:zlib';
import type { DecodedArray, ParquetType } from 'hyparquet';
import type { byteStreamSplit } from 'hyparquet/src/encoding.js';
import type { readPlain } from 'hyparquet/src/plain.js';
import { readDelta, readDeltaLengths, readDeltaStrings } from './delta.ts';
import { Damage } from './faults.ts';
import { readHybrid } from './hybrid.ts';
import type { PageHeader } from './page-header.ts';
import type { Leaf } from './schema.ts';
import { unpackPage } from './unpack.ts';
import type { Raw } from './values.ts';

/** What the library decodes; levels, runs and differences are decoded here, since there it lets a few bytes take all of the memory. */
export interface Decoders {
  readonly readPlain: typeof readPlain;
  readonly byteStreamSplit: typeof byteStreamSplit;
}

export interface Page {
  /** Values, nulls among them. */
  readonly count: number;
  /** Undefined where all are there. */
  readonly definitions: Uint8Array | undefined;
  /** Undefined where every value is a row. */
  readonly repetitions: Uint8Array | undefined;
  /** Those that are no nulls, or where in the dictionary they are. */
  readonly values: ArrayLike<Raw>;
  readonly inDictionary: boolean;
  /** Bytes behind the last value, where the values are plain: a sound file has none. */
  readonly rest: number;
}

/** Throws Damage. */
export function decodePage(
  header: PageHeader,
  packed: Uint8Array,
  codec: string,
  leaf: Leaf,
  decoders: Decoders,
): Page {
  verify(header, packed);
  return header.kind === 'data'
    ? decodeFirst(header, unpackPage(codec, packed, header.unpacked), leaf, decoders)
    : decodeSecond(header, packed, codec, leaf, decoders);
}

/** Throws Damage. */
export function decodeDictionary(
  header: PageHeader,
  packed: Uint8Array,
  codec: string,
  leaf: Leaf,
  decoders: Decoders,
): ArrayLike<Raw> {
  verify(header, packed);
  if (header.encoding !== 'PLAIN' && header.encoding !== 'PLAIN_DICTIONARY') throw notRead(header.encoding);
  const page = unpackPage(codec, packed, header.unpacked);
  return plainValues(page, 0, header.values, leaf, decoders);
}

function verify({ crc }: PageHeader, packed: Uint8Array): void {
  if (crc === undefined || crc >>> 0 === crc32(packed)) return;
  throw new Damage('its checksum does not match: its bytes were changed after they were written');
}

function decodeFirst(header: PageHeader, page: Uint8Array, leaf: Leaf, decoders: Decoders): Page {
  const { values: count, levelEncoding } = header;
  let at = 0;
  const levels = (most: number): Uint8Array | undefined => {
    if (most === 0) return undefined;
    if (levelEncoding !== 'RLE') throw notRead(levelEncoding ?? 'of levels');
    if (page.length - at < 4) throw new Damage('it ends before its levels do', 'TRUNCATED');
    const length = new DataView(page.buffer, page.byteOffset).getUint32(at, true);
    if (length > page.length - at - 4) throw new Damage('its levels go on behind its end', 'TRUNCATED');
    const found = levelsOf(page, at + 4, length, most, count);
    at += 4 + length;
    return found;
  };
  const repetitions = levels(leaf.repetition);
  const definitions = levels(leaf.definition);
  const there = howMany(definitions, leaf.definition, count);
  return { count, definitions, repetitions, ...valuesOf(header, page, at, there, leaf, decoders) };
}

function decodeSecond(header: PageHeader, packed: Uint8Array, codec: string, leaf: Leaf, decoders: Decoders): Page {
  const { values: count, repetitionBytes, definitionBytes, unpacked, isPacked, rows, nulls } = header;
  const levelBytes = repetitionBytes + definitionBytes;
  const levels = (from: number, length: number, most: number) =>
    most === 0 ? undefined : levelsOf(packed, from, length, most, count);
  const repetitions = levels(0, repetitionBytes, leaf.repetition);
  const definitions = levels(repetitionBytes, definitionBytes, leaf.definition);
  const there = howMany(definitions, leaf.definition, count);
  // Nulls may also be empty lists, and then not all writers count them.
  if (leaf.repetition === 0 && (rows !== count || count - there !== nulls)) {
    throw new Damage(`${count} values of ${rows} rows with ${count - there} nulls, where ${nulls} should be`);
  }
  // What is not packed is borrowed; the decoders look at no more than is behind it.
  const body = packed.slice(levelBytes);
  const page = unpackPage(isPacked ? codec : 'UNCOMPRESSED', body, isPacked ? unpacked - levelBytes : body.length);
  return { count, definitions, repetitions, ...valuesOf(header, page, 0, there, leaf, decoders) };
}

/** Throws Damage. */
export function levelsOf(bytes: Uint8Array, from: number, length: number, most: number, count: number): Uint8Array {
  const levels = new Uint8Array(count);
  readHybrid(bytes, from, from + length, 32 - Math.clz32(most), levels);
  for (let i = 0; i < count; i++)
    if (levels[i]! > most) throw new Damage(`a level of ${levels[i]}, where ${most} is the most`);
  return levels;
}

function howMany(definitions: Uint8Array | undefined, most: number, count: number): number {
  if (definitions === undefined) return count;
  let there = 0;
  for (let i = 0; i < count; i++) if (definitions[i] === most) there++;
  return there;
}

function valuesOf(
  { encoding }: PageHeader,
  page: Uint8Array,
  at: number,
  count: number,
  leaf: Leaf,
  decoders: Decoders,
): Pick<Page, 'values' | 'inDictionary' | 'rest'> {
  const direct = (values: ArrayLike<Raw>, rest = 0) => ({ values, inDictionary: false, rest });
  const { type } = leaf.element;
  // Nulls alone: what should encode nothing may be no bytes at all.
  if (count === 0) return direct([]);
  switch (encoding) {
    case 'PLAIN': {
      const values = plainValues(page, at, count, leaf, decoders);
      return direct(values, page.length - at - plainBytes(values, leaf));
    }
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY': {
      if (at >= page.length) throw new Damage('it ends before its values do', 'TRUNCATED');
      const values = new Uint32Array(count);
      readHybrid(page, at + 1, page.length, page[at]!, values);
      return { values, inDictionary: true, rest: 0 };
    }
    case 'RLE':
      if (type === 'BOOLEAN') return direct(runsOfBooleans(page, at, count));
      break;
    case 'DELTA_BINARY_PACKED':
      if (type === 'INT32' || type === 'INT64') {
        const values = type === 'INT32' ? new Int32Array(count) : new BigInt64Array(count);
        readDelta(page, at, values);
        return direct(values);
      }
      break;
    case 'DELTA_LENGTH_BYTE_ARRAY':
      if (type === 'BYTE_ARRAY') return direct(readDeltaLengths(page, at, count));
      break;
    case 'DELTA_BYTE_ARRAY':
      if (type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY') return direct(readDeltaStrings(page, at, count));
      break;
    case 'BYTE_STREAM_SPLIT':
      return direct(splitValues(page, at, count, leaf, decoders));
  }
  throw notRead(encoding, type);
}

function notRead(encoding: string, type?: string): Damage {
  const of = type === undefined ? '' : ` of values of type ${type}`;
  return new Damage(`the encoding ${encoding}${of} is not read`, 'UNSUPPORTED');
}

/** The length is there, though version 2 needs none. */
function runsOfBooleans(page: Uint8Array, at: number, count: number): boolean[] {
  if (page.length - at < 4) throw new Damage('it ends before its values do', 'TRUNCATED');
  const bits = new Uint8Array(count);
  readHybrid(page, at + 4, page.length, 1, bits);
  return Array.from(bits, (bit) => bit === 1);
}

const widths: { readonly [type in ParquetType]?: number } = { INT32: 4, FLOAT: 4, INT64: 8, DOUBLE: 8, INT96: 12 };

/** Of each value; a length of the schema, held against the page. */
function widthOf({ element }: Leaf): number {
  const width = element.type === 'FIXED_LEN_BYTE_ARRAY' ? element.type_length : widths[element.type!];
  if (width === undefined || !(width > 0)) throw new Damage(`values of type ${element.type} that have no length`);
  return width;
}

function plainValues(page: Uint8Array, at: number, count: number, leaf: Leaf, { readPlain }: Decoders): ArrayLike<Raw> {
  const { type, type_length: length } = leaf.element;
  if (type === undefined) throw new Damage('values of a type that is not known', 'UNSUPPORTED');
  const least = type === 'BOOLEAN' ? Math.ceil(count / 8) : count * (type === 'BYTE_ARRAY' ? 4 : widthOf(leaf));
  if (least > page.length - at) throw new Damage('it ends before its values do', 'TRUNCATED');
  return asRaw(readPlain(readerOf(page, at), type, count, length));
}

function plainBytes(values: ArrayLike<Raw>, leaf: Leaf): number {
  const { type } = leaf.element;
  if (type === 'BOOLEAN') return Math.ceil(values.length / 8);
  if (type !== 'BYTE_ARRAY') return values.length * widthOf(leaf);
  let bytes = 4 * values.length;
  for (let i = 0; i < values.length; i++) bytes += (values[i] as Uint8Array).length;
  return bytes;
}

function splitValues(page: Uint8Array, at: number, count: number, leaf: Leaf, decoders: Decoders): ArrayLike<Raw> {
  const { type, type_length: length } = leaf.element;
  if (type === 'INT96' || count * widthOf(leaf) > page.length - at)
    throw new Damage('it ends before its values do', 'TRUNCATED');
  return asRaw(decoders.byteStreamSplit(readerOf(page, at), count, type!, length));
}

/** The library takes values out of the buffer below, whatever the view says: so that must be the page and no more. */
function readerOf(page: Uint8Array, at: number) {
  const own = page.byteLength === page.buffer.byteLength ? page : page.slice();
  return { view: new DataView(own.buffer), offset: at };
}

function asRaw(values: DecodedArray): ArrayLike<Raw> {
  return values as ArrayLike<Raw>;
}
