/** The only loader of the addon, and the types of what it exports. */

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { BowerbirdError } from './errors.ts';

type Samples = Float32Array | Int32Array | Int16Array;

/** Positional, already-checked primitives; src/ turns codes into sentences. */
export interface Native {
  crc32c(bytes: Uint8Array, crc: number): number;
  crc32cCombine(a: number, b: number, lengthOfB: number): number;
  crc32cTier(): string;
  /** A descriptor that holds the lock until it is closed, or -errno: -EWOULDBLOCK when another holds it. */
  lockFile(path: string, shared: boolean): number;
  /** From exclusive to shared, not atomically; 0 or -errno. */
  shareLock(descriptor: number): number;
  /** Removes the file when nobody shares the lock, then closes the descriptor. */
  unlockFile(path: string, descriptor: number): void;
  /** `layout` is kind + 8 * bytes + 128 * bigEndian (src/formats/audio-pcm.ts). `out` holds a value for each whole sample. */
  pcmToFloat(bytes: Uint8Array, layout: number, out: Float32Array): void;
  pcmToInt32(bytes: Uint8Array, layout: number, out: Int32Array): void;
  /** Of samples of up to 16 bits. */
  pcmToInt16(bytes: Uint8Array, layout: number, out: Int16Array): void;
  pcmFromFloat(samples: Float32Array, layout: number, out: Uint8Array): void;
  /** Advice for memory of many MiB that nobody has touched yet. */
  preferLargePages(bytes: Uint8Array): void;
  /** Channel c to `out` from at + c * plane on. Both arrays of one type. */
  deinterleave(interleaved: Samples, channels: number, out: Samples, at: number, plane: number): void;
  pickChannel(interleaved: Samples, channels: number, channel: number, out: Samples): void;
  /** `mode`: -2 planar, -1 the mean of the channels, else that channel. */
  shapeChannels(interleaved: Float32Array, channels: number, mode: number, out: Float32Array): void;
  /** Coefficients of one ratio of rates; 0 high, 1 medium, 2 low. */
  ResampleFilter: new (
    from: number,
    to: number,
    quality: number,
  ) => ResampleFilter;
  ResampleStream: new (filter: ResampleFilter, channels: number) => ResampleStream;
  FlacMetadata: new () => FlacMetadata;
  /** `streamInfo` is the 34 bytes of the STREAMINFO block, here and below. */
  FlacDecoder: new (
    streamInfo: Uint8Array,
    lenient: boolean,
    md5: boolean,
  ) => FlacDecoder;
  FlacOggPages: new (lenient: boolean) => FlacOggPages;
  /** Sample, offset and number of samples of each point; a placeholder has sample 2^64. */
  flacSeekPoints(block: Uint8Array): Float64Array;
  flacComments(block: Uint8Array): {
    readonly vendor: string;
    readonly texts: readonly string[];
    readonly damaged: boolean;
  };
  /** Offset in the window, bytes, number, 1 when the number counts samples, samples: of the first frame whose checksums hold. */
  flacFindFrame(window: Uint8Array, from: number, streamInfo: Uint8Array): Float64Array | null;
  /** Chunks of a local ArrayRecord file. The constructor throws {@link NativeSystemError}. */
  ArrayRecordFile: new (
    path: string,
  ) => ArrayRecordFile;
  /** `codec` is the type byte of a chunk; `windowLog` 0: the level's own. Throws TypeError where no library writes the codec. */
  ArrayRecordEncoder: new (
    groupSize: number,
    transpose: boolean,
    pad: boolean,
    codec: number,
    level: number,
    windowLog: number,
  ) => ArrayRecordEncoder;
  /** Every chunk that begins at `from`, where one does, or behind it, and before `to`. Throws {@link NativeSystemError}. */
  ArrayRecordScan: new (
    path: string,
    from: number,
    to: number,
  ) => ArrayRecordScan;
  /** Of the postscript chunk that `bytes` hold from `position` on: where the footer is. */
  arrayRecordPostscript(bytes: Uint8Array, position: number, fileSize: number): number | NativeFinding;
  arrayRecordFooter(bytes: Uint8Array, position: number, fileSize: number): NativeFooter | NativeFinding;
  arrayRecordChunk(bytes: Uint8Array, position: number, fileSize: number): NativeChunk | NativeFinding;
  /** Where the libraries were found. */
  arrayRecordCodecs(): { readonly zstd: CodecOrigin; readonly brotli: CodecOrigin };
  /** HighwayHash-64 under Riegeli's key. */
  riegeliHash(bytes: Uint8Array): bigint;
  /** A TFRecord file, or with options an ArrayRecord file; the descriptor stays the caller's to flush and close, the path is for errors. */
  RecordWriter: new (
    fd: number,
    path: string,
    flushEarly: boolean,
    ...options: ArrayRecordArguments | []
  ) => RecordWriter;
  /** Steps over up to `most` records of a plain TFRecord file of `size` bytes by their headers. Throws {@link NativeSystemError}. */
  walkRecords(fd: number, size: number, offset: number, most: number, every: number): NativeWalk;
  /** src/formats/record-proof.ts. */
  proveRecords(payloads: Uint8Array, lengths: Float64Array): string;
  /** `maxRecord` in bytes; `shared` is a view of the whole SharedArrayBuffer of src/jobs/shared.ts, or null. */
  RecordPass: new (
    stopOn: StopOn,
    maxRecord: number,
    shared: Uint8Array | null,
  ) => RecordPass;
}

export type CodecOrigin = 'node' | 'system' | 'none';

/** native/core/riegeli.h. */
export interface NativeFinding {
  readonly fault: number;
  readonly offset: number;
  readonly a: number;
  readonly b: number;
}

/** The fault that is no finding: more bytes are needed, up to position `a`. */
export const needBytes = 21;

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

/** native/addon/chunk_file.h. Chunks are numbered as in the index. */
export interface ArrayRecordFile {
  size(): number;
  /** Fills `out` from `offset` on, on another thread. */
  read(offset: number, out: Uint8Array): Promise<void>;
  /** Before the first chunk is read. `end`: where the footer begins. */
  setIndex(index: Float64Array, end: number): void;
  /** Decodes chunks into `out`, one behind the other, on another thread; the lengths of their records. */
  decode(chunks: Float64Array, out: Uint8Array): Promise<Float64Array<ArrayBuffer> | NativeFinding>;
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

/** Encoded chunks that wait for their place in the file. */
export type EncodedBatch = object & { readonly encodedBatch: unique symbol };

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

/** native/addon/array_record_scan_binding.cc. */
export interface ArrayRecordScan {
  /** Ten numbers a chunk: damaged, begin, end, type, records, decoded size, codec, fault, a, b. */
  run(): { readonly rows: Float64Array<ArrayBuffer>; readonly position: number; readonly done: boolean };
  close(): void;
}

export interface ResampleFilter {
  describe(): { readonly taps: number; readonly exact: boolean; readonly tableFloats: number };
}

/** One signal, interleaved; nothing may follow flush(). */
export interface ResampleStream {
  push(interleaved: Float32Array): Float32Array<ArrayBuffer>;
  flush(): Float32Array<ArrayBuffer>;
}

/** MetadataReader::Step of native/core/flac.h. */
export const flacStep = { need: 0, advance: 1, block: 2, audio: 3, fault: 4 } as const;
export const flacBlockType = { streamInfo: 0, seekTable: 3, comment: 4 } as const;

/** The blocks before the audio; skips what nobody reads. */
export interface FlacMetadata {
  /** The payload of a block begins 4 bytes into the window. */
  next(
    window: Uint8Array,
    last: boolean,
  ): { readonly kind: number; readonly bytes: number; readonly fault: number; readonly type: number };
  /** Complete from the first block on. */
  info(): {
    readonly minBlock: number;
    readonly maxBlock: number;
    readonly minFrame: number;
    readonly maxFrame: number;
    readonly sampleRate: number;
    readonly channels: number;
    readonly bits: number;
    readonly totalSamples: number;
    readonly streamOffset: number;
  };
}

/** What decode() returned for. */
export const flacStatus = { needMore: 0, outputFull: 1, damage: 2, end: 3 } as const;
/** Places in the array that decode() fills; the last four are the decoder's own counts. */
export const flacProgress = {
  consumed: 0,
  samples: 1,
  frames: 2,
  need: 3,
  sample: 4,
  offset: 5,
  frame: 6,
  notes: 7,
  length: 8,
} as const;

/** native/core/flac.h, Decoder. Offsets count from the first frame. */
export interface FlacDecoder {
  /** Writes up to `capacity` frames to `out` from value `at` on: interleaved when `plane` is 0, else channel c from at + c * plane. */
  decode(
    window: Uint8Array,
    last: boolean,
    out: Int16Array | Int32Array | Float32Array,
    at: number,
    capacity: number,
    plane: number,
    progress: Float64Array,
  ): number;
  damage(): FlacDamage;
  seek(offset: number, sample: number): void;
  stopAt(sample: number): void;
  md5(): Uint8Array;
  /** Gives memory back. Safe to call twice. */
  close(): void;
}

export interface FlacDamage {
  readonly fault: number;
  readonly frame: number;
  readonly offset: number;
  readonly length: number;
  readonly sample: number;
  /** A claim of the file, up to 2^37. */
  readonly missing: number;
  readonly missingKnown: boolean;
}

/** What unwrap() returned for, and the places in the array that it fills. */
export const oggStatus = { needMore: 0, end: 2, fault: 3 } as const;
export const oggProgress = { consumed: 0, written: 1, need: 2, fault: 3, dropped: 4, length: 5 } as const;

/** Takes Ogg pages off a FLAC stream. */
export interface FlacOggPages {
  /** All whole pages of the window; `out` is at least as long as the window. */
  unwrap(window: Uint8Array, last: boolean, out: Uint8Array, progress: Float64Array): number;
}

/** Which findings end a pass. */
export const stopOn = { anyFault: 0, damage: 1, nothing: 2 } as const;
export type StopOn = (typeof stopOn)[keyof typeof stopOn];

/** What run() returned for: it is called again until `done`. */
export const passEvent = { done: 0, needInput: 1, needName: 2, faults: 3, stopped: 4, batch: 5 } as const;

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

/** One pass over one TFRecord stream, native/addon/pass.h. Failures of the system are thrown as {@link NativeSystemError}. */
export interface RecordPass {
  /** Reads a local file from byte `from` on; returns its size. Instead: push() blocks and endOfInput(). */
  openFile(path: string, from?: number): number;
  /** The input begins with record `index` at `offset` of the stream; `skip` records are stepped over and `take` used. Not to extract. */
  slice(index: number, offset: number, skip: number, take: number): void;
  /** Notes the place of every n-th record. */
  notePlaces(every: number): void;
  /** Number of records before it and offset, of each. */
  noted(): Float64Array<ArrayBuffer>;
  /** Makes a proof() of the records. */
  prove(): void;
  proof(): string;
  writeRecords(writer: RecordWriter): void;
  push(block: Uint8Array): void;
  endOfInput(): void;
  /** The files stay the caller's to flush, close and name; the paths are for errors. */
  extractToFiles(
    npyFd: number,
    npyPath: string,
    jsonFd: number,
    jsonPath: string,
    flushEarly: boolean,
    ...options: ExtractArguments
  ): void;
  /** 0 bytes: extract, and throw the result away. */
  extractToMemory(batchBytes: number, ...options: ExtractArguments): void;
  /** Hands out payloads in batches of about this many bytes. */
  collectRecords(batchBytes: number): void;
  run(): number;
  pendingName(): string;
  giveName(head: string, tail: string): void;
  refuseName(): void;
  takeFaults(): NativeFault[];
  takeBatch(): NativeBatch;
  counts(): PassCounts;
  finish(): { npyBytes: number; npyCrc: number; jsonBytes: number; jsonCrc: number };
  /** Gives memory and files back. Safe to call twice. */
  close(): void;
}

/** native/addon/record_writer.h. All methods throw {@link NativeSystemError}. */
export interface RecordWriter {
  /** Records one behind the other. */
  append(payloads: Uint8Array, lengths: Float64Array): void;
  /** One TFRecord of three parts. `layout` as for pcmToFloat(): the body is samples that become float32; -1: it is taken as it is. */
  appendParts(head: Uint8Array, body: Uint8Array, layout: number, tail: Uint8Array): void;
  /** Once. */
  finish(): { readonly bytes: number; readonly crc: number };
}

/** `codec` is the type byte of a chunk; `windowLog` 0: the level's own; `text` is stored in the file. */
export type ArrayRecordArguments = [
  groupSize: number,
  transpose: boolean,
  pad: boolean,
  codec: number,
  level: number,
  windowLog: number,
  text: string,
];

/** native/addon/record_index_binding.cc. */
export interface NativeWalk {
  /** Where the next record begins: the end of the file, or the place of the fault. */
  readonly offset: number;
  readonly records: number;
  /** 0 or native/core/fault.h. */
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
  /** Bytes of the record stream read so far. */
  readonly taken: number;
  readonly rows: number;
  /** 0 until a record was taken. */
  readonly width: number;
  readonly assumedUtc: number;
  readonly withoutZone: number;
}

export interface NativeBatch {
  /** Rows of the embedding, or payloads one behind the other. */
  readonly rows: Uint8Array<ArrayBuffer>;
  /** Metadata as a piece of the text of one long JSON list. */
  readonly json: string;
  /** Index, offset and length of each collected record. */
  readonly places: Float64Array<ArrayBuffer>;
}

/** native/core/fault.h. */
export interface NativeFault {
  readonly fault: number;
  readonly record: number;
  readonly offset: number;
  readonly length: number;
  readonly a: number;
  readonly b: number;
  readonly text: string;
}

export interface NativeSystemError extends Error {
  readonly errno: number;
  readonly path: string;
}

const root = fileURLToPath(new URL('..', import.meta.url));

/** Prebuilt first, then what cmake-js built, then what node-gyp built. */
export function candidates(): string[] {
  const libc = process.platform === 'linux' && !hasGlibc() ? '-musl' : '';
  return [
    `prebuilds/${process.platform}-${process.arch}${libc}/bowerbird.node`,
    'native/build/Release/bowerbird.node',
    'build/Release/bowerbird.node',
  ].map((relative) => root + relative);
}

function hasGlibc(): boolean {
  const header = (process.report.getReport() as { header?: { glibcVersionRuntime?: string } }).header;
  return header?.glibcVersionRuntime !== undefined;
}

function load(): Native {
  const require = createRequire(import.meta.url);
  const tried: string[] = [];
  for (const path of candidates()) {
    try {
      return require(path) as Native;
    } catch (error) {
      tried.push(`  ${path}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  throw new BowerbirdError(
    'NATIVE',
    `Cannot load the compiled addon for ${process.platform}-${process.arch}, Node ${process.version}. Tried:\n${tried.join('\n')}\n` +
      'Build it with "npm rebuild bowerbird" (in a checkout: "npm run build:native"); it needs CMake and a C++20 compiler',
  );
}

let loaded: Native | undefined;

/** Loads the addon at the first call, so that `--help` starts without it. */
export function native(): Native {
  loaded ??= load();
  return loaded;
}
