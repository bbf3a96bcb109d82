/** openEmbeddings(): what `extract` wrote, for a script that looks here and there. */

import { checkPath, flag, readOptions } from '../options.ts';
import { EmbeddingSet } from '../records/embedding-set.ts';

export interface OpenEmbeddingsOptions {
  /** Compare the checksum of every array with extract.json, which reads all of them. Default false: their sizes. */
  readonly verify?: boolean;
}

/**
 * Opens the output folder of extract(), local or under a URI, as one array of rows. Reads extract.json and looks for every file that it tells
 * of; rows and metadata are read when they are asked for.
 *
 * @throws BowerbirdError NOT_FOUND for a folder without extract.json, or a file that it tells of and that is not there; IO for a file that is
 * another than it says; BAD_SCHEMA
 * @example
 * const set = await openEmbeddings('arrays/');
 * const rows = await set.rows(1000, 1010); // Float32Array of 10 x set.width values
 * console.log(await set.metadata(1000), set.source(1000).input);
 * for await (const { from, rows, embeddings } of set.batches()) console.log(from, rows, embeddings[0]);
 * await set.close();
 */
export async function openEmbeddings(folder: string, options: OpenEmbeddingsOptions = {}): Promise<EmbeddingSet> {
  checkPath(folder, 'openEmbeddings()', 'the path or URI of a folder');
  const { verify } = readOptions(options, { verify: flag(false) }, 'openEmbeddings()');
  return EmbeddingSet.open(folder, verify);
}
