/**
 * The footer of a Parquet file, read by range: its schema, and where in the file each column of each row group is. Whatever it claims is held
 * against the file before anything is read by it. https://github.com/apache/parquet-format
 */

import type { ColumnChunk, FileMetaData, RowGroup } from 'hyparquet';
import { type ByteSource, latin1 } from '../../bytes.ts';
import { parquetError, within } from './faults.ts';
import { type Leaf, type Schema, schemaOf } from './schema.ts';
import { structureEnd } from './thrift.ts';

/** A column of a row group: bytes from `from` to `to`, pages one behind the other. */
export interface Chunk {
  readonly codec: string;
  readonly from: number;
  readonly to: number;
  /** Values, nulls among them. */
  readonly values: number;
  /** Where pages begin, by row; undefined where the file has no such index. */
  readonly offsetIndex: { readonly offset: number; readonly length: number } | undefined;
}

export interface Group {
  readonly rows: number;
  /** The row of the file that is its first. */
  readonly first: number;
  /** In the order of the schema's leaves. */
  readonly chunks: readonly Chunk[];
}

export interface Footer {
  readonly rows: number;
  readonly schema: Schema;
  readonly groups: readonly Group[];
  /** Of keys that stand there twice the first, as readers of Arrow take it. */
  readonly keyValues: ReadonlyMap<string, string>;
}

/** Becomes some twenty times as much in memory. */
const mostFooter = 64 << 20;
/** What a first look takes: enough for most footers. */
const tailBytes = 64 << 10;
/** "PAR1", a length and "PAR1". */
const leastFile = 12;

/** Its bytes, without the length and the signature behind them, and where in the file they begin. */
export interface FooterBytes {
  readonly bytes: Uint8Array;
  readonly from: number;
}

export async function readFooter(source: ByteSource, uri: string): Promise<Footer> {
  return footerOf(await readFooterBytes(source, uri), uri);
}

export async function readFooterBytes(source: ByteSource, uri: string): Promise<FooterBytes> {
  const { byteLength: size } = source;
  const tail = await source.read(Math.max(0, size - tailBytes), tailBytes);
  const magic = latin1(tail, Math.max(0, tail.length - 4), tail.length);
  if (magic === 'PARE') {
    throw parquetError('UNSUPPORTED', uri, 'the file is encrypted, which is not read');
  }
  if (size < leastFile || magic !== 'PAR1') throw await noParquet(source, uri, tail);
  const length = new DataView(tail.buffer, tail.byteOffset).getUint32(tail.length - 8, true);
  const from = size - 8 - length;
  if (from < 4) {
    const what = `the footer says that it takes ${length} bytes, of a file of ${size}; fetch the file again`;
    throw parquetError('CORRUPT', uri, what, { offset: size - 8 });
  }
  if (length > mostFooter) {
    const what = `its footer takes ${length} bytes; the most that are read are ${mostFooter}`;
    throw parquetError('UNSUPPORTED', uri, what, { offset: from });
  }
  const bytes =
    length + 8 <= tail.length ? tail.subarray(tail.length - 8 - length, -8) : await source.read(from, length);
  return { bytes, from };
}

export async function footerOf({ bytes, from }: FooterBytes, uri: string): Promise<Footer> {
  const { parquetMetadata } = await import('hyparquet');
  return within(uri, 'the footer', from, () => {
    structureEnd(bytes, 0);
    // With the length and the signature that the library looks for.
    const whole = new Uint8Array(bytes.length + 8);
    whole.set(bytes);
    new DataView(whole.buffer).setUint32(bytes.length, bytes.length, true);
    whole.set(new TextEncoder().encode('PAR1'), bytes.length + 4);
    const metadata = parquetMetadata(whole, { geoparquet: false, parsers: noStatistics });
    return checked(metadata, uri, from);
  });
}

/** Of statistics nothing is used, and large texts are not decoded for them. */
const noStatistics = {
  stringFromBytes: () => '',
  jsonFromBytes: () => '',
  uuidFromBytes: () => '',
  dateFromDays: () => 0,
  timestampFromMilliseconds: () => 0,
  timestampFromMicroseconds: () => 0,
  timestampFromNanoseconds: () => 0,
};

async function noParquet(source: ByteSource, uri: string, tail: Uint8Array): Promise<Error> {
  const head = await source.read(0, 40);
  if (latin1(head, 0, 4) === 'PAR1') {
    const what = 'it begins as a Parquet file, and does not end as one: it was cut off; fetch it again';
    return parquetError('TRUNCATED', uri, what, { offset: source.byteLength });
  }
  if (latin1(head, 0, 24) === 'version https://git-lfs.') {
    return parquetError('UNSUPPORTED', uri, 'it is a pointer of Git LFS, not the file itself; run "git lfs pull"');
  }
  const found = tail.length === 0 ? 'an empty file' : 'another one';
  return parquetError('UNSUPPORTED', uri, `expected a Parquet file, which ends with "PAR1", found ${found}`);
}

function checked(metadata: FileMetaData, uri: string, end: number): Footer {
  const schema = schemaOf(metadata.schema);
  const bad = (what: string) => parquetError('CORRUPT', uri, `${what}; fetch the file again`, { offset: end });
  const groups: Group[] = [];
  let first = 0;
  for (const [i, group] of metadata.row_groups.entries()) {
    const rows = count(group.num_rows);
    if (rows === undefined) throw bad(`row group ${i} does not say how many rows it holds`);
    if (group.columns.length !== schema.leaves.length) {
      throw bad(`row group ${i} holds ${group.columns.length} columns, the schema ${schema.leaves.length}`);
    }
    const chunks = schema.leaves.map((leaf, n) => chunkOf(group, rows, leaf, group.columns[n]!, { uri, end, bad }));
    groups.push({ rows, first, chunks });
    first += rows;
    if (!Number.isSafeInteger(first)) throw bad('the row groups say that they hold more rows than can be counted');
  }
  if (count(metadata.num_rows) !== first)
    throw bad(`its row groups hold ${first} rows, and the footer says another number`);
  const keyValues = new Map<string, string>();
  for (const { key, value } of metadata.key_value_metadata ?? []) {
    if (typeof key === 'string' && !keyValues.has(key)) keyValues.set(key, value ?? '');
  }
  return { rows: first, schema, groups, keyValues };
}

interface Where {
  readonly uri: string;
  /** Where the footer begins. */
  readonly end: number;
  readonly bad: (what: string) => Error;
}

function chunkOf(_group: RowGroup, rows: number, leaf: Leaf, chunk: ColumnChunk, { uri, end, bad }: Where): Chunk {
  const name = leaf.path;
  if (chunk.crypto_metadata !== undefined || chunk.encrypted_column_metadata !== undefined) {
    throw parquetError('UNSUPPORTED', uri, `column "${name}" is encrypted, which is not read`);
  }
  if (chunk.file_path !== undefined) {
    throw parquetError(
      'UNSUPPORTED',
      uri,
      `column "${name}" is in another file ("${chunk.file_path}"), which is not read`,
    );
  }
  const meta = chunk.meta_data;
  if (meta === undefined) throw bad(`column "${name}" has no description`);
  if (meta.type !== leaf.element.type) {
    throw bad(`column "${name}" is of another type in a row group than in the schema`);
  }
  // Some writers say 0 where there is no dictionary.
  const data = count(meta.data_page_offset);
  const dictionary = count(meta.dictionary_page_offset) || data;
  const length = count(meta.total_compressed_size);
  const values = count(meta.num_values);
  if (data === undefined || dictionary === undefined || length === undefined || values === undefined) {
    throw bad(`column "${name}" does not say where it is`);
  }
  const from = Math.min(data, dictionary);
  if (values > 0 && (from < 4 || length > end - from || data < from || data > from + length)) {
    throw bad(`column "${name}" should be ${length} bytes at byte ${from}, where it cannot be`);
  }
  if (leaf.repetition === 0 && values !== rows) {
    throw bad(`column "${name}" holds ${values} values in a row group of ${rows} rows`);
  }
  const [at, indexLength] = [count(chunk.offset_index_offset), count(chunk.offset_index_length)];
  const hasIndex =
    at !== undefined && indexLength !== undefined && indexLength > 0 && at >= 4 && indexLength <= end - at;
  return {
    codec: meta.codec ?? 'of a number that is not known',
    from,
    to: from + length,
    values,
    // What cannot be an index is done without: it only saves reading.
    offsetIndex: hasIndex ? { offset: at, length: indexLength } : undefined,
  };
}

/** Undefined where it is no number from 0 to 2^53. */
function count(value: bigint | number | undefined): number | undefined {
  const number = typeof value === 'bigint' || typeof value === 'number' ? Number(value) : -1;
  return number >= 0 && Number.isSafeInteger(number) ? number : undefined;
}
