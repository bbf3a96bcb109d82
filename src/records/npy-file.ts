/** NpyFile: a .npy of which only the rows that are asked for are read. */

import type { ByteSource } from '../bytes.ts';
import { BowerbirdError } from '../errors.ts';
import type { NpyHeader } from '../formats/npy/header.ts';
import { npyElement, npyRowLength } from '../formats/npy/npy.ts';
import { npyRows, readNpyHeader, readNpyRows } from '../formats/npy/rows.ts';
import { show, usage } from '../options.ts';
import { openSource } from '../storage/source.ts';
import { type RowBatchesOptions, rowBatches, rowRange } from './row-batches.ts';

/** What the values of each dtype are in JavaScript. float16 is widened, which loses nothing; booleans are 0 and 1, complex numbers pairs. */
export interface NpyArrays {
  float16: Float32Array<ArrayBuffer>;
  float32: Float32Array<ArrayBuffer>;
  float64: Float64Array<ArrayBuffer>;
  int8: Int8Array<ArrayBuffer>;
  int16: Int16Array<ArrayBuffer>;
  int32: Int32Array<ArrayBuffer>;
  int64: BigInt64Array<ArrayBuffer>;
  uint8: Uint8Array<ArrayBuffer>;
  uint16: Uint16Array<ArrayBuffer>;
  uint32: Uint32Array<ArrayBuffer>;
  uint64: BigUint64Array<ArrayBuffer>;
  bool: Uint8Array<ArrayBuffer>;
  complex64: Float32Array<ArrayBuffer>;
  complex128: Float64Array<ArrayBuffer>;
  /** NumPy's "<U26" and the like. */
  str: readonly string[];
}

/** By NumPy's name. */
export type NpyDType = keyof NpyArrays;

/** Every dtype that is read. */
export const npyDTypes = [
  ...(['float16', 'float32', 'float64', 'int8', 'int16', 'int32', 'int64'] as const),
  ...(['uint8', 'uint16', 'uint32', 'uint64', 'bool', 'complex64', 'complex128', 'str'] as const),
] as const satisfies readonly NpyDType[];

export interface NpyBatch<D extends NpyDType = NpyDType> {
  /** Number of the first row. */
  readonly from: number;
  readonly rows: number;
  /** rows x `width` values, row by row. Yours to keep. */
  readonly data: NpyArrays[D];
}

/** An open .npy: openNpy() gives one. Reads may run at the same time. */
export class NpyFile<D extends NpyDType = NpyDType> {
  /** Path or URI; of a link what may be shown. */
  readonly source: string;
  readonly dtype: D;
  /** As in the file, such as "<f4". */
  readonly descr: string;
  readonly shape: readonly number[];
  /** How the file has its values. What rows() gives is always row by row. */
  readonly fortranOrder: boolean;
  /** Number of rows: the first of `shape`. An array without dimensions is one row. */
  readonly length: number;
  /** Values in a row: the product of the other dimensions (twice that of complex numbers). */
  readonly width: number;
  readonly #header: NpyHeader;
  #bytes: ByteSource | undefined;

  private constructor(bytes: ByteSource, header: NpyHeader, dtype: D) {
    this.source = bytes.name;
    this.dtype = dtype;
    this.descr = header.descr;
    this.shape = header.shape;
    this.fortranOrder = header.fortranOrder;
    this.length = npyRows(header);
    this.width = npyRowLength(header);
    this.#header = header;
    this.#bytes = bytes;
  }

  /** As openNpy(). `known`: what is known of an object already, so that nobody asks again. */
  static async open<D extends NpyDType>(
    uri: string,
    wanted?: D,
    known: { readonly version?: string | undefined; readonly size?: number | undefined } = {},
  ): Promise<NpyFile<D>> {
    const bytes = await openSource(uri, known);
    try {
      const header = await readNpyHeader(bytes);
      const { dtype } = npyElement(header, bytes.name);
      if (isDType(dtype, wanted)) return new NpyFile(bytes, header, dtype);
      const message = `Cannot read "${bytes.name}" as ${wanted}: its dtype is ${dtype} ("${header.descr}"); leave the option "dtype" out, or name that one`;
      throw new BowerbirdError('BAD_SCHEMA', message, { source: bytes.name });
    } catch (error) {
      await bytes.close();
      throw error;
    }
  }

  /**
   * Rows `from` to `to` (not included), row by row: (to - from) x `width` values, in memory of their own. Nothing else of the file is read,
   * but for what lies between the columns of a file in Fortran order.
   *
   * @throws BowerbirdError USAGE for rows that are not there or after close(), IO
   */
  async rows(from: number, to: number): Promise<NpyArrays[D]> {
    this.#check(from, to);
    // The header's dtype decides which array it is, and D is the header's dtype.
    return (await readNpyRows(this.#open, this.#header, from, to)) as NpyArrays[D];
  }

  /**
   * All rows in order, a batch of a few megabytes at a time; the next batch is on its way while the caller works on this one.
   *
   * @throws BowerbirdError USAGE, IO
   */
  async *batches(options: RowBatchesOptions = {}): AsyncGenerator<NpyBatch<D>> {
    const range = rowRange(options, this.length);
    this.#check(range.from, range.to);
    const rowBytes = (this.#open.byteLength - this.#header.dataOffset) / Math.max(1, this.length);
    yield* rowBatches(range, rowBytes, (from, to) => this.rows(from, to));
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    const bytes = this.#bytes;
    this.#bytes = undefined;
    await bytes?.close();
  }

  /** close(), for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #open(): ByteSource {
    if (this.#bytes === undefined) throw usage(`Cannot read "${this.source}": the file is closed`);
    return this.#bytes;
  }

  #check(from: number, to: number): void {
    if (Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= this.length) return;
    const message = `Cannot read rows ${show(from)} to ${show(to)} of "${this.source}": expected a range within 0 to ${this.length}`;
    throw new BowerbirdError('USAGE', message, { source: this.source });
  }
}

function isDType<D extends NpyDType>(dtype: string, wanted: D | undefined): dtype is D {
  return dtype === wanted || (wanted === undefined && npyDTypes.some((name) => name === dtype));
}
