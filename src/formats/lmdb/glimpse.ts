/** What an LMDB file says of itself and its first keys, wherever it is: three or four small reads of a file of any size. */

import type { ByteSource } from '../../bytes.ts';
import { type LmdbStat, lmdbFault, native } from '../../native/native.ts';
import { type LmdbFinding, lmdbError, lmdbFindings } from './faults.ts';

export interface LmdbGlimpsedEntry {
  readonly key: Uint8Array;
  /** Bytes of the value. */
  readonly size: number;
  /** Where the value is in the file; 0 for several values under one key, and for a database inside this one. */
  readonly offset: number;
  readonly kind: 'value' | 'values' | 'database';
}

export interface LmdbGlimpse {
  readonly stat: LmdbStat;
  /** Those of the first leaf, in the order of keys. */
  readonly first: readonly LmdbGlimpsedEntry[];
}

/** In which both meta pages are, whatever the page size: kMetaBytes of native/core/lmdb/meta.h. */
const metaBytes = 32768 + 16 + 136;
/** MDB_page and MDB_node of mdb.c. */
const pageHeader = 16;
const nodeHeader = 8;
const flagsAt = 10;
const [branch, leaf] = [1, 2];
const [bigData, subData, dupData] = [1, 2, 4];

/** @throws BowerbirdError UNSUPPORTED, TRUNCATED, CORRUPT, and what the source throws */
export async function glimpseLmdb(source: ByteSource): Promise<LmdbGlimpse> {
  const head = await source.read(0, metaBytes);
  const stat = native().lmdbMeta(head, source.byteLength);
  if (stat instanceof Float64Array) throw lmdbError('open', source.name, lmdbFindings(stat)[0]!);
  const { root, depth } = stat.main;
  if (root === null) return { stat, first: [] };
  if (depth < 1 || depth > 32) throw fault(source, stat, 0, 0, lmdbFault.tooDeep, depth);
  let number = root;
  for (let level = 1; level < depth; level++) {
    const page = await readPage(source, head, stat, number, branch);
    const at = placeOf(source, stat, page, number, 0);
    number = page.getUint32(at, true) + page.getUint16(at + 4, true) * 2 ** 32;
  }
  const page = await readPage(source, head, stat, number, leaf);
  const count = (page.getUint16(12, true) - pageHeader) / 2;
  return { stat, first: Array.from({ length: count }, (_, i) => entryAt(source, stat, page, number, i)) };
}

function fault(source: ByteSource, stat: LmdbStat, page: number, at: number, code: number, a = 0, b = 0) {
  const finding: LmdbFinding = { fault: code, page, offset: page * stat.pageSize + at, a, b };
  return lmdbError('read the first keys of', source.name, finding);
}

/** The page of a tree, checked but for its nodes. */
async function readPage(
  source: ByteSource,
  head: Uint8Array,
  stat: LmdbStat,
  number: number,
  kind: number,
): Promise<DataView> {
  const { pageSize } = stat;
  const end = Math.min(stat.lastPage + 1, Math.floor(source.byteLength / pageSize));
  if (number < 2 || number >= end) throw fault(source, stat, 0, 0, lmdbFault.pageOutside, number, end);
  const begin = number * pageSize;
  const near = begin + pageSize <= head.length;
  const bytes = near ? head.subarray(begin, begin + pageSize) : await source.read(begin, pageSize);
  if (bytes.length < pageSize) {
    throw fault(source, stat, number, 0, lmdbFault.truncated, begin + pageSize, begin + bytes.length);
  }
  const page = new DataView(bytes.buffer, bytes.byteOffset, pageSize);
  const stored = Number(page.getBigUint64(0, true));
  if (stored !== number) throw fault(source, stat, number, 0, lmdbFault.pageNumber, stored);
  const flags = page.getUint16(flagsAt, true);
  if (flags !== kind) throw fault(source, stat, number, flagsAt, lmdbFault.pageKind, kind, flags);
  const [lower, upper] = [page.getUint16(12, true), page.getUint16(14, true)];
  if (lower < pageHeader || lower > upper || upper > pageSize) {
    throw fault(source, stat, number, 12, lmdbFault.pageBounds, lower, upper);
  }
  if (lower < pageHeader + 2) throw fault(source, stat, number, 12, lmdbFault.pageEmpty);
  return page;
}

/** Where node `i` begins, whose header and key are in the page. */
function placeOf(source: ByteSource, stat: LmdbStat, page: DataView, number: number, i: number): number {
  const pointer = pageHeader + 2 * i;
  const at = page.getUint16(pointer, true);
  if (at < page.getUint16(14, true) || at + nodeHeader > page.byteLength) {
    throw fault(source, stat, number, pointer, lmdbFault.nodeOffset, i, at);
  }
  const size = nodeHeader + page.getUint16(at + 6, true);
  if (at + size > page.byteLength) throw fault(source, stat, number, pointer, lmdbFault.nodeSize, i, size);
  return at;
}

function entryAt(source: ByteSource, stat: LmdbStat, page: DataView, number: number, i: number): LmdbGlimpsedEntry {
  const at = placeOf(source, stat, page, number, i);
  const flags = page.getUint16(at + 4, true);
  const dataAt = at + nodeHeader + page.getUint16(at + 6, true);
  const size = page.getUint32(at, true);
  const key = new Uint8Array(page.buffer, page.byteOffset + at + nodeHeader, dataAt - at - nodeHeader).slice();
  const there = flags & bigData ? 8 : size;
  if (dataAt + there > page.byteLength) {
    throw fault(source, stat, number, pageHeader + 2 * i, lmdbFault.nodeSize, i, dataAt + there - at);
  }
  if ((flags & ~(bigData | subData | dupData)) !== 0 || (flags & bigData && flags !== bigData)) {
    throw fault(source, stat, number, pageHeader + 2 * i, lmdbFault.nodeFlags, i, flags);
  }
  if (flags & dupData) return { key, size, offset: 0, kind: 'values' };
  if (flags & subData) return { key, size, offset: 0, kind: 'database' };
  if ((flags & bigData) === 0) return { key, size, offset: number * stat.pageSize + dataAt, kind: 'value' };
  const first = Number(page.getBigUint64(dataAt, true));
  const pages = Math.floor((pageHeader - 1 + size) / stat.pageSize) + 1;
  if (first < 2 || (first + pages) * stat.pageSize > source.byteLength) {
    throw fault(source, stat, number, dataAt, lmdbFault.extentOutside, first, pages);
  }
  return { key, size, offset: first * stat.pageSize + pageHeader, kind: 'value' };
}
