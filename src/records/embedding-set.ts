/** EmbeddingSet: a folder that `extract` wrote, as one array of rows, each with its metadata. */

import { show, usage } from '../options.ts';
import { lastStartingBy } from '../search.ts';
import { storageOf } from '../storage/registry.ts';
import { shown } from '../storage/uri.ts';
import { WrittenCount } from '../storage/written.ts';
import { type EmbeddingFiles, type ManifestFile, readEmbeddingManifest } from './embedding-manifest.ts';
import { changed, type EmbeddingMetadata, MetadataRows } from './metadata-rows.ts';
import { NpyFile } from './npy-file.ts';
import { OpenFiles } from './open-files.ts';
import { type RowBatchesOptions, rowBatches, rowRange } from './row-batches.ts';

/** Where a row came from. */
export interface EmbeddingSource {
  /** The TFRecord file, as extract() was given it. */
  readonly input: string;
  /** The array in the folder, such as "embeddings/x.npy", and the row in it. */
  readonly file: string;
  readonly row: number;
}

export interface EmbeddingRows {
  /** Number of the first row. */
  readonly from: number;
  readonly rows: number;
  readonly width: number;
  /** rows x width values, row by row. Yours to keep. */
  readonly embeddings: Float32Array<ArrayBuffer>;
}

const filesOpen = 32;

/** openEmbeddings() gives one. Reads may run at the same time. */
export class EmbeddingSet {
  /** Path or URI; of a link what may be shown. */
  readonly folder: string;
  /** Number of rows, of all files together, in the order of extract.json. */
  readonly length: number;
  /** Values in a row. 0 where there are no rows. */
  readonly width: number;
  readonly #files: readonly EmbeddingFiles[];
  /** Number of the first row of each file. */
  readonly #starts: Float64Array;
  readonly #arrays = new OpenFiles<number, NpyFile<'float32' | 'float16'>>(filesOpen);
  readonly #metadata = new OpenFiles<number, MetadataRows>(filesOpen);
  #closed = false;

  private constructor(folder: string, files: readonly EmbeddingFiles[]) {
    this.folder = shown(folder);
    this.#files = files;
    this.#starts = new Float64Array(files.length);
    let length = 0;
    for (const [i, { rows }] of files.entries()) {
      this.#starts[i] = length;
      length += rows;
    }
    this.length = length;
    this.width = files[0]?.width ?? 0;
  }

  /** As openEmbeddings(). */
  static async open(folder: string, verify = false): Promise<EmbeddingSet> {
    const files = await readEmbeddingManifest(folder);
    if (verify) for (const { embeddings, metadata } of files) await Promise.all([embeddings, metadata].map(checkSum));
    return new EmbeddingSet(folder, files);
  }

  /**
   * Rows `from` to `to` (not included), of however many files: (to - from) x `width` values, in memory of their own. float16 is widened.
   *
   * @throws BowerbirdError USAGE for rows that are not there or after close(), IO for a file that is another than extract.json says
   */
  async rows(from: number, to: number): Promise<Float32Array<ArrayBuffer>> {
    this.#check(from, to);
    const pieces = [...this.#pieces(from, to)];
    if (pieces.length === 1) return this.#rowsOf(pieces[0]!);
    const all = new Float32Array((to - from) * this.width);
    let at = 0;
    for (const piece of pieces) {
      const rows = await this.#rowsOf(piece);
      all.set(rows, at);
      at += rows.length;
    }
    return all;
  }

  /**
   * The metadata of a row. The first question about a file reads its JSON once, to compare its checksum and to know where the rows are; what is
   * kept in memory are these places and some thousand rows.
   *
   * @throws BowerbirdError as rows()
   */
  async metadata(row: number): Promise<EmbeddingMetadata> {
    return (await this.metadataRows(row, row + 1))[0]!;
  }

  /** The metadata of rows `from` to `to` (not included). */
  async metadataRows(from: number, to: number): Promise<EmbeddingMetadata[]> {
    this.#check(from, to);
    const found: EmbeddingMetadata[] = [];
    for (const { file, from: first, to: end } of this.#pieces(from, to)) {
      const { metadata, rows } = this.#files[file]!;
      const open = () => MetadataRows.open({ ...metadata, rows });
      for (const row of await this.#metadata.using(file, open, (it) => it.rows(first, end))) found.push(row);
    }
    return found;
  }

  /** Where a row came from. */
  source(row: number): EmbeddingSource {
    this.#check(row, row + 1);
    const file = this.#fileOf(row);
    const { input, embeddings } = this.#files[file]!;
    return { input, file: embeddings.name, row: row - this.#starts[file]! };
  }

  /**
   * All rows in order, a batch of a few megabytes at a time; the next batch is on its way while the caller works on this one.
   *
   * @throws BowerbirdError as rows()
   */
  async *batches(options: RowBatchesOptions = {}): AsyncGenerator<EmbeddingRows> {
    const range = rowRange(options, this.length);
    this.#check(range.from, range.to);
    const batches = rowBatches(range, 4 * this.width, (from, to) => this.rows(from, to));
    for await (const { from, rows, data } of batches) yield { from, rows, width: this.width, embeddings: data };
  }

  /** Safe to call twice. Reads that are under way end in peace. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#arrays.close(), this.#metadata.close()]);
  }

  /** close(), for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #check(from: number, to: number): void {
    if (this.#closed) throw usage(`Cannot read "${this.folder}": the set is closed`);
    if (Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= this.length) return;
    throw usage(
      `Cannot read rows ${show(from)} to ${show(to)} of "${this.folder}": expected a range within 0 to ${this.length}`,
    );
  }

  /** Which rows of which files these are. */
  *#pieces(from: number, to: number): Generator<{ readonly file: number; readonly from: number; readonly to: number }> {
    for (let file = this.#fileOf(from), at = from; at < to; file++) {
      const start = this.#starts[file]!;
      const end = Math.min(to, start + this.#files[file]!.rows);
      yield { file, from: at - start, to: end - start };
      at = end;
    }
  }

  /** The last that begins at or before the row: all have rows. */
  #fileOf(row: number): number {
    return lastStartingBy(this.#starts.length, (file) => this.#starts[file]!, row);
  }

  #rowsOf({ file, from, to }: { readonly file: number; readonly from: number; readonly to: number }) {
    const files = this.#files[file]!;
    return this.#arrays.using(
      file,
      () => openArray(files),
      (array) => array.rows(from, to),
    );
  }
}

async function openArray({ embeddings, rows, width }: EmbeddingFiles): Promise<NpyFile<'float32' | 'float16'>> {
  const array = await NpyFile.open(embeddings.uri, undefined, embeddings);
  const { shape, dtype } = array;
  if (isFloats(array) && shape.length === 2 && shape[0] === rows && shape[1] === width) return array;
  await array.close();
  throw changed(embeddings.uri, `it holds ${dtype} of ${shape.join(' x ')}, in extract.json ${rows} x ${width}`);
}

function isFloats(array: NpyFile): array is NpyFile<'float32'> | NpyFile<'float16'> {
  return array.dtype === 'float32' || array.dtype === 'float16';
}

async function checkSum({ uri, version, crc32c }: ManifestFile): Promise<void> {
  const count = new WrittenCount();
  const storage = await storageOf(uri);
  for await (const block of storage.readStream(uri, { version })) count.add(block);
  const found = count.total().crc32c;
  if (found !== crc32c) throw changed(uri, `its crc32c is ${found}, in extract.json ${crc32c}`);
}
