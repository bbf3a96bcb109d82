/** A Parquet file under any URI: what its footer says, and its rows in bounded memory. */

import type { ByteSource, Stop } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { openSource } from '../../storage/source.ts';
import { isRemote } from '../../storage/uri.ts';
import type { SampleValue } from '../sample.ts';
import { type ReadValue, valueReader } from './assemble.ts';
import { Damage, parquetError } from './faults.ts';
import { type Group, readFooter } from './footer.ts';
import { LeafReader } from './leaf-reader.ts';
import { loadLibrary } from './library.ts';
import type { Field } from './schema.ts';

export interface OpenParquetOptions {
  /** What a plan saw: another size or version is an error. */
  readonly size?: number | undefined;
  readonly version?: string | undefined;
  readonly stop?: Stop | undefined;
}

export interface RowOptions {
  /** Default 0. */
  readonly first?: number;
  /** Default: to the end. */
  readonly count?: number;
  /** Names of columns. Default: all. */
  readonly columns?: readonly string[];
}

export interface ParquetRow {
  /** In the file, from 0. */
  readonly row: number;
  /** By column. Bytes borrow from pages of the file. */
  readonly values: { readonly [column: string]: SampleValue };
}

/** Close it. */
export interface ParquetFile {
  readonly uri: string;
  readonly size: number;
  readonly rowCount: number;
  readonly groups: readonly { readonly first: number; readonly rows: number; readonly bytes: number }[];
  readonly columns: readonly Field[];
  /** What writers leave beside the schema, such as "huggingface". */
  readonly keyValues: ReadonlyMap<string, string>;
  /**
   * Rows in order, some at a time: so many as hold a few MiB. In memory are the pages that the row needs, one of each column, and the
   * dictionary of each. Rows before the first are passed over by the index of pages where there is one, else by the headers of all pages before
   * them in their row group. Throws CORRUPT, TRUNCATED, BAD_SCHEMA or UNSUPPORTED.
   */
  rows(options?: RowOptions): AsyncGenerator<readonly ParquetRow[], void, void>;
  close(): Promise<void>;
}

/** A path, or a URI of any storage. Throws UNSUPPORTED for what is no Parquet file, and as rows() does. */
export async function openParquet(uri: string, options: OpenParquetOptions = {}): Promise<ParquetFile> {
  const { size, version, stop } = options;
  const source = await openSource(uri, { size, version, stop });
  try {
    if (size !== undefined && source.byteLength !== size) {
      throw parquetError('IO', uri, `it is ${source.byteLength} bytes long, and was ${size} when the plan was made`);
    }
    return await parquetIn(source, uri, stop);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** The file in a source, which its close() closes. `uri`: what it is called. */
export async function parquetIn(source: ByteSource, uri: string, stop?: Stop): Promise<ParquetFile> {
  const [footer, library] = await Promise.all([readFooter(source, uri), loadLibrary()]);
  const place = { source, uri, isRemote: isRemote(uri), library, stop };
  return {
    uri,
    size: source.byteLength,
    rowCount: footer.rows,
    groups: footer.groups.map(({ first, rows, chunks }) => ({
      first,
      rows,
      bytes: chunks.reduce((sum, { from, to }) => sum + to - from, 0),
    })),
    columns: footer.schema.columns,
    keyValues: footer.keyValues,
    async *rows({ first = 0, count = footer.rows - first, columns } = {}) {
      const fields = columns?.map((name) => fieldOf(footer.schema.columns, name, uri)) ?? footer.schema.columns;
      const end = Math.min(footer.rows, first + count);
      for (const group of footer.groups) {
        const [from, to] = [Math.max(first, group.first), Math.min(end, group.first + group.rows)];
        if (from >= to) continue;
        const leaves = new Map<number, LeafReader>();
        const numbers = new Set(fields.flatMap((field) => field.leaves));
        for (const number of numbers) {
          leaves.set(number, new LeafReader(footer.schema.leaves[number]!, group, { ...place, beside: numbers.size }));
        }
        yield* rowsOf({ group, uri, stop, leaves, fields, from, to });
      }
    },
    close: () => source.close(),
  };
}

function fieldOf(columns: readonly Field[], name: string, uri: string): Field {
  const field = columns.find((column) => column.name === name);
  if (field !== undefined) return field;
  const names = columns.map((column) => `"${column.name}"`).join(', ');
  throw parquetError('BAD_SCHEMA', uri, `there is no column "${name}"; expected one of ${names}`);
}

interface RowRange {
  readonly group: Group;
  readonly uri: string;
  readonly stop: Stop | undefined;
  readonly leaves: ReadonlyMap<number, LeafReader>;
  readonly fields: readonly Field[];
  readonly from: number;
  readonly to: number;
}

/** A batch ends behind the row that fills it. */
const batchRows = 256;
const batchBytes = 4 << 20;

async function* rowsOf(range: RowRange): AsyncGenerator<readonly ParquetRow[], void, void> {
  const { group, uri, stop, leaves, fields, from, to } = range;
  const readers = fields.map((field) => [field.name, valueReader(field, leaves)] as const);
  for (const leaf of leaves.values()) await leaf.skip(from - group.first);
  let [batch, bytes]: [ParquetRow[], number] = [[], 0];
  for (let row = from; row < to; row++) {
    for (const leaf of leaves.values()) {
      if (!leaf.hasRow) await withRow(leaf.fill(), row);
    }
    const values = assembled(readers, leaves, uri, row);
    batch.push({ row, values });
    bytes += bytesIn(values);
    if (batch.length >= batchRows || bytes >= batchBytes) {
      yield batch;
      stop?.throwIfAborted();
      [batch, bytes] = [[], 0];
    }
  }
  if (batch.length > 0) yield batch;
}

function assembled(
  readers: readonly (readonly [string, ReadValue])[],
  leaves: ReadonlyMap<number, LeafReader>,
  uri: string,
  row: number,
): ParquetRow['values'] {
  try {
    const values = Object.fromEntries(readers.map(([name, read]) => [name, read()]));
    for (const leaf of leaves.values()) {
      if (leaf.repetition !== 0) throw new Damage(`column "${leaf.leaf.path}" holds more values than those beside it`);
    }
    return values;
  } catch (error) {
    if (error instanceof Damage) throw parquetError(error.code, uri, `row ${row}: ${error.message}`, { record: row });
    throw error;
  }
}

/** The row that could not be read is part of what is told. */
async function withRow(promise: Promise<void>, row: number): Promise<void> {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof BowerbirdError) || error.code === 'IO' || error.code === 'INTERRUPTED') throw error;
    const { source, offset } = error;
    throw new BowerbirdError(
      error.code,
      `${error.message} (row ${row})`,
      { source, offset, record: row },
      { cause: error.cause },
    );
  }
}

function bytesIn(value: SampleValue | undefined): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  if (value instanceof Uint8Array) return value.length;
  const items = value instanceof Map ? [...value].flat() : Array.isArray(value) ? value : Object.values(value);
  return items.reduce((sum: number, item) => sum + bytesIn(item as SampleValue), 16);
}
