/** The index of pages, where a file has one: https://parquet.apache.org/docs/file-format/pageindex/. It saves reading and is not needed. */

import type { ByteSource } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { within } from './faults.ts';
import type { Chunk } from './footer.ts';
import type { Library } from './library.ts';
import { structureEnd } from './thrift.ts';

export interface PageStart {
  /** Of the page's header. */
  readonly at: number;
  /** Its first row, in the row group. */
  readonly row: number;
}

/** 16 million pages. */
const mostIndex = 64 << 20;

interface IndexPlace {
  readonly uri: string;
  readonly chunk: Chunk;
  readonly rows: number;
  readonly library: Library;
}

/** Of the pages of values, in order; undefined where the index cannot be right: then pages are looked for one after another. */
export async function readPageStarts(
  source: ByteSource,
  { offset, length }: { readonly offset: number; readonly length: number },
  { uri, chunk, rows, library }: IndexPlace,
): Promise<readonly PageStart[] | undefined> {
  if (length > mostIndex) return undefined;
  const bytes = await source.read(offset, length);
  try {
    const starts = within(uri, 'the index of pages', offset, () => {
      structureEnd(bytes, 0);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const { page_locations: pages } = library.readOffsetIndex({ view, offset: 0 });
      return pages.map((page) => ({ at: Number(page.offset), row: Number(page.first_row_index) }));
    });
    const isSound = starts.every(({ at, row }, i) => {
      const before = i === 0 ? { at: chunk.from - 1, row: -1 } : starts[i - 1]!;
      return at > before.at && at < chunk.to && row > before.row && row < rows;
    });
    return isSound && starts[0]?.row === 0 ? starts : undefined;
  } catch (error) {
    if (error instanceof BowerbirdError && error.code !== 'IO') return undefined;
    throw error;
  }
}
