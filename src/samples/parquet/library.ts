/**
 * What is used of hyparquet, loaded when the first file is read. By its inner modules: whole files it reads whole column chunks, and takes the
 * counts and lengths of a file as they come. So its version is pinned, and what it is given has been checked.
 */

import type { parquetHeader } from 'hyparquet/src/column.js';
import type { byteStreamSplit } from 'hyparquet/src/encoding.js';
import type { readOffsetIndex } from 'hyparquet/src/indexes.js';
import type { readPlain } from 'hyparquet/src/plain.js';

export interface Library {
  readonly parquetHeader: typeof parquetHeader;
  readonly readPlain: typeof readPlain;
  readonly byteStreamSplit: typeof byteStreamSplit;
  readonly readOffsetIndex: typeof readOffsetIndex;
}

export async function loadLibrary(): Promise<Library> {
  const [{ parquetHeader }, { readPlain }, { byteStreamSplit }, { readOffsetIndex }] = await Promise.all([
    import('hyparquet/src/column.js'),
    import('hyparquet/src/plain.js'),
    import('hyparquet/src/encoding.js'),
    import('hyparquet/src/indexes.js'),
  ]);
  return { parquetHeader, readPlain, byteStreamSplit, readOffsetIndex };
}
