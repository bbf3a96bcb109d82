/** The types of what the addon exports for ArrayRecord files. */

export type CodecOrigin = 'node' | 'system' | 'none';

/** native/core/records/riegeli.h. */
export interface NativeFinding {
  readonly fault: number;
  readonly offset: number;
  readonly a: number;
  readonly b: number;
}

/** What can be wrong with a chunk: native/core/records/riegeli.h, which says what `a` and `b` mean. */
export const chunkFault = {
  truncated: 1,
  boundary: 2,
  blockHash: 3,
  blockPlace: 4,
  headerHash: 5,
  dataHash: 6,
  padding: 7,
  signature: 8,
  chunkType: 9,
  compression: 10,
  decompress: 11,
  sizes: 12,
  transposed: 13,
  tooLarge: 14,
  noCodec: 15,
  postscript: 16,
  footerPlace: 17,
  footer: 18,
  index: 19,
  indexMismatch: 20,
  needBytes: 21,
  needWhole: 22,
} as const;
/** Faults that are no findings: more bytes are needed, up to position `a`; the chunk can only be decoded whole. */
export const { needBytes, needWhole } = chunkFault;

/** Type bytes of chunks, riegeli.h. */
export const chunkType = { signature: 0x73, metadata: 0x6d, padding: 0x70, simple: 0x72, transposed: 0x74 } as const;

/** Type bytes of compression, native/core/records/codecs.h. */
export const codecType = { none: 0, brotli: 0x62, snappy: 0x73, zstd: 0x7a } as const;

export interface NativeFooter {
  readonly records: number;
  readonly options?: string;
  /** Offset, decoded size and number of records of each chunk. */
  readonly index: Float64Array<ArrayBuffer>;
}

export interface NativeChunk {
  /** The records, one behind the other. */
  readonly values: Uint8Array<ArrayBuffer>;
  readonly lengths: Float64Array<ArrayBuffer>;
}

/** native/os/chunk_file.h. Chunks are numbered as in the index. */
export interface ArrayRecordFile {
  size(): number;
  /** Fills `out` from `offset` on, on another thread. */
  read(offset: number, out: Uint8Array): Promise<void>;
  /** Before the first chunk is read. `end`: where the footer begins. */
  setIndex(index: Float64Array, end: number): void;
  /** Decodes chunks into `out`, one behind the other, on another thread; the lengths of their records. */
  decode(chunks: Float64Array, out: Uint8Array): Promise<Float64Array<ArrayBuffer> | NativeFinding>;
  /** The first records of a chunk, as many as `out` holds; the fault needWhole where it is not known before all are decoded. */
  decodeFirst(chunk: number, out: Uint8Array): Promise<Float64Array<ArrayBuffer> | NativeFinding>;
  /** On this thread: lengths (undefined for a single record); null where it would have to wait for the disk. */
  decodeNow(chunk: number, out: Uint8Array): Float64Array<ArrayBuffer> | undefined | NativeFinding | null;
  /** The chunk as it is stored, its hashes verified. */
  stored(chunk: number): StoredChunk | NativeFinding;
  close(): void;
}

export interface StoredChunk {
  readonly type: number;
  readonly records: number;
  readonly decodedSize: number;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** The number of encoded chunks that wait for their place in the file. */
export type EncodedBatch = number & { readonly encodedBatch: unique symbol };

/** Makes the bytes of one file, from the first to the last; each call gives the next. */
export interface ArrayRecordEncoder {
  begin(): Uint8Array<ArrayBuffer>;
  /** On another thread; `values` must not change meanwhile. */
  encode(values: Uint8Array, lengths: Float64Array): Promise<EncodedBatch>;
  layOut(batch: EncodedBatch): Uint8Array<ArrayBuffer>;
  /** encode() and layOut() in one, on this thread. */
  encodeNow(values: Uint8Array, lengths: Float64Array): Uint8Array<ArrayBuffer>;
  /** A stored chunk of another file. */
  add(type: number, records: number, decodedSize: number, payload: Uint8Array): Uint8Array<ArrayBuffer>;
  finish(optionsText: string | null): Uint8Array<ArrayBuffer>;
  counts(): { readonly position: number; readonly records: number; readonly chunks: number };
}

/** Places of the numbers in a row of a scan, and how many there are. */
export const scanColumn = {
  damaged: 0,
  begin: 1,
  end: 2,
  type: 3,
  records: 4,
  decodedSize: 5,
  codec: 6,
  fault: 7,
  a: 8,
  b: 9,
  length: 10,
} as const;

/** native/addon/array_record_scan_binding.cc. */
export interface ArrayRecordScan {
  /** Where the index says that chunks begin, in order, and the footer. Before the first run(). */
  expect(places: Float64Array): void;
  /** Makes a proof() of the records in intact chunks that begin before `before`. */
  prove(before: number): void;
  proof(): string;
  /** Where no file is read: the next bytes, copied; none at their end. */
  push(block: Uint8Array): void;
  /** A row of numbers for each chunk: {@link scanColumn}. */
  run(): {
    readonly rows: Float64Array<ArrayBuffer>;
    readonly position: number;
    readonly done: boolean;
    /** Call push() before it is run again. */
    readonly needsInput: boolean;
  };
  close(): void;
}

/** `codec` is the type byte of a chunk; `windowLog` 0: the level's own. */
export type ArrayRecordEncoding = [
  groupSize: number,
  transpose: boolean,
  pad: boolean,
  codec: number,
  level: number,
  windowLog: number,
];

/** `text` is stored in the file; `threads` encode it, the caller's among them. */
export type ArrayRecordArguments = [...encoding: ArrayRecordEncoding, text: string, threads: number];
