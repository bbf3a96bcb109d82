/**
 * What is used of hyparquet-writer, loaded when the first file is written. By its inner modules: its own writer joins a page out of copies before it
 * hands it on, and writes no index for a column of one page. So its version is pinned. docs/decisions/038-parquet-writing.md
 */

import type { ByteWriter } from 'hyparquet-writer/src/bytewriter.js';
import type { writeColumn } from 'hyparquet-writer/src/column.js';
import type { encodeNestedValues } from 'hyparquet-writer/src/dremel.js';
import type { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import type { schemaPathResolver } from 'hyparquet-writer/src/schema.js';
import type { snappyCompress } from 'hyparquet-writer/src/snappy.js';

/** Its own version of hyparquet has types of its own. */
export type SchemaElement = Parameters<typeof schemaPathResolver>[0][number];
export type SchemaTree = Parameters<typeof encodeNestedValues>[0][number];
export type FileMetaData = Parameters<typeof writeMetadata>[1];
export type RowGroup = FileMetaData['row_groups'][number];
export type ColumnChunk = RowGroup['columns'][number];

export interface WriteLibrary {
  readonly ByteWriter: typeof ByteWriter;
  readonly writeColumn: typeof writeColumn;
  readonly encodeNestedValues: typeof encodeNestedValues;
  readonly writeMetadata: typeof writeMetadata;
  readonly schemaPathResolver: typeof schemaPathResolver;
  readonly snappyCompress: typeof snappyCompress;
}

export async function loadWriteLibrary(): Promise<WriteLibrary> {
  const [bytewriter, column, dremel, metadata, schema, snappy] = await Promise.all([
    import('hyparquet-writer/src/bytewriter.js'),
    import('hyparquet-writer/src/column.js'),
    import('hyparquet-writer/src/dremel.js'),
    import('hyparquet-writer/src/metadata.js'),
    import('hyparquet-writer/src/schema.js'),
    import('hyparquet-writer/src/snappy.js'),
  ]);
  return {
    ByteWriter: bytewriter.ByteWriter,
    writeColumn: column.writeColumn,
    encodeNestedValues: dremel.encodeNestedValues,
    writeMetadata: metadata.writeMetadata,
    schemaPathResolver: schema.schemaPathResolver,
    snappyCompress: snappy.snappyCompress,
  };
}
