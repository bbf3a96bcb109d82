/** SampleArray to FLAC through libFLAC, block by block: conversion, checks and the callbacks that put its bytes where the caller wants them. */

import { setImmediate } from 'node:timers/promises';
import type { Stop } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { usage } from '../../options.ts';
import type { SampleArray } from '../audio/audio.ts';
import { type LibFlac, type LibFlacEncoder, libFlac } from './libflac.ts';

export interface FlacSpec {
  /** In Hz, 1 to 655,350. */
  readonly sampleRate: number;
  /** 1 to 8. */
  readonly channels: number;
  /** Of the samples in the file, 4 to 32. */
  readonly bits: number;
  /** Of integers that come in: at most `bits`. */
  readonly integerBits: number;
  /** 0 (fast) to 8 (small). */
  readonly compression: number;
  /** Frames of one FLAC frame; 0 leaves it to libFLAC. */
  readonly blockSize: number;
  /** Decode what was encoded and compare. */
  readonly verify: boolean;
  /** Vorbis comments, in this order. */
  readonly tags: readonly (readonly [name: string, text: string])[];
  /** When they are known; the header is right either way. */
  readonly frames?: number | undefined;
}

/** libFLAC returns to the start at the end, so bytes come with their place. */
export type FlacSink = (bytes: Uint8Array, position: number) => void;

/** What one call of libFLAC is given: some milliseconds of work, after which others have their turn. */
const samplesPerCall = 1 << 16;

/**
 * Encodes blocks of interleaved frames; returns how many frames there were. Floats are x * 2^(bits - 1), rounded to nearest, ties to
 * even, then clipped, and NaN becomes 0; integers are moved up to the bits of the file and must fit their own.
 */
export async function encodeFlacBlocks(
  blocks: AsyncIterable<SampleArray> | Iterable<SampleArray>,
  spec: FlacSpec,
  sink: FlacSink,
  stop?: Stop,
): Promise<number> {
  const library = await libFlac();
  const output = new Output(sink);
  const encoder = makeEncoder(library, spec, output);
  const { channels } = spec;
  const step = Math.max(1, Math.floor(samplesPerCall / channels));
  let frames = 0;
  for await (const block of blocks) {
    if (block.length % channels !== 0) {
      throw usage(
        `Cannot encode FLAC: a block of ${block.length} samples is no whole number of ${channels}-channel frames`,
      );
    }
    for (let at = 0; at < block.length; at += step * channels) {
      stop?.throwIfAborted();
      const part = integers(block.subarray(at, at + step * channels), spec, frames * channels);
      const count = part.length / channels;
      const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
      if (!encoder.processInterleaved(bytes, count)) throw failure(encoder, output);
      frames += count;
      await setImmediate();
    }
  }
  stop?.throwIfAborted();
  if (encoder.finish() === null) throw failure(encoder, output);
  output.rethrow();
  return frames;
}

/** Where libFLAC's bytes go. A failure of the sink is kept: it must not cross libFLAC as an exception. */
class Output {
  readonly #sink: FlacSink;
  #position = 0;
  #error: unknown;

  constructor(sink: FlacSink) {
    this.#sink = sink;
  }

  readonly write = (bytes: Uint8Array): 0 | 1 => {
    try {
      this.#sink(bytes, this.#position);
      this.#position += bytes.length;
      return 0;
    } catch (error) {
      this.#error = error;
      return 1;
    }
  };

  readonly seek = (offset: number | bigint): 0 => {
    this.#position = Number(offset);
    return 0;
  };

  readonly tell = (): { offset: number; returnValue: 0 } => ({ offset: this.#position, returnValue: 0 });

  rethrow(): void {
    if (this.#error !== undefined) throw this.#error;
  }
}

function makeEncoder(library: LibFlac, spec: FlacSpec, output: Output): LibFlacEncoder {
  const most = library.format.REFERENCE_CODEC_MAX_BITS_PER_SAMPLE;
  if (spec.bits > most) {
    throw new BowerbirdError(
      'UNSUPPORTED',
      `Cannot encode FLAC of ${spec.bits} bits: this libFLAC (${library.format.VENDOR_STRING}) encodes up to ${most}; 1.4 or newer encodes 32`,
    );
  }
  const builder = new library.EncoderBuilder()
    .setChannels(spec.channels)
    .setBitsPerSample(spec.bits)
    .setSampleRate(spec.sampleRate)
    .setCompressionLevel(spec.compression)
    .setVerify(spec.verify)
    // Recorders' rates and depths are outside the subset; libFLAC would refuse them.
    .setStreamableSubset(false);
  if (spec.blockSize > 0) builder.setBlocksize(spec.blockSize);
  if (spec.frames !== undefined) builder.setTotalSamplesEstimate(spec.frames);
  if (spec.tags.length > 0) builder.setMetadata([comments(library, spec.tags)]);
  try {
    return builder.buildWithStream(output.write, output.seek, output.tell);
  } catch (cause) {
    output.rethrow();
    throw usage(`Cannot encode FLAC: libFLAC refuses these settings: ${(cause as Error).message}`);
  }
}

function comments(library: LibFlac, tags: FlacSpec['tags']): object {
  const block = new library.metadata.VorbisCommentMetadata();
  for (const [name, text] of tags) {
    // RFC 9639, 8.6: printable ASCII without the equals sign.
    if (!/^[\x20-\x3c\x3e-\x7d]+$/.test(name)) {
      throw usage(`Cannot write FLAC tag ${JSON.stringify(name)}: expected printable ASCII without "=" as its name`);
    }
    if (text.includes('\0')) throw usage(`Cannot write FLAC tag "${name}": its text holds a NUL`);
    block.appendComment(`${name}=${text}`);
  }
  return block;
}

function failure(encoder: LibFlacEncoder, output: Output): unknown {
  try {
    output.rethrow();
  } catch (error) {
    return error;
  }
  return new BowerbirdError('NATIVE', `Cannot encode FLAC: libFLAC stopped with ${encoder.getResolvedStateString()}`);
}

/** `first`: index of the first sample in the recording, for messages. Int32Arrays that need no change are handed on as they are. */
function integers(block: SampleArray, { bits, integerBits }: FlacSpec, first: number): Int32Array {
  if (block instanceof Float32Array) return quantised(block, 2 ** (bits - 1) - 1);
  const most = 2 ** (integerBits - 1) - 1;
  for (let i = 0; i < block.length; i++) {
    const value = block[i]!;
    if (value < -most - 1 || value > most) {
      throw usage(
        `Cannot encode FLAC: sample ${first + i} is ${value}, which does not fit ${integerBits} bits (${-most - 1} to ${most})`,
      );
    }
  }
  if (bits > integerBits) return Int32Array.from(block, (value) => value << (bits - integerBits));
  return block instanceof Int32Array ? block : Int32Array.from(block);
}

/** Added and taken away again, it leaves a double without a fraction, rounded to nearest, ties to even. */
const rounder = 1.5 * 2 ** 52;

function quantised(block: Float32Array, top: number): Int32Array {
  const out = new Int32Array(block.length);
  for (let i = 0; i < block.length; i++) {
    const value = block[i]! * (top + 1) + rounder - rounder;
    // NaN passes neither comparison and becomes 0 in an integer array.
    out[i] = value > top ? top : value < -top - 1 ? -top - 1 : value;
  }
  return out;
}
