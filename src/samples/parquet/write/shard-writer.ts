/** A Parquet file, written row by row: a row group goes to the file as it is full, and the recordings of the first column at once. */

import { BowerbirdError } from '../../../errors.ts';
import { show, usage } from '../../../options.ts';
import { shown } from '../../../secrets.ts';
import { Damage } from '../faults.ts';
import { type AudioValue, type Cell, cellOf, copyOf } from './cells.ts';
import { AudioPages, type WrittenChunk, writeGathered } from './column-chunks.ts';
import { checkColumns, huggingfaceMetadata, leafPaths, type ParquetColumn, schemaElements } from './columns.ts';
import { footerBytes } from './footer-bytes.ts';
import { type FileMetaData, loadWriteLibrary, type RowGroup, type SchemaTree, type WriteLibrary } from './library.ts';
import { type Summed, SummedFile } from './summed-file.ts';

export interface ShardWriterOptions {
  /** Audio is best the first: its bytes then wait for nothing. */
  readonly columns: readonly ParquetColumn[];
  /** All columns of a row group together, before compression; a row that is larger is a group alone. 1 to 2^31 - 1. */
  readonly groupBytes: number;
}

export interface ParquetRowValues {
  readonly [column: string]: unknown;
}

export interface FinishedShard extends Summed {
  readonly rows: number;
  readonly groups: number;
  /**
   * What Arrow holds of the rows, which `datasets` calls num_bytes: values, and 4 bytes for each text, bytes or list; without the bits that say
   * which are null.
   */
  readonly arrowBytes: number;
}

/** Readers count the rows of a group in 32 bits, and lists of so many values are enough to hold. */
const mostRows = 1 << 20;
const mostGroupBytes = 0x7fff_ffff;
/** The layout, not the package: files of the same rows are the same bytes as long as it is the same. */
const createdBy = 'bowerbird version 1';
const magic = Buffer.from('PAR1');
/** Headers of a column chunk's pages and dictionary; its place in the footer; its index of a page. All with room. */
const chunkHeaders = 128;
const chunkInFooter = 160;
const pageInIndex = 20;
const groupInFooter = 32;
const fileInFooter = 128;

interface Leaf {
  /** Number of its column. */
  readonly column: number;
  readonly path: readonly string[];
  readonly tree: readonly SchemaTree[];
  /** Pages of one value, uncompressed. */
  readonly isAudio: boolean;
}

export class ParquetShardWriter {
  readonly #path: string;
  readonly #columns: readonly ParquetColumn[];
  readonly #names: ReadonlySet<string>;
  readonly #groupMost: number;
  readonly #library: WriteLibrary;
  readonly #schema: FileMetaData['schema'];
  readonly #leaves: readonly Leaf[];
  readonly #file: SummedFile;
  readonly #features: string;
  readonly #groups: RowGroup[] = [];
  readonly #indexes: Uint8Array[] = [];
  #state: 'open' | 'finished' | 'failed' = 'open';
  #footerBytes: number;
  #rows = 0;
  #arrowBits = 0;
  /** Of the group that is filled: values by column, those of the first audio column but its bytes. */
  #cells: unknown[][];
  #pages: AudioPages | undefined;
  #groupFrom = 0;
  #groupRows = 0;
  #groupBytes = 0;

  private constructor(fd: number, path: string, { columns, groupBytes }: ShardWriterOptions, library: WriteLibrary) {
    this.#path = path;
    this.#columns = columns;
    this.#names = new Set(columns.map(({ name }) => name));
    this.#groupMost = groupBytes;
    this.#library = library;
    this.#schema = schemaElements(columns);
    const resolve = library.schemaPathResolver(this.#schema);
    this.#leaves = columns.flatMap((column, i) =>
      leafPaths(column).map((leaf) => ({
        column: i,
        path: leaf,
        tree: resolve(leaf),
        isAudio: column.kind === 'audio' && leaf.at(-1) === 'bytes',
      })),
    );
    this.#features = huggingfaceMetadata(columns);
    const names = this.#schema.reduce((sum, { name }) => sum + Buffer.byteLength(name) + 32, 0);
    this.#footerBytes = fileInFooter + names + Buffer.byteLength(this.#features);
    this.#cells = columns.map(() => []);
    this.#file = new SummedFile(fd, path);
    this.#file.write(magic);
  }

  /**
   * Borrows `fd`, of an empty file that is open for writing; `path` is for messages. Memory: the columns of a row group but the bytes of a first
   * column of audio, up to three times as they are encoded, and some 20 bytes a recording of the file.
   *
   * @throws BowerbirdError USAGE
   */
  static async open(fd: number, path: string, options: ShardWriterOptions): Promise<ParquetShardWriter> {
    checkColumns(options.columns);
    const { groupBytes } = options;
    if (!Number.isSafeInteger(groupBytes) || groupBytes < 1 || groupBytes > mostGroupBytes) {
      throw usage(`Cannot write row groups of ${show(groupBytes)} bytes: expected 1 to ${mostGroupBytes}`);
    }
    return new ParquetShardWriter(fd, path, options, await loadWriteLibrary());
  }

  /** Rows so far. */
  get rows(): number {
    return this.#rows;
  }

  /** As finish() will tell it of these rows. */
  get arrowBytes(): number {
    return Math.ceil(this.#arrowBits / 8);
  }

  /** Of the file if it were ended now, rows that wait included: never less than it would be, but for the keys that finish() is given. */
  get bytes(): number {
    const waiting = this.#groupRows === 0 ? 0 : this.#groupInFooter() + this.#groupRows * pageInIndex * this.#audios;
    return Math.max(this.#file.bytes, this.#groupFrom + this.#groupBytes) + this.#footerBytes + waiting;
  }

  /** By how much a row adds to `bytes`, at most. @throws BowerbirdError BAD_SCHEMA, as add() */
  sizeOf(row: ParquetRowValues): number {
    const bytes = total(this.#checked(row), 'bytes') + pageInIndex * this.#audios;
    const isFirst = this.#groupRows === 0 || !this.#fits(bytes);
    return bytes + (isFirst ? this.#leaves.length * chunkHeaders + this.#groupInFooter() : 0);
  }

  /**
   * A column that the row lacks is null. Everything in the row is the caller's again when this returns.
   *
   * @throws BowerbirdError BAD_SCHEMA with `record`, the number of the row: a value does not fit, nothing was written, and other rows may follow; IO:
   * the file cannot go on
   */
  add(row: ParquetRowValues): void {
    this.#needOpen();
    const cells = this.#checked(row);
    const bytes = total(cells, 'bytes');
    if (this.#groupRows > 0 && !this.#fits(bytes)) this.#attempt(() => this.#endGroup());
    if (this.#groupRows === 0) {
      this.#groupFrom = this.#file.bytes;
      this.#groupBytes = this.#leaves.length * chunkHeaders;
    }
    const first = this.#leaves[0]!;
    if (first.isAudio) {
      this.#pages ??= new AudioPages(this.#file);
      this.#attempt(() => this.#pages!.add(cells[0]!.value as AudioValue | null));
    }
    for (const [i, { value }] of cells.entries()) this.#cells[i]!.push(this.#kept(i, value));
    this.#groupRows++;
    this.#groupBytes += bytes;
    this.#rows++;
    this.#arrowBits += total(cells, 'arrowBits');
  }

  /**
   * Writes what waits, the indexes and the footer, once. `keyValues` stand in it behind "huggingface", which is made here. The file stays open.
   *
   * @throws BowerbirdError IO, USAGE
   */
  finish(keyValues: { readonly [key: string]: string } = {}): FinishedShard {
    this.#needOpen();
    if (Object.hasOwn(keyValues, 'huggingface'))
      throw usage('Cannot write the key "huggingface": it tells the columns');
    return this.#attempt(() => {
      if (this.#groupRows > 0) this.#endGroup();
      this.#writeIndexes();
      this.#writeFooter({ huggingface: this.#features, ...keyValues });
      const summed = this.#file.end();
      this.#state = 'finished';
      return { ...summed, rows: this.#rows, groups: this.#groups.length, arrowBytes: this.arrowBytes };
    });
  }

  #fits(bytes: number): boolean {
    return this.#groupBytes + bytes <= this.#groupMost && this.#groupRows < mostRows;
  }

  get #audios(): number {
    return this.#leaves.reduce((sum, { isAudio }) => sum + (isAudio ? 1 : 0), 0);
  }

  #groupInFooter(): number {
    const leaves = this.#leaves.reduce((sum, { path }) => sum + chunkInFooter + 2 * Buffer.byteLength(path.join()), 0);
    return groupInFooter + leaves;
  }

  #checked(row: ParquetRowValues): Cell[] {
    for (const name of Object.keys(row)) {
      if (this.#names.has(name)) continue;
      throw this.#unfit(name, `there is no such column; expected some of ${[...this.#names].map(show).join(', ')}`);
    }
    return this.#columns.map((column) => {
      try {
        return cellOf(column, Object.hasOwn(row, column.name) ? row[column.name] : null);
      } catch (error) {
        if (error instanceof Damage) throw this.#unfit(column.name, error.message);
        throw error;
      }
    });
  }

  /** The bytes of the first column are in the file already; those of others wait, and the caller's may change. */
  #kept(column: number, value: unknown): unknown {
    if (this.#columns[column]!.kind !== 'audio' || value === null) return value;
    const { bytes, path } = value as AudioValue;
    return { bytes: column === 0 ? null : bytes && copyOf(bytes), path };
  }

  #endGroup(): void {
    const chunks = this.#leaves.map((leaf, i) => this.#endChunk(leaf, i === 0));
    const sizeOf = (size: 'total_uncompressed_size' | 'total_compressed_size') =>
      chunks.reduce((sum, { chunk }) => sum + chunk.meta_data![size], 0n);
    this.#groups.push({
      columns: chunks.map(({ chunk }) => chunk),
      total_byte_size: sizeOf('total_uncompressed_size'),
      num_rows: BigInt(this.#groupRows),
      file_offset: BigInt(this.#groupFrom),
      total_compressed_size: sizeOf('total_compressed_size'),
    });
    for (const { index } of chunks) this.#indexes.push(index);
    this.#footerBytes += this.#groupInFooter() + chunks.reduce((sum, { index }) => sum + index.length, 0);
    this.#cells = this.#columns.map(() => []);
    this.#pages = undefined;
    this.#groupFrom = this.#file.bytes;
    this.#groupRows = 0;
    this.#groupBytes = 0;
  }

  #endChunk({ column, path, tree, isAudio }: Leaf, isFirst: boolean): WrittenChunk {
    const cells = this.#cells[column]!;
    if (!isAudio) return writeGathered(this.#library, this.#file, tree, cells);
    if (isFirst) return this.#pages!.end(path);
    const pages = new AudioPages(this.#file);
    for (const cell of cells) pages.add(cell as AudioValue | null);
    return pages.end(path);
  }

  #writeIndexes(): void {
    const chunks = this.#groups.flatMap(({ columns }) => columns);
    for (const [i, index] of this.#indexes.entries()) {
      chunks[i]!.offset_index_offset = BigInt(this.#file.bytes);
      chunks[i]!.offset_index_length = index.length;
      this.#file.write(index);
    }
  }

  #writeFooter(keyValues: { readonly [key: string]: string }): void {
    const bytes = footerBytes(this.#library, {
      version: 2,
      created_by: createdBy,
      schema: this.#schema,
      num_rows: BigInt(this.#rows),
      row_groups: this.#groups,
      key_value_metadata: Object.entries(keyValues).map(([key, value]) => ({ key, value })),
    });
    this.#file.write(bytes);
    this.#file.write(magic);
  }

  #needOpen(): void {
    if (this.#state === 'open') return;
    const why = this.#state === 'finished' ? 'it is finished' : 'writing to it has failed';
    const message = `Cannot write to "${shown(this.#path)}": ${why}`;
    throw new BowerbirdError(this.#state === 'finished' ? 'USAGE' : 'IO', message, { source: this.#path });
  }

  #attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#state = 'failed';
      throw error;
    }
  }

  #unfit(column: string, what: string): BowerbirdError {
    const message = `Cannot write row ${this.#rows} of "${shown(this.#path)}": column ${show(column)}: ${what}`;
    return new BowerbirdError('BAD_SCHEMA', message, { source: this.#path, record: this.#rows });
  }
}

function total(cells: readonly Cell[], what: 'bytes' | 'arrowBits'): number {
  return cells.reduce((sum, cell) => sum + cell[what], 0);
}
