/** What we use of flac-bindings, an optional package that wraps libFLAC: loaded at the first call, described by hand since it may be absent. */

import { BowerbirdError } from '../../errors.ts';
import { importOptional } from '../../optional.ts';

/** Positions may pass 2^53 in theory, so the binding gives either. */
type Position = number | bigint;

export interface LibFlacEncoder {
  /** `samples` are int32 in the scale of the bits, interleaved. False when a callback failed or `verify` found a difference. */
  processInterleaved(samples: Buffer, frames: number): boolean;
  /** Writes the last frame, then goes back for totals and MD5. Null on failure. */
  finish(): unknown;
  getResolvedStateString(): string;
}

export interface LibFlacEncoderBuilder {
  setChannels(value: number): this;
  setBitsPerSample(value: number): this;
  setSampleRate(value: number): this;
  setCompressionLevel(value: number): this;
  setBlocksize(value: number): this;
  setStreamableSubset(value: boolean): this;
  setVerify(value: boolean): this;
  setTotalSamplesEstimate(value: number): this;
  setMetadata(blocks: readonly object[]): this;
  /** A callback answers 0 when it did what was asked, 1 when it failed. `bytes` lives only while it runs. */
  buildWithStream(
    write: (bytes: Buffer) => 0 | 1,
    seek: (offset: Position) => 0 | 1,
    tell: () => { readonly offset: number; readonly returnValue: 0 },
  ): LibFlacEncoder;
}

export interface LibFlac {
  readonly EncoderBuilder: new () => LibFlacEncoderBuilder;
  readonly metadata: {
    readonly VorbisCommentMetadata: new () => { appendComment(entry: string): boolean };
  };
  readonly format: {
    /** "reference libFLAC 1.4.2 20221022". */
    readonly VENDOR_STRING: string;
    /** 32 from libFLAC 1.4 on, 24 before. */
    readonly REFERENCE_CODEC_MAX_BITS_PER_SAMPLE: number;
  };
}

/** Fails with NATIVE and a remedy when the package is not there or was not built. */
export async function libFlac(): Promise<LibFlac> {
  try {
    return (await importOptional('flac-bindings/api')) as LibFlac;
  } catch (cause) {
    throw absent(cause as NodeJS.ErrnoException);
  }
}

function absent(cause: NodeJS.ErrnoException): BowerbirdError {
  const missing = cause.code === 'ERR_MODULE_NOT_FOUND' && /'flac-bindings'/.test(cause.message);
  const state = missing
    ? 'the optional package flac-bindings, which wraps libFLAC, is not installed'
    : `the optional package flac-bindings, which wraps libFLAC, does not load (${cause.message.split('\n')[0]})`;
  const remedy = missing ? 'npm install flac-bindings@4' : 'env -u CI npm rebuild flac-bindings';
  return new BowerbirdError(
    'NATIVE',
    `Cannot encode FLAC: ${state}. Install the headers of libFLAC (Debian, Ubuntu: apt-get install libflac-dev pkg-config; ` +
      `macOS: brew install flac pkg-config), then run "${remedy}"; with CI set it would build nothing`,
    {},
    { cause },
  );
}
