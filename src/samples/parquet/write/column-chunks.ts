/**
 * Columns of a row group as bytes of a file. The bytes of audio are pages of one value, written from where they are: an index of pages then leads to
 * each recording, and one more of them changes no other page. All other columns are gathered, and encoded by hyparquet-writer.
 */

import type { AudioValue } from './cells.ts';
import type { ColumnChunk, SchemaElement, SchemaTree, WriteLibrary } from './library.ts';
import { mostHead, offsetIndexBytes, type PagePlace, putPageHead } from './page-bytes.ts';
import type { SummedFile } from './summed-file.ts';

export interface WrittenChunk {
  readonly chunk: ColumnChunk;
  /** As OffsetIndex of the format: small, and kept until the end of the file. */
  readonly index: Uint8Array;
}

/** Pages of a column that is gathered. Readers take a page whole. */
const pageSize = 1 << 20;

/** The bytes of one audio column in one row group. */
export class AudioPages {
  readonly #file: SummedFile;
  readonly #pages: PagePlace[] = [];
  readonly #head = new Uint8Array(mostHead);

  constructor(file: SummedFile) {
    this.#file = file;
  }

  /** A page, of a null too. */
  add(audio: AudioValue | null): void {
    const bytes = audio?.bytes ?? null;
    const at = this.#file.bytes;
    const level = audio === null ? 0 : bytes === null ? 1 : 2;
    const head = putPageHead(this.#head, level, bytes?.length);
    this.#file.write(this.#head.subarray(0, head));
    if (bytes !== null) this.#file.write(bytes);
    this.#pages.push({ at, bytes: this.#file.bytes - at, row: this.#pages.length });
  }

  /** REQUIRES: a row was added. */
  end(path: readonly string[]): WrittenChunk {
    const from = this.#pages[0]!.at;
    const bytes = BigInt(this.#file.bytes - from);
    return {
      chunk: {
        meta_data: {
          type: 'BYTE_ARRAY',
          encodings: ['PLAIN', 'RLE'],
          path_in_schema: [...path],
          codec: 'UNCOMPRESSED',
          num_values: BigInt(this.#pages.length),
          total_compressed_size: bytes,
          total_uncompressed_size: bytes,
          data_page_offset: BigInt(from),
        },
        file_offset: 0n,
      },
      index: offsetIndexBytes(this.#pages),
    };
  }
}

/** `path`: the schema from its root to the leaf. `rows`: what the column holds in each row of the group. */
export function writeGathered(
  library: WriteLibrary,
  file: SummedFile,
  path: readonly SchemaTree[],
  rows: readonly unknown[],
): WrittenChunk {
  const schemaPath = path.map(({ element }) => element);
  const element = schemaPath.at(-1)!;
  const pageData = library.encodeNestedValues([...path], rows as unknown[]);
  const encoded = (codec: 'SNAPPY' | 'UNCOMPRESSED') => {
    const writer = new library.ByteWriter();
    writer.offset = file.bytes;
    const column = {
      columnName: schemaPath
        .slice(1)
        .map(({ name }) => name)
        .join('.'),
      element,
      schemaPath,
      codec,
      compressors: { SNAPPY: library.snappyCompress },
      stats: false,
      pageSize,
      columnIndex: false,
      offsetIndex: true,
      ...(hasDictionary(element) ? {} : { encoding: 'PLAIN' as const }),
    };
    return { ...library.writeColumn({ writer, column, pageData }), bytes: writer.getBytes() };
  };
  const packed = isBinary(element) ? undefined : encoded('SNAPPY');
  const { total_compressed_size: least = 0n, total_uncompressed_size: whole = 0n } = packed?.chunk.meta_data ?? {};
  const { chunk, offsetIndex, bytes } = packed !== undefined && least < whole ? packed : encoded('UNCOMPRESSED');
  const first = Number(chunk.meta_data!.data_page_offset);
  const end = file.bytes + bytes.length;
  file.write(bytes);
  // The library has none for a column of one page; a reader that goes by pages wants one of every column.
  const pages = offsetIndex?.page_locations.map(
    ({ offset, compressed_page_size, first_row_index }): PagePlace => ({
      at: Number(offset),
      bytes: compressed_page_size,
      row: Number(first_row_index),
    }),
  ) ?? [{ at: first, bytes: end - first, row: 0 }];
  chunk.meta_data!.encodings = [...new Set([...chunk.meta_data!.encodings, 'RLE' as const])];
  return { chunk: { ...chunk, file_offset: 0n }, index: offsetIndexBytes(pages) };
}

/** Of floats the library takes -0 for 0; what is bytes differs from row to row. */
function hasDictionary({ type, converted_type }: SchemaElement): boolean {
  return type === 'INT32' || type === 'INT64' || converted_type === 'UTF8';
}

function isBinary({ type, converted_type }: SchemaElement): boolean {
  return type === 'BYTE_ARRAY' && converted_type !== 'UTF8';
}
