/** Turns what the core finds in an LMDB file (native/core/lmdb/fault.h) into codes and sentences. */

import { BowerbirdError, type ErrorCode } from '../../errors.ts';
import {
  type LmdbFormat,
  lmdbFault,
  lmdbFindingColumn,
  lmdbFormat,
  type NativeLmdbFindings,
} from '../../native/native.ts';

/** One thing that is wrong. Pages are counted from 0, `offset` is a byte of the file. */
export interface LmdbFinding {
  readonly fault: number;
  readonly page: number;
  readonly offset: number;
  /** What they mean is told by the fault: native/core/lmdb/fault.h. */
  readonly a: number;
  readonly b: number;
}

export function lmdbFindings(numbers: NativeLmdbFindings): LmdbFinding[] {
  const { fault, page, offset, a, b, length } = lmdbFindingColumn;
  return Array.from({ length: numbers.length / length }, (_, i) => {
    const at = (column: number) => numbers[i * length + column]!;
    return { fault: at(fault), page: at(page), offset: at(offset), a: at(a), b: at(b) };
  });
}

const dump = 'and pack it again';
const formats: { readonly [format in LmdbFormat]: (version: number) => string } = {
  [lmdbFormat.none]: () => 'it is no LMDB file',
  [lmdbFormat.v1]: () => 'it is in data format v1 (LMDB 0.9)',
  [lmdbFormat.v2]: () =>
    `found data format v2, which only the npm package lmdb writes: read it with that package ${dump}, or write it with py-lmdb`,
  [lmdbFormat.v3]: () =>
    `found data format v3 (LMDB 1.0): turn it into v1 with mdb_dump of LMDB 1.0 and mdb_load of LMDB 0.9, or read it with py-lmdb 3 ${dump}`,
  [lmdbFormat.v1Of32Bits]: () =>
    'found data format v1 of a 32-bit machine: run mdb_dump on such a machine and mdb_load on one of 64 bits',
  [lmdbFormat.bigEndian]: () =>
    'found a file of a big-endian machine: run mdb_dump on such a machine and mdb_load on a little-endian one',
  [lmdbFormat.other]: (version) =>
    `found data format ${version}, which is not known: run mdb_dump of the LMDB that wrote it and mdb_load of LMDB 0.9`,
};

/** What a file is, for messages: "expected data format v1 (LMDB 0.9, 64 bits), found ...". */
export function lmdbFormatReason(format: number, version: number): string {
  return `expected data format v1 (LMDB 0.9, 64-bit little-endian), ${formats[format as LmdbFormat](version)}`;
}

type Say = (f: LmdbFinding) => string;
const hex = (flags: number) => `0x${flags.toString(16).padStart(2, '0')}`;
/** Numbers above 2^53 come rounded; no file is so large. */
const n = (value: number) => (Number.isSafeInteger(value) ? String(value) : `about ${value}`);
const counted =
  (what: string): Say =>
  (f) =>
    `its database says ${n(f.a)} ${what}, found ${n(f.b)}`;

const corrupt: { readonly [fault: number]: Say } = {
  [lmdbFault.metaFlags]: (f) => `expected a meta page, found a page with flags ${hex(f.a)}`,
  [lmdbFault.metaMagic]: (f) => `expected the magic 0xbeefc0de, found ${hex(f.a)}`,
  [lmdbFault.metaVersion]: (f) => `expected data format 1 as the other meta page says, found ${f.a}`,
  [lmdbFault.pageSize]: (f) => `expected a page size of a power of two from 256 to 32768 bytes, found ${f.a}`,
  [lmdbFault.metasDiffer]: (f) => `expected the page size of the other meta page, ${f.b} bytes, found ${f.a}`,
  [lmdbFault.transaction]: (f) => `the meta page says transaction ${n(f.a)}, which is written to the other one`,
  [lmdbFault.lastPage]: (f) => `the meta page says that page ${n(f.a)} is the last, and the file has ${f.b} pages`,
  [lmdbFault.databaseFlags]: (f) => `a database has flags ${hex(f.a)}, which cannot be`,
  [lmdbFault.databaseSize]: (f) => `expected the record of a database of 48 bytes, found ${f.a}`,
  [lmdbFault.databaseKeySize]: (f) => `a database says that its keys have ${f.a} bytes, which cannot be`,
  [lmdbFault.notEmpty]: (f) => `a database without a page says that it has ${n(f.a)} entries and ${n(f.b)} pages`,
  [lmdbFault.pageOutside]: (f) => `it refers to page ${n(f.a)}, expected one from 2 to ${n(f.b - 1)}`,
  [lmdbFault.pageTwice]: (f) => `it refers to page ${n(f.a)}, which is in use elsewhere already`,
  [lmdbFault.pageNumber]: (f) => `the page says that it is page ${n(f.a)}`,
  [lmdbFault.pageFlags]: (f) => `expected a branch or a leaf, found a page with flags ${hex(f.a)}`,
  [lmdbFault.dirty]: (f) => `the page is marked as not yet written (flags ${hex(f.a)})`,
  [lmdbFault.pageBounds]: (f) => `its free space is from ${f.a} to ${f.b}, which cannot be`,
  [lmdbFault.pageEmpty]: () => 'expected a page with at least one key, found none',
  [lmdbFault.pageKind]: (f) => `expected a ${kind(f.a)} on this level of the tree, found a ${kind(f.b)}`,
  [lmdbFault.tooDeep]: (f) => `expected a tree of 1 to 32 levels, found ${f.a}`,
  [lmdbFault.nodeOffset]: (f) => `entry ${f.a} begins at byte ${f.b} of the page, where none can be`,
  [lmdbFault.nodeSize]: (f) => `entry ${f.a} takes ${n(f.b)} bytes, more than are left of the page`,
  [lmdbFault.nodeOverlap]: (f) => `entry ${f.a} takes bytes of another one`,
  [lmdbFault.pageSpace]: (f) => `its entries take ${f.a} bytes, expected ${f.b}`,
  [lmdbFault.nodeFlags]: (f) => `entry ${f.a} has flags ${hex(f.b)}, which cannot be here`,
  [lmdbFault.keySize]: (f) => `entry ${f.a} has an empty key`,
  [lmdbFault.keyOrder]: (f) => `the key of entry ${f.a} is not behind the one before it`,
  [lmdbFault.fixedKeys]: (f) => `the page says ${f.b} keys of ${f.a} bytes, which cannot be`,
  [lmdbFault.subPage]: (f) => `the values under the key of entry ${f.a} are not sound (${n(f.b)})`,
  [lmdbFault.extentOutside]: (f) => `a value is at ${n(f.b)} pages from page ${n(f.a)} on, which the file does not have`,
  [lmdbFault.extentFlags]: (f) => `expected a value, found a page with flags ${hex(f.a)}`,
  [lmdbFault.extentPages]: (f) => `a value says that it takes ${f.a} pages, expected at least ${f.b}`,
  [lmdbFault.entries]: counted('entries'),
  [lmdbFault.branchPages]: counted('branch pages'),
  [lmdbFault.leafPages]: counted('leaf pages'),
  [lmdbFault.overflowPages]: counted('pages of large values'),
  [lmdbFault.depth]: counted('levels'),
  [lmdbFault.freeKey]: (f) => (f.b > 0 ? `the list of free pages has a key of ${f.b} bytes, expected 8` : `the list of free pages names transaction ${n(f.a)}, which has not been`),
  [lmdbFault.freeSize]: (f) => `a list of free pages of ${n(f.a)} bytes says that it names ${n(f.b)} pages`,
  [lmdbFault.freeOrder]: (f) => `the list of free pages names page ${n(f.a)} behind page ${n(f.b)}`,
  [lmdbFault.freeOutside]: (f) => `the list of free pages names page ${n(f.a)}, which the file does not have`,
  [lmdbFault.freeTwice]: (f) => `the list of free pages names page ${n(f.a)} twice`,
  [lmdbFault.freeInUse]: (f) => `${f.a} page(s) from here on are in use, and in the list of free pages too`,
}; // biome-ignore format: a table

const alone = 'only databases with one value a key are read';
const unsupported: { readonly [fault: number]: Say } = {
  [lmdbFault.notLmdb]: () => 'expected the magic of LMDB at byte 16, found none: it is no LMDB file',
  [lmdbFault.unsupported]: (f) => lmdbFormatReason(f.a, f.b),
  [lmdbFault.duplicates]: (f) => `entry ${f.a} of the page is a key with several values (MDB_DUPSORT); ${alone}`,
  [lmdbFault.subDatabase]: (f) =>
    `entry ${f.a} of the page is a named database inside the main one; copy it into a file of its own (mdb_dump -s NAME, mdb_load)`,
};

function kind(flags: number): string {
  return flags === 1 ? 'branch' : flags === 2 ? 'leaf' : flags === 0x22 ? 'leaf of fixed keys' : `page with flags ${hex(flags)}`;
} // biome-ignore format: one line

export interface ExplainedLmdbFinding {
  readonly code: ErrorCode;
  readonly reason: string;
}

export function explainLmdbFinding(finding: LmdbFinding): ExplainedLmdbFinding {
  const { fault } = finding;
  if (fault === lmdbFault.truncated) {
    const reason = `expected a file of at least ${n(finding.a)} bytes, found ${n(finding.b)}`;
    return { code: 'TRUNCATED', reason };
  }
  const say = corrupt[fault] ?? unsupported[fault];
  if (say === undefined) throw new Error(`The addon reported fault ${fault}, which this version does not know`);
  return { code: fault in corrupt ? 'CORRUPT' : 'UNSUPPORTED', reason: say(finding) };
}

/** `doing` is "open", "read the value of \"a\" of". */
export function lmdbError(doing: string, source: string, finding: LmdbFinding): BowerbirdError {
  const { code, reason } = explainLmdbFinding(finding);
  const whole = finding.fault === lmdbFault.notLmdb || finding.fault === lmdbFault.unsupported;
  const place = whole ? '' : `, page ${n(finding.page)} at byte ${n(finding.offset)}`;
  return new BowerbirdError(code, `Cannot ${doing} "${source}"${place}: ${reason}`, { source, offset: finding.offset });
}
