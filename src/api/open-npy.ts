/** openNpy(): a NumPy array of which a script reads some rows. */

import { checkPath, oneOf, readOptions } from '../options.ts';
import { type NpyDType, NpyFile, npyDTypes } from '../records/npy-file.ts';

export interface OpenNpyOptions<D extends NpyDType = NpyDType> {
  /** What the array must hold; the type of its rows follows. Default: any. */
  readonly dtype?: D;
}

/**
 * Opens a .npy at a path or URI and reads its header, and no value. The header's shape is compared with the size of the file. Of an object
 * only the ranges of the rows are fetched, all of one version.
 *
 * @throws BowerbirdError TRUNCATED, UNSUPPORTED (Python objects, structured records, .npz), BAD_SCHEMA (no array, another dtype), NOT_FOUND, IO
 * @example
 * const array = await openNpy('arrays/embeddings/a2o_sample_embeddings-00000-of-00374.npy', { dtype: 'float32' });
 * const rows = await array.rows(1000, 1010); // Float32Array of 10 x array.width values
 * for await (const { from, rows, data } of array.batches()) console.log(from, rows, data[0]);
 * await array.close();
 */
export async function openNpy<D extends NpyDType = NpyDType>(
  path: string,
  options: OpenNpyOptions<D> = {},
): Promise<NpyFile<D>> {
  checkPath(path, 'openNpy()');
  const shape = { dtype: { ...oneOf<NpyDType>(npyDTypes, 'float32'), fallback: undefined } };
  readOptions(options, shape, 'openNpy()');
  return NpyFile.open(path, options.dtype);
}
