/** The types and numbers of what the addon exports for sound. */

/** Kinds of samples, native/core/sound/pcm.h. */
export const sampleKind = { integer: 0, unsigned: 1, float: 2, aLaw: 3, muLaw: 4, low24: 5 } as const;

/** Modes of shapeChannels() that are no channel, native/addon/pcm_binding.cc. */
export const shapeMode = { planar: -2, mean: -1 } as const;

/** native/core/sound/resample.h. */
export const resampleQuality = { high: 0, medium: 1, low: 2 } as const;

export interface ResampleFilter {
  describe(): { readonly taps: number; readonly exact: boolean; readonly tableFloats: number };
}

/** One signal, interleaved; nothing may follow flush(). */
export interface ResampleStream {
  push(interleaved: Float32Array): Float32Array<ArrayBuffer>;
  flush(): Float32Array<ArrayBuffer>;
}

/** What can be wrong with a FLAC stream: native/core/flac/flac.h. */
export const flacFault = {
  notFlac: 1,
  noStreamInfo: 2,
  badStreamInfo: 3,
  badMetadata: 4,
  truncatedMetadata: 5,
  lostSync: 16,
  headerCrc: 17,
  reserved: 18,
  formatChanged: 19,
  badSubframe: 20,
  badResidual: 21,
  sampleRange: 22,
  frameCrc: 23,
  truncatedFrame: 24,
  frameTooLarge: 25,
  missingFrames: 26,
  missingSamples: 27,
  rateChanged: 28,
  notOggFlac: 32,
  pageCrc: 33,
  truncatedPage: 34,
} as const;

/** Bits of FlacProgress.notes, native/core/flac/flac.h: what a careful reader would mention. */
export const flacNote = { trailingBytes: 1, totalSamples: 2, startsLate: 4, numbering: 8, blockSize: 16 } as const;

/** MetadataReader::Step of native/core/flac/flac.h. */
export const flacStep = { need: 0, advance: 1, block: 2, audio: 3, fault: 4 } as const;
export const flacBlockType = { streamInfo: 0, seekTable: 3, vorbisComment: 4 } as const;

/** Before the payload of each block; and the payload of STREAMINFO. native/core/flac/flac.h. */
export const flacBlockHeaderBytes = 4;
export const streamInfoBytes = 34;

/** The blocks before the audio; skips what nobody reads. */
export interface FlacMetadata {
  /** The payload of a block begins behind its header, at {@link flacBlockHeaderBytes} of the window. */
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

/** native/core/flac/flac.h, Decoder. Offsets count from the first frame. */
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
  /** In Hz, where that is what changed; else 0. */
  readonly rate: number;
}

/** What unwrap() returned for, and the places in the array that it fills. */
export const oggStatus = { need: 0, end: 2, fault: 3 } as const;
export const oggProgress = { consumed: 0, written: 1, need: 2, fault: 3, dropped: 4, others: 5, length: 6 } as const;

/** The first frame that is proven: its checksums hold. */
export interface FlacFrame {
  /** In the window. */
  readonly offset: number;
  readonly bytes: number;
  /** Of the frame, or, where `isVariable`, of its first sample. */
  readonly number: number;
  readonly isVariable: boolean;
  readonly samples: number;
}

/** Takes Ogg pages off a FLAC stream. */
export interface FlacOggPages {
  /** All whole pages of the window; `out` is at least as long as the window. */
  unwrap(window: Uint8Array, last: boolean, out: Uint8Array, progress: Float64Array): number;
}
