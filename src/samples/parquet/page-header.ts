/** What stands before each page, held against what is there. https://parquet.apache.org/docs/file-format/data-pages/ */

import type { parquetHeader } from 'hyparquet/src/column.js';
import type { ChunkBytes } from './chunk-bytes.ts';
import { Damage, parquetError, within } from './faults.ts';
import { structureEnd, Unfinished } from './thrift.ts';
import { mostPage } from './unpack.ts';

export interface PageHeader {
  readonly kind: 'data' | 'data-v2' | 'dictionary' | 'other';
  /** Of the bytes behind the header. */
  readonly at: number;
  readonly packed: number;
  readonly unpacked: number;
  readonly crc: number | undefined;
  /** Values, nulls among them. */
  readonly values: number;
  readonly encoding: string;
  /** Of version 2: rows, nulls and the bytes of the levels. */
  readonly rows: number;
  readonly nulls: number;
  readonly definitionBytes: number;
  readonly repetitionBytes: number;
  readonly isPacked: boolean;
  /** Levels of version 1. */
  readonly levelEncoding: string | undefined;
  /** Of the values, where the header holds any. A claim. */
  readonly statistics: PageStatistics | undefined;
}

/** As the library gives them: bounds are bytes of the type. */
export interface PageStatistics {
  readonly min_value?: unknown;
  readonly max_value?: unknown;
  readonly null_count?: unknown;
}

/** What is there at a time: levels and values of a page are decoded together. */
export const mostValues = 1 << 24;
/** Statistics in headers hold values, which may be long. */
const mostHeader = 8 << 20;
const firstLook = 256;

export type ParseHeader = typeof parquetHeader;

export interface HeaderPlace {
  readonly uri: string;
  readonly column: string;
  readonly parse: ParseHeader;
}

/** Of the page that begins at `at`. `passing`: the page will probably not be read. */
export async function readPageHeader(
  bytes: ChunkBytes,
  at: number,
  { uri, column, parse }: HeaderPlace,
  passing: boolean,
): Promise<PageHeader> {
  for (let look = firstLook; ; look *= 8) {
    const there = await bytes.look(at, look, passing);
    const isAll = at + there.length >= bytes.end;
    if (there.length === 0)
      throw parquetError('TRUNCATED', uri, `column "${column}" ends before its values do`, { offset: at });
    const header = within(uri, `the page header of column "${column}"`, at, () => {
      const length = endOf(there, isAll || look > mostHeader);
      if (length === undefined) return undefined;
      const view = new DataView(there.buffer, there.byteOffset, length);
      return checked(parse({ view, offset: 0 }), at + length, bytes.end);
    });
    if (header !== undefined) return header;
  }
}

/** Undefined where more bytes may help. */
function endOf(bytes: Uint8Array, isLast: boolean): number | undefined {
  try {
    return structureEnd(bytes, 0);
  } catch (error) {
    if (error instanceof Unfinished && !isLast) return undefined;
    throw error;
  }
}

function checked(header: ReturnType<ParseHeader>, at: number, end: number): PageHeader {
  const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary } = header;
  const packed = size(header.compressed_page_size, 'bytes');
  const unpacked = size(header.uncompressed_page_size, 'bytes');
  if (packed > end - at) throw new Damage(`a page of ${packed} bytes, where ${end - at} are left`, 'TRUNCATED');
  if (Math.max(packed, unpacked) > mostPage) {
    const found = Math.max(packed, unpacked);
    throw new Damage(`a page of ${found} bytes; the most that are read are ${mostPage}`, 'UNSUPPORTED');
  }
  const page = { at, packed, unpacked, crc: header.crc, ...none };
  switch (header.type) {
    case 'DATA_PAGE': {
      if (v1 === undefined) throw new Damage('a page of values that says nothing of them');
      const { definition_level_encoding: levelEncoding, statistics } = v1;
      return { ...page, kind: 'data', ...ofValues(v1), levelEncoding, statistics };
    }
    case 'DATA_PAGE_V2': {
      if (v2 === undefined) throw new Damage('a page of values that says nothing of them');
      const values = ofValues(v2);
      const [rows, nulls] = [size(v2.num_rows, 'rows'), size(v2.num_nulls, 'nulls')];
      const definitionBytes = size(v2.definition_levels_byte_length, 'bytes of levels');
      const repetitionBytes = size(v2.repetition_levels_byte_length, 'bytes of levels');
      if (nulls > values.values || rows > values.values)
        throw new Damage(`${nulls} nulls and ${rows} rows in ${values.values} values`);
      if (definitionBytes + repetitionBytes > Math.min(packed, unpacked))
        throw new Damage('levels longer than their page');
      const isPacked = v2.is_compressed !== false;
      const { statistics } = v2;
      return {
        ...page,
        kind: 'data-v2',
        ...values,
        rows,
        nulls,
        definitionBytes,
        repetitionBytes,
        isPacked,
        statistics,
      };
    }
    case 'DICTIONARY_PAGE':
      if (dictionary === undefined) throw new Damage('a dictionary that says nothing of itself');
      return { ...page, kind: 'dictionary', ...ofValues(dictionary) };
    case 'INDEX_PAGE':
      return { ...page, kind: 'other' };
    default:
      throw new Damage('a page of a type that is not known', 'UNSUPPORTED');
  }
}

const none = {
  values: 0,
  encoding: '',
  rows: 0,
  nulls: 0,
  definitionBytes: 0,
  repetitionBytes: 0,
  isPacked: true,
  levelEncoding: undefined,
  statistics: undefined,
};

function ofValues({ num_values: said, encoding }: { num_values: number; encoding: string }): {
  values: number;
  encoding: string;
} {
  const values = size(said, 'values');
  if (values > mostValues) {
    throw new Damage(`a page of ${values} values; the most that are read are ${mostValues}`, 'UNSUPPORTED');
  }
  return { values, encoding: encoding ?? 'of a number that is not known' };
}

function size(said: unknown, of: string): number {
  if (typeof said === 'number' && Number.isInteger(said) && said >= 0) return said;
  throw new Damage(
    typeof said === 'number' ? `a page of ${said} ${of}` : `a page that does not say how many ${of} it holds`,
  );
}
