/** The only loader of the addon, and what it exports: the classes and numbers of each format are in the files beside it. */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { BowerbirdError, tellsOfHandles, unforeseen } from '../errors.ts';
import { remedy } from './absent.ts';
import type {
  ArrayRecordArguments,
  ArrayRecordEncoder,
  ArrayRecordEncoding,
  ArrayRecordFile,
  ArrayRecordScan,
  CodecOrigin,
  NativeChunk,
  NativeFinding,
  NativeFooter,
} from './array-record.ts';
import type { FlacDecoder, FlacFrame, FlacMetadata, FlacOggPages, ResampleFilter, ResampleStream } from './audio.ts';
import type { FeaturePlan } from './features.ts';
import type { LmdbEntries, LmdbFile, LmdbStat, NativeLmdbFindings, NativeLmdbWriter } from './lmdb.ts';
import { platformPackage } from './platform.ts';
import type { Inflater, NativeWalk, PassTargetArguments, RecordPass, RecordWriter, StopOn } from './records.ts';

export * from './array-record.ts';
export * from './audio.ts';
export * from './features.ts';
export * from './lmdb.ts';
export * from './records.ts';
export * from './rows.ts';

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
  /** `layout` is kind + 8 * bytes + 128 * bigEndian (src/formats/audio/pcm.ts). `out` holds a value for each whole sample. */
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
  /** `mode`: one of {@link shapeMode}, else a channel. */
  shapeChannels(interleaved: Float32Array, channels: number, mode: number, out: Float32Array): void;
  /** Coefficients of one ratio of rates; of a {@link resampleQuality}. */
  ResampleFilter: new (
    from: number,
    to: number,
    quality: number,
  ) => ResampleFilter;
  ResampleStream: new (filter: ResampleFilter, channels: number) => ResampleStream;
  /** Of numbers at the places of {@link featureParam}. */
  FeaturePlan: new (
    params: Float64Array,
  ) => FeaturePlan;
  FlacMetadata: new () => FlacMetadata;
  /** `streamInfo` is the 34 bytes of the STREAMINFO block, here and below. */
  FlacDecoder: new (
    streamInfo: Uint8Array,
    lenient: boolean,
    md5: boolean,
  ) => FlacDecoder;
  FlacOggPages: new (lenient: boolean) => FlacOggPages;
  /** As {@link seekPoints} reads them; a placeholder has sample 2^64. */
  flacSeekPoints(block: Uint8Array): Float64Array;
  flacComments(block: Uint8Array): {
    readonly vendor: string;
    readonly texts: readonly string[];
    readonly damaged: boolean;
  };
  /** The first whose checksums hold, at `from` or behind it. */
  flacFindFrame(window: Uint8Array, from: number, streamInfo: Uint8Array): FlacFrame | null;
  /** Chunks of a local ArrayRecord file. The constructor throws {@link NativeSystemError}. */
  ArrayRecordFile: new (
    path: string,
  ) => ArrayRecordFile;
  /** Throws TypeError where no library writes the codec. */
  ArrayRecordEncoder: new (
    ...encoding: ArrayRecordEncoding
  ) => ArrayRecordEncoder;
  /**
   * Every chunk that begins at `from`, where one does, or behind it, and before `to`: of a file, or of as many bytes, which are pushed from
   * `from` on. Throws {@link NativeSystemError}.
   */
  ArrayRecordScan: new (
    file: string | number,
    from: number,
    to: number,
  ) => ArrayRecordScan;
  /** Of the postscript chunk that `bytes` hold from `position` on: where the footer is. */
  arrayRecordPostscript(bytes: Uint8Array, position: number, fileSize: number): number | NativeFinding;
  arrayRecordFooter(bytes: Uint8Array, position: number, fileSize: number): NativeFooter | NativeFinding;
  /** Where `first` bytes of records suffice, as many records as they hold; or needWhole. */
  arrayRecordChunk(bytes: Uint8Array, position: number, fileSize: number, first?: number): NativeChunk | NativeFinding;
  /** Where the libraries were found. */
  arrayRecordCodecs(): { readonly zstd: CodecOrigin; readonly brotli: CodecOrigin };
  /** The constructor throws {@link NativeSystemError}. */
  LmdbFile: new (
    path: string,
  ) => LmdbFile;
  /** From the first key that is not less than `from` on; of no bytes, from the first of all. Without `values`: keys, and where values are. */
  LmdbEntries: new (
    file: LmdbFile,
    from: Uint8Array,
    values: boolean,
  ) => LmdbEntries;
  /** `head`: the first 33 KiB, or as much as there is. */
  lmdbMeta(head: Uint8Array, fileSize: number): LmdbStat | NativeLmdbFindings;
  Inflater: new (gzip: boolean) => Inflater;
  /** Whether `bytes` hold just what fills `out`, by {@link codecType}; null where no library reads the codec. A block of Snappy begins with its length. */
  unpack(codec: number, bytes: Uint8Array, out: Uint8Array): boolean | null;
  /** HighwayHash-64 under Riegeli's key. */
  riegeliHash(bytes: Uint8Array): bigint;
  /** A TFRecord file, or with options an ArrayRecord file; the descriptor stays the caller's to flush and close, the path is for errors. */
  RecordWriter: new (
    fd: number,
    path: string,
    flushEarly: boolean,
    ...options: ArrayRecordArguments | []
  ) => RecordWriter;
  /** Makes the file, or takes one that is there and empty. The constructor throws {@link NativeSystemError}. */
  LmdbWriter: new (
    path: string,
  ) => NativeLmdbWriter;
  /** Steps over up to `most` records of a plain TFRecord file of `size` bytes by their headers. Throws {@link NativeSystemError}. */
  walkRecords(fd: number, size: number, offset: number, most: number, every: number): NativeWalk;
  /** src/formats/records/proof.ts. */
  proveRecords(payloads: Uint8Array, lengths: Float64Array): string;
  /** `maxRecord` in bytes; `shared` is a view of the whole SharedArrayBuffer of src/counters.ts, or null. */
  RecordPass: new (
    stopOn: StopOn,
    maxRecord: number,
    shared: Uint8Array | null,
    ...target: PassTargetArguments
  ) => RecordPass;
}

export interface NativeSystemError extends Error {
  readonly errno: number;
  readonly path: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What was built here comes first (by cmake-js, else by node-gyp): whoever builds wants that. Then the platform's package. */
export function candidates(): string[] {
  const here = ['native/build/Release/bowerbird.node', 'build/Release/bowerbird.node'];
  return [...here.map((path) => root + path), `${platformPackage()}/bowerbird.node`];
}

function load(): Native {
  const require = createRequire(import.meta.url);
  const tried: string[] = [];
  for (const candidate of candidates()) {
    try {
      // Asking costs less than an exception, and in an install nothing was built.
      if (candidate.startsWith(root) && !existsSync(candidate)) tried.push(`  ${candidate}: not there`);
      else return require(candidate) as Native;
    } catch (error) {
      // The addon is there, and nobody has to build it.
      if (tellsOfHandles(error as Error)) throw unforeseen(error, 'load the compiled addon', candidate) ?? error;
      tried.push(`  ${candidate}: ${whyNot(error as NodeJS.ErrnoException)}`);
    }
  }
  throw new BowerbirdError(
    'NATIVE',
    `Cannot load the compiled addon for ${process.platform}-${process.arch}, Node ${process.version}. Tried:\n${tried.join('\n')}\n` +
      remedy(root, platformPackage()),
  );
}

function whyNot({ code, message }: NodeJS.ErrnoException): string {
  return code === 'MODULE_NOT_FOUND' ? 'not installed' : (message.split('\n')[0] as string);
}

let loaded: Native | undefined;

/** Loads the addon at the first call, so that `--help` starts without it. */
export function native(): Native {
  loaded ??= load();
  return loaded;
}
