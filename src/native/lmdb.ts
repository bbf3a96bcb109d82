/** The types and numbers of what the addon exports for LMDB files. */

/** Why an entry is not written: native/os/lmdb_writer.h. */
export const lmdbRefusal = { emptyKey: 1, longKey: 2, largeValue: 3, keyOrder: 4, keyTwice: 5 } as const;

/** An entry of a call that was refused, counted from 0; nothing of the call was written. */
export interface LmdbRefused {
  readonly refusal: (typeof lmdbRefusal)[keyof typeof lmdbRefusal];
  readonly entry: number;
}

/** native/addon/lmdb/writer_binding.cc. One call at a time. */
export interface NativeLmdbWriter {
  /** On another thread; the values must not change meanwhile. */
  write(keys: readonly Uint8Array[], values: readonly Uint8Array[]): Promise<void> | LmdbRefused;
  /** On this thread; the values are the caller's again when it returns. */
  writeNow(keys: readonly Uint8Array[], values: readonly Uint8Array[]): undefined | LmdbRefused;
  /** On another thread; nothing but close() may follow. */
  finish(flush: boolean): Promise<{ readonly entries: number; readonly pages: number; readonly bytes: number }>;
  /** Gives the file up, as far as it is written. */
  close(): void;
}

/** What can be wrong with an LMDB file: native/core/lmdb/fault.h, which says what `a` and `b` mean. */
export const lmdbFault = {
  truncated: 1,
  notLmdb: 2,
  unsupported: 3,
  metaFlags: 4,
  metaMagic: 5,
  metaVersion: 6,
  pageSize: 7,
  metasDiffer: 8,
  transaction: 9,
  lastPage: 10,
  databaseFlags: 11,
  databaseSize: 12,
  databaseKeySize: 13,
  notEmpty: 14,
  pageOutside: 20,
  pageTwice: 21,
  pageNumber: 22,
  pageFlags: 23,
  dirty: 24,
  pageBounds: 25,
  pageEmpty: 26,
  pageKind: 27,
  tooDeep: 28,
  nodeOffset: 29,
  nodeSize: 30,
  nodeOverlap: 31,
  pageSpace: 32,
  nodeFlags: 33,
  keySize: 34,
  keyOrder: 35,
  fixedKeys: 36,
  subPage: 37,
  extentOutside: 40,
  extentFlags: 41,
  extentPages: 42,
  entries: 50,
  branchPages: 51,
  leafPages: 52,
  overflowPages: 53,
  depth: 54,
  freeKey: 60,
  freeSize: 61,
  freeOrder: 62,
  freeOutside: 63,
  freeTwice: 64,
  freeInUse: 65,
  duplicates: 70,
  subDatabase: 71,
} as const;

/** Which kind of LMDB file it is, native/core/lmdb/meta.h. */
export const lmdbFormat = { none: 0, v1: 1, v2: 2, v3: 3, v1Of32Bits: 4, bigEndian: 5, other: 6 } as const;
export type LmdbFormat = (typeof lmdbFormat)[keyof typeof lmdbFormat];

/** Places of the numbers in a finding, and how many there are. */
export const lmdbFindingColumn = { fault: 0, page: 1, offset: 2, a: 3, b: 4, length: 5 } as const;
/** The same of an entry: offsets and lengths in the block that was filled; without values, `value` says nothing. */
export const lmdbEntryColumn = { key: 0, keySize: 1, value: 2, valueSize: 3, entryLength: 4 } as const;

/** What became of a get: native/addon/lmdb/get.h. */
export const lmdbGetOutcome = { none: 0, found: 1, tooLarge: 2, finding: 3 } as const;
export type LmdbGetOutcome = (typeof lmdbGetOutcome)[keyof typeof lmdbGetOutcome];
/** Places of its answer: where the value begins in the memory, or how much it takes; its size; a finding. */
export const lmdbGetColumn = { getBegin: 0, getSize: 1, getFinding: 2, getLength: 7 } as const;

/** What a database says of itself. */
export interface LmdbDatabase {
  /** MDB_REVERSEKEY and so on, lmdb.h. */
  readonly flags: number;
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
  /** The page where its tree begins; null where it is empty. */
  readonly root: number | null;
}

/** What the meta pages say. */
export interface LmdbStat {
  /** Bytes. */
  readonly pageSize: number;
  readonly fileSize: number;
  readonly mapSize: number;
  /** The number of the last page that was ever used. */
  readonly lastPage: number;
  readonly transaction: number;
  readonly main: LmdbDatabase;
  /** The list of free pages. */
  readonly free: LmdbDatabase;
}

/** One or more findings, {@link lmdbFindingColumn} each. */
export type NativeLmdbFindings = Float64Array<ArrayBuffer>;

export interface NativeLmdbReport {
  /** The first 200. */
  readonly findings: NativeLmdbFindings;
  /** How many there are; 0 in a file that is sound. */
  readonly faults: number;
  readonly stopped: boolean;
  /** Of all databases; values under one key count each. */
  readonly entries: number;
  /** Pages of all trees, that of the free list among them. */
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  /** Named databases inside the main one. */
  readonly databases: number;
  /** Keys with several values. */
  readonly duplicateKeys: number;
  readonly freePages: number;
  /** Keys of more than the 511 bytes that LMDB takes by default. */
  readonly longKeys: number;
  /** Pages that are neither in use nor free: lost space, no damage. */
  readonly leakedPages: number;
  /** The first of them; 0 where there is none. */
  readonly firstLeaked: number;
}

export interface NativeLmdbPlaces {
  /** Offset in the file and size of each value; 0 and 0 where there is no such key. */
  readonly places: Float64Array<ArrayBuffer>;
  /** Because of which the rest is missing. */
  readonly finding: NativeLmdbFindings | null;
}

/** native/os/lmdb_file.h. Where stat() gives a finding, nothing else may be called. */
export interface LmdbFile {
  stat(): LmdbStat | NativeLmdbFindings;
  /** `keys` one behind the other, of these `lengths`; on another thread, as all that gives a promise. */
  locate(keys: Uint8Array, lengths: Float64Array): Promise<NativeLmdbPlaces>;
  /** Values one behind the other, of offsets and sizes in the file. */
  read(places: Float64Array, out: Uint8Array): Promise<void>;
  /** One value into `out`; `answer` takes {@link lmdbGetColumn}. */
  get(key: string | Uint8Array, out: Uint8Array, answer: Float64Array): Promise<LmdbGetOutcome>;
  getNow(key: string | Uint8Array, out: Uint8Array, answer: Float64Array): LmdbGetOutcome;
  /** `shared` is a view of the whole SharedArrayBuffer of src/counters.ts, or null. */
  verify(shared: Uint8Array | null): Promise<NativeLmdbReport>;
  close(): void;
}

export interface NativeLmdbBatch {
  /** Rows that were written. */
  readonly count: number;
  /** Bytes that the next entry takes, where there is no row because `out` is too small; then what follows has no row either, until goOn(). */
  readonly needed: number;
  readonly done: boolean;
  /** What ends it behind the rows. */
  readonly finding: NativeLmdbFindings | null;
}

/** native/os/lmdb_batches.h. */
export interface LmdbEntries {
  /** Fills `out` with entries in the order of their keys, and `rows` with {@link lmdbEntryColumn} of each. Several calls may be under way. */
  next(out: Uint8Array, rows: Uint32Array): Promise<NativeLmdbBatch>;
  nextNow(out: Uint8Array, rows: Uint32Array): NativeLmdbBatch;
  /** From the entry that did not fit on. When no call is under way. */
  goOn(): void;
  close(): void;
}
