/**
 * What a footer says beyond what readers need: statistics as bytes, where indices are, sizes, the program that wrote it. All of it are claims,
 * which verify() holds against the pages. https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */

import { within } from '../../../samples/parquet/faults.ts';
import type { FooterBytes } from '../../../samples/parquet/footer.ts';

/** As the file has them; how they are ordered is the type's to say. */
export interface Statistics {
  /** In the order of the type. */
  readonly min: Uint8Array | undefined;
  readonly max: Uint8Array | undefined;
  /** Of old writers, ordered as signed numbers whatever the type. */
  readonly oldMin: Uint8Array | undefined;
  readonly oldMax: Uint8Array | undefined;
  readonly nulls: number | undefined;
}

export interface Place {
  readonly offset: number;
  readonly length: number;
}

export interface ChunkClaims {
  readonly path: string;
  readonly encodings: readonly string[];
  /** With headers, unpacked. */
  readonly bytes: number | undefined;
  readonly statistics: Statistics | undefined;
  readonly columnIndex: Place | undefined;
  readonly offsetIndex: Place | undefined;
  /** By the footer; undefined where it does not say. */
  readonly dataPages: number | undefined;
}

export interface GroupClaims {
  /** Of all columns, unpacked. */
  readonly bytes: number | undefined;
  readonly chunks: readonly ChunkClaims[];
}

export interface FileClaims {
  readonly version: number | undefined;
  readonly createdBy: string | undefined;
  readonly keys: readonly { readonly key: string; readonly bytes: number }[];
  /** Whether `min` and `max` are ordered as the types say: without, nobody knows how. */
  readonly isOrdered: boolean;
  readonly groups: readonly GroupClaims[];
}

/** Fields by their numbers. */
type Struct = { readonly [F in `field_${1 | 2 | 3 | 4 | 5 | 6 | 7 | 12 | 13}`]?: unknown };

/** REQUIRES: the bytes were checked by readFooter(). */
export async function claimsOf({ bytes, from }: FooterBytes, uri: string): Promise<FileClaims> {
  const [{ deserializeTCompactProtocol }, { Encodings }] = await Promise.all([
    import('hyparquet/src/thrift.js'),
    import('hyparquet/src/constants.js'),
  ]);
  return within(uri, 'the footer', from, () => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const file: Struct = deserializeTCompactProtocol({ view, offset: 0 });
    return {
      version: numberOf(file.field_1),
      createdBy: textOf(file.field_6),
      keys: structs(file.field_5).map((pair) => ({
        key: textOf(pair.field_1) ?? '',
        bytes: pair.field_2 instanceof Uint8Array ? pair.field_2.length : 0,
      })),
      isOrdered: structs(file.field_7).length > 0,
      groups: structs(file.field_4).map((group) => ({
        bytes: numberOf(group.field_2),
        chunks: structs(group.field_1).map((chunk) => chunkClaims(chunk, Encodings)),
      })),
    };
  });
}

/** Of the index of one chunk: https://parquet.apache.org/docs/file-format/pageindex/. Lists of other lengths than `nullPages` are undefined. */
export interface ColumnIndex {
  readonly nullPages: readonly boolean[];
  readonly mins: readonly unknown[] | undefined;
  readonly maxes: readonly unknown[] | undefined;
  readonly nullCounts: readonly number[] | undefined;
}

/** REQUIRES: the bytes were checked by structureEnd(). Throws what a library throws at what it cannot read. */
export async function columnIndexOf(bytes: Uint8Array): Promise<ColumnIndex> {
  const { deserializeTCompactProtocol } = await import('hyparquet/src/thrift.js');
  const index: Struct = deserializeTCompactProtocol({
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    offset: 0,
  });
  const nullPages = listOf(index.field_1).map((is) => is === true);
  const ofPages = (list: readonly unknown[]) => (list.length === nullPages.length ? list : undefined);
  const counts = index.field_5 === undefined ? undefined : ofPages(listOf(index.field_5));
  return {
    nullPages,
    mins: ofPages(listOf(index.field_2)),
    maxes: ofPages(listOf(index.field_3)),
    nullCounts: counts?.map((count) => numberOf(count) ?? -1),
  };
}

function chunkClaims(chunk: Struct, names: readonly string[]): ChunkClaims {
  const meta = structOf(chunk.field_3);
  const pages = meta.field_13 === undefined ? undefined : structs(meta.field_13);
  return {
    path: listOf(meta.field_3)
      .map((part) => textOf(part) ?? '')
      .join('.'),
    encodings: listOf(meta.field_2).map((encoding) => names[Number(encoding)] ?? `number ${encoding}`),
    bytes: numberOf(meta.field_6),
    statistics: meta.field_12 === undefined ? undefined : statisticsOf(structOf(meta.field_12)),
    columnIndex: placeOf(chunk.field_6, chunk.field_7),
    offsetIndex: placeOf(chunk.field_4, chunk.field_5),
    dataPages: pages?.reduce(
      (sum, { field_1: kind, field_3: count }) => sum + (kind === 2 ? 0 : (numberOf(count) ?? 0)),
      0,
    ),
  };
}

export function statisticsOf(of: Struct): Statistics {
  const bytes = (value: unknown) => (value instanceof Uint8Array ? value : undefined);
  return {
    min: bytes(of.field_6),
    max: bytes(of.field_5),
    oldMin: bytes(of.field_2),
    oldMax: bytes(of.field_1),
    nulls: numberOf(of.field_3),
  };
}

function placeOf(offset: unknown, length: unknown): Place | undefined {
  const [at, bytes] = [numberOf(offset), numberOf(length)];
  return at === undefined || bytes === undefined || bytes <= 0 ? undefined : { offset: at, length: bytes };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
}

const utf8 = new TextDecoder();

function textOf(value: unknown): string | undefined {
  return value instanceof Uint8Array ? utf8.decode(value) : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function structs(value: unknown): readonly Struct[] {
  return listOf(value).map(structOf);
}

function structOf(value: unknown): Struct {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array) ? (value as Struct) : {};
}
