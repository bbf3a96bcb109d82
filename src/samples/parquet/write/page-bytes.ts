/**
 * Structures of which a file has one a recording, in Thrift's compact protocol: the header of a page of one value, and the index of pages. By hand, since
 * the library makes objects, BigInts and memory for each. https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */

/** Where a page of values is. */
export interface PagePlace {
  /** Of its header. */
  readonly at: number;
  readonly bytes: number;
  /** Its first, in the row group. */
  readonly row: number;
}

/** What a recording's page has at most in front of its bytes. */
export const mostHead = 64;
/** A run of one definition level. */
const levelsBytes = 2;
const lengthBytes = 4;

/** `length`: of the value, or undefined for none; `level`: 0 where the structure is null, 1 where its bytes are, 2 where there are some. */
export function putPageHead(target: Uint8Array, level: 0 | 1 | 2, length: number | undefined): number {
  const size = levelsBytes + (length === undefined ? 0 : lengthBytes + length);
  // PageHeader: type DATA_PAGE_V2, sizes before and after compression; field 8.
  let at = putField(target, 0, 1, 3);
  at = putField(target, at, 1, size);
  at = putField(target, at, 1, size);
  target[at++] = (5 << 4) | struct;
  // DataPageHeaderV2: values, nulls, rows, PLAIN, bytes of definition and repetition levels, not compressed.
  at = putField(target, at, 1, 1);
  at = putField(target, at, 1, length === undefined ? 1 : 0);
  at = putField(target, at, 1, 1);
  at = putField(target, at, 1, 0);
  at = putField(target, at, 1, levelsBytes);
  at = putField(target, at, 1, 0);
  target[at++] = (1 << 4) | no;
  target[at++] = 0;
  target[at++] = 0;
  target[at++] = 1 << 1;
  target[at++] = level;
  if (length === undefined) return at;
  for (let byte = 0; byte < lengthBytes; byte++) target[at++] = (length >>> (8 * byte)) & 0xff;
  return at;
}

/** OffsetIndex: https://github.com/apache/parquet-format/blob/master/PageIndex.md. In memory of its own. */
export function offsetIndexBytes(pages: readonly PagePlace[]): Uint8Array {
  const bytes = new Uint8Array(mostHead + pages.length * mostEntry);
  let at = 0;
  bytes[at++] = (1 << 4) | list;
  bytes[at++] = (Math.min(pages.length, 15) << 4) | struct;
  if (pages.length >= 15) at = putVarint(bytes, at, pages.length);
  for (const page of pages) {
    bytes[at++] = (1 << 4) | i64;
    at = putVarint(bytes, at, 2 * page.at);
    at = putField(bytes, at, 1, page.bytes);
    bytes[at++] = (1 << 4) | i64;
    at = putVarint(bytes, at, 2 * page.row);
    bytes[at++] = 0;
  }
  bytes[at++] = 0;
  return bytes.slice(0, at);
}

/** Types of the protocol. */
const no = 2;
const i32 = 5;
const i64 = 6;
const list = 9;
const struct = 12;
/** Three numbers of up to 10, 5 and 5 bytes, with what stands before and behind each. */
const mostEntry = 24;

/** A number of 32 bits that is not negative, `step` fields behind the last. */
function putField(target: Uint8Array, at: number, step: number, value: number): number {
  target[at] = (step << 4) | i32;
  return putVarint(target, at + 1, 2 * value);
}

/** REQUIRES: a safe integer, not negative. */
function putVarint(target: Uint8Array, at: number, value: number): number {
  let [next, rest] = [at, value];
  while (rest >= 0x80) {
    target[next++] = 0x80 | (rest % 0x80);
    rest = Math.floor(rest / 0x80);
  }
  target[next++] = rest;
  return next;
}
