/** The footer of a file that is written, without the mark behind it. */

import type { FileMetaData, RowGroup, WriteLibrary } from './library.ts';

export type FooterFacts = Omit<FileMetaData, 'metadata_length'>;

export function footerBytes(library: WriteLibrary, facts: FooterFacts): Uint8Array {
  const written = (groups: RowGroup[]): Uint8Array => {
    const writer = new library.ByteWriter();
    library.writeMetadata(writer, { ...facts, row_groups: groups } as FileMetaData);
    return writer.getBytes();
  };
  const bytes = written(facts.row_groups);
  if (facts.row_groups.length > 0) return bytes;
  // The library takes the type of a list from its elements, and of an empty one writes none, which arrow-rs refuses. Where the footer with a group
  // begins to be another, the type stands.
  const other = written([{ columns: [], total_byte_size: 0n, num_rows: 0n }]);
  const at = bytes.findIndex((byte, i) => byte !== other[i]);
  bytes[at] = other[at]! & 0x0f;
  return bytes;
}
