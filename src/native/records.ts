/** The types and numbers of what the addon exports for streams of records. */

/** Which findings end a pass. */
export const stopOn = { anyFault: 0, damage: 1, nothing: 2 } as const;
export type StopOn = (typeof stopOn)[keyof typeof stopOn];

/** What run() returned for: it is called again until `end`. A number that is missing here is thrown instead. */
export const passEvent = { end: 0, needInput: 1, needName: 2, faults: 3, stopped: 4, batch: 5, paused: 7 } as const;

/** What a pass does with records. */
export const passTarget = { check: 0, collect: 1, writer: 2, memory: 3, files: 4 } as const;

/** What can be wrong with a record: native/core/base/fault.h, which says what `a`, `b` and `text` mean. */
export const recordFault = {
  lengthCrc: 1,
  dataCrc: 2,
  truncatedHeader: 3,
  truncatedRecord: 4,
  recordTooLarge: 5,
  notExample: 16,
  noFilename: 17,
  nameNotUtf8: 18,
  nameMismatch: 19,
  noTimestamp: 20,
  badTimestamp: 21,
  noTensor: 22,
  notTensorProto: 23,
  dtype: 24,
  rank: 25,
  channel: 26,
  widthZero: 27,
  widthChanged: 28,
  shapeFeature: 29,
  shapeFeatureKind: 30,
  contentSize: 31,
  tooManyElements: 32,
} as const;
/** Those below it are damage: bytes differ from what was written. */
export const leastUnusable = recordFault.notExample;

/** What a Feature of an Example holds, native/core/embedding/example.h. */
export const featureKind = { none: 0, bytes: 1, float: 2, int64: 3, broken: 7 } as const;

export const nameRule = { archive: 0, strict: 1, none: 2, caller: 3 } as const;
export const outputType = { float32: 0, float16: 1 } as const;
export const allChannels = -1;

export type ExtractArguments = [
  feature: string,
  names: (typeof nameRule)[keyof typeof nameRule],
  channel: number,
  hop: number,
  output: (typeof outputType)[keyof typeof outputType],
];

/** One of {@link passTarget}, and what it needs. */
export type PassTargetArguments =
  | [target: typeof passTarget.check]
  /** Hands out payloads in batches of about so many bytes. */
  | [target: typeof passTarget.collect, batchBytes: number]
  | [target: typeof passTarget.writer, writer: RecordWriter]
  /** The same of rows and metadata. */
  | [target: typeof passTarget.memory, batchBytes: number, ...options: ExtractArguments]
  /** The files stay the caller's to flush, close and name; the paths are for errors. */
  | [
      target: typeof passTarget.files,
      npyFd: number,
      npyPath: string,
      jsonFd: number,
      jsonPath: string,
      flushEarly: boolean,
      ...options: ExtractArguments,
    ];

/** One pass over one TFRecord stream, native/addon/pass/pass.h. Failures of the system are thrown as {@link NativeSystemError}. */
export interface RecordPass {
  /** Reads a local file from byte `from` on; returns its size. Instead: push() blocks and endOfInput(). */
  openFile(path: string, from?: number): number;
  /** The input begins with record `index` at `offset` of the stream; `skip` records are stepped over and `take` used. */
  slice(index: number, offset: number, skip: number, take: number): void;
  /** Notes the place of every n-th record. */
  notePlaces(every: number): void;
  /** Number of records before it and offset, of each. */
  noted(): Float64Array<ArrayBuffer>;
  /** Makes a proof() of the records. */
  prove(): void;
  proof(): string;
  push(block: Uint8Array): void;
  endOfInput(): void;
  run(): number;
  pendingName(): string;
  giveName(head: string, tail: string): void;
  refuseName(): void;
  takeFaults(): NativeFault[];
  /** Of a pass to memory or one that collects. */
  takeBatch(): NativeBatch;
  counts(): PassCounts;
  /** Of a pass to files, once, after its end. */
  finish(): FinishedFiles;
  /** Gives memory and files back. Safe to call twice. */
  close(): void;
}

export interface FinishedFiles {
  readonly npyBytes: number;
  readonly npyCrc: number;
  readonly jsonBytes: number;
  readonly jsonCrc: number;
}

/** native/addon/record_writer.h. All methods throw {@link NativeSystemError}. */
export interface RecordWriter {
  /** Records one behind the other. */
  append(payloads: Uint8Array, lengths: Float64Array): void;
  /** One TFRecord of three parts. `layout` as for pcmToFloat(): the body is samples that become float32; -1: it is taken as it is. */
  appendParts(head: Uint8Array, body: Uint8Array, layout: number, tail: Uint8Array): void;
  /** Once. */
  finish(): { readonly bytes: number; readonly crc: number };
  /** Ends the threads of a file that is given up: afterwards the descriptor is the caller's alone. Safe to call twice. */
  close(): void;
}

/** native/addon/inflate_binding.cc. */
export interface Inflater {
  /** `did`: bytes taken from `input` at `at`, and bytes made at the start of `out`. */
  inflate(input: Uint8Array, at: number, out: Uint8Array, did: Float64Array): InflateOutcome;
  /** For a stream that begins anew. */
  reset(): void;
  /** What zlib says about the damage. */
  message(): string;
  /** Safe to call twice. */
  close(): void;
}

export const inflateOutcome = { more: 0, end: 1, damaged: 2 } as const;
export type InflateOutcome = (typeof inflateOutcome)[keyof typeof inflateOutcome];

/** native/addon/record_index_binding.cc. */
export interface NativeWalk {
  /** Where the next record begins: the end of the file, or the place of the fault. */
  readonly offset: number;
  readonly records: number;
  /** 0 or native/core/base/fault.h. */
  readonly fault: number;
  readonly a: number;
  readonly b: number;
  /** Offsets of every n-th record, beginning with the first. */
  readonly places: Float64Array<ArrayBuffer>;
}

export interface PassCounts {
  /** Intact records, rejected ones included. */
  readonly records: number;
  readonly payloadBytes: number;
  /** Index of the record that would come next: damaged stretches count as one. */
  readonly nextIndex: number;
  /** Where it would begin. */
  readonly nextOffset: number;
  /** Bytes of the record stream read so far. */
  readonly taken: number;
  readonly rows: number;
  /** 0 until a record was taken. */
  readonly width: number;
  readonly assumedUtc: number;
  readonly withoutZone: number;
  /** Values that were finite and are infinite in the type of the rows. */
  readonly overflowed: number;
}

export interface NativeBatch {
  /** Rows of the embedding, or payloads one behind the other. */
  readonly rows: Uint8Array<ArrayBuffer>;
  /** Metadata as a piece of the text of one long JSON list. */
  readonly json: string;
  /** Index, offset and length of each collected record. */
  readonly places: Float64Array<ArrayBuffer>;
}

/** native/core/base/fault.h. */
export interface NativeFault {
  readonly fault: number;
  readonly record: number;
  readonly offset: number;
  readonly length: number;
  readonly a: number;
  readonly b: number;
  readonly text: string;
}
