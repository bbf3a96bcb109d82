/** The only loader of the addon, and the types of what it exports. */

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { BowerbirdError } from './errors.ts';

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
  /** `mode`: -2 planar, -1 the mean of the channels, else that channel. */
  shapeChannels(interleaved: Float32Array, channels: number, mode: number, out: Float32Array): void;
  /** Coefficients of one ratio of rates; 0 high, 1 medium, 2 low. */
  ResampleFilter: new (
    from: number,
    to: number,
    quality: number,
  ) => ResampleFilter;
  ResampleStream: new (filter: ResampleFilter, channels: number) => ResampleStream;
  /** `maxRecord` in bytes; `shared` is a view of the whole SharedArrayBuffer of src/jobs/shared.ts, or null. */
  RecordPass: new (
    stopOn: StopOn,
    maxRecord: number,
    shared: Uint8Array | null,
  ) => RecordPass;
}

export interface ResampleFilter {
  describe(): { readonly taps: number; readonly exact: boolean; readonly tableFloats: number };
}

/** One signal, interleaved; nothing may follow flush(). */
export interface ResampleStream {
  push(interleaved: Float32Array): Float32Array<ArrayBuffer>;
  flush(): Float32Array<ArrayBuffer>;
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
  /** Reads a local file; returns its size. Instead: push() blocks and endOfInput(). */
  openFile(path: string): number;
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
