/** readAudio(), decodeAudio(), probeAudio(): a recording in memory, or what its header says. */

import { type ByteSource, bytesSource } from '../bytes.ts';
import type { AudioFormat, AudioGap, AudioInfo, AudioTags, SampleArrays, SampleType } from '../formats/audio/audio.ts';
import { untold } from '../formats/audio/gaps.ts';
import { readWhole, type Whole, type WholeOptions } from '../formats/audio/read.ts';
import { holds } from '../formats/audio/room.ts';
import { openAudio } from '../formats/open-audio.ts';
import { workers } from '../jobs/engine/options.ts';
import { flag, oneOf, optional, readOptions, usage } from '../options.ts';
import type { Named } from '../storage/stamp.ts';
import { type AudioInput, type AudioShapeOptions, audioShape, checkShape, fromSource } from './audio-input.ts';

export interface ReadAudioOptions<D extends SampleType = 'float32'> extends AudioShapeOptions {
  /**
   * float32: full scale is [-1, 1). int16, int32: the file's own integers, exactly, but for samples of more than 32 bits, which are rounded
   * to 32. Default "float32". Floats of 64 bits and integers of more than 25 are rounded to float32. Always to nearest, ties to even.
   */
  readonly dtype?: D;
  /** "interleaved": frame by frame. "planar": channel c at samples[c * frames, (c + 1) * frames). Default "interleaved". */
  readonly layout?: 'interleaved' | 'planar';
  /**
   * The caller's array, filled from its start, for who reads one recording after another: memory that is touched for the first time costs
   * as much as decoding into it. `samples` is then a view of it, valid until it is used again. Its type is that of `dtype`; where the
   * recording does not fit, nothing is decoded if its header says so.
   */
  readonly into?: SampleArrays[D];
  /** Check the MD5 that a FLAC header holds; needs the whole recording. Default false: the checksums of the frames are checked always. */
  readonly verify?: boolean;
  /**
   * Threads that decode one long FLAC file together; the samples are then in a SharedArrayBuffer. One thread does what they cannot: other
   * formats, less than 8 MiB, a ByteSource that is given, `mono`, `channel`, `sampleRate`, `into` without a SharedArrayBuffer. The samples are the same. Default 1. With `verify`
   * one of them hashes while the others decode, where the samples are interleaved and hold 16 or 24 bits.
   */
  readonly workers?: number;
}

export interface Audio<D extends SampleType = SampleType> {
  /** channels * frames values. */
  readonly samples: SampleArrays[D];
  readonly layout: 'interleaved' | 'planar';
  /** In Hz, of these samples. */
  readonly sampleRate: number;
  /** Of these samples. */
  readonly channels: number;
  /** Where the channels belong, as the file says; they stand in the order of the bits. 0 when it does not say, or after `mono` and `channel`. */
  readonly channelMask: number;
  /** Of the file. */
  readonly bitsPerSample: number;
  /** Full scale of int16 and int32 samples is 2^(integerBits - 1). */
  readonly integerBits: number;
  /** Samples of one channel. */
  readonly frames: number;
  readonly format: AudioFormat;
  readonly codec: AudioInfo['codec'];
  readonly tags: AudioTags;
  /** What is odd about the file although it was read: a sentence each. */
  readonly notes: readonly string[];
  /** What a lenient read filled with silence; frames and times are those of the recording. */
  readonly gaps: readonly AudioGap[];
}

const shape = {
  ...audioShape,
  dtype: oneOf(['float32', 'int16', 'int32'], 'float32'),
  layout: oneOf(['interleaved', 'planar'], 'interleaved'),
  into: optional<SampleArrays[SampleType]>('a Float32Array, Int16Array or Int32Array', isSamples),
  verify: flag(false),
  workers: workers(),
};

/**
 * Reads a WAV or FLAC recording, or MP3, Ogg Vorbis or Opus as float32 (found by content), or a part of it. Memory follows what is decoded,
 * not what a header claims.
 *
 * @throws BowerbirdError CORRUPT, TRUNCATED with FLAC frame, byte and time; UNSUPPORTED naming the format; BAD_SCHEMA, NOT_FOUND, IO, USAGE
 * @example
 * const { samples, sampleRate } = await readAudio('dawn.flac', { from: 60, to: 65, mono: true, sampleRate: 32000 });
 */
export async function readAudio<D extends SampleType = 'float32'>(
  input: AudioInput,
  options: ReadAudioOptions<D> = {},
): Promise<Audio<D>> {
  return fromSource(input, 'readAudio()', (source, named) => read(source, options, 'readAudio()', named));
}

/** The same for the bytes of a file that is in memory. */
export async function decodeAudio<D extends SampleType = 'float32'>(
  bytes: Uint8Array,
  options: ReadAudioOptions<D> = {},
): Promise<Audio<D>> {
  if (!(bytes instanceof Uint8Array)) throw usage('Cannot run decodeAudio(): expected a Uint8Array');
  return read(bytesSource(bytes, 'the bytes given'), options, 'decodeAudio()');
}

/**
 * What the header says: format, rate, channels, bits, frames, duration, MD5, tags. Reads a few KiB, and tags and seek table as long as they are.
 *
 * @throws BowerbirdError as readAudio()
 */
export async function probeAudio(input: AudioInput): Promise<AudioInfo> {
  return fromSource(input, 'probeAudio()', async (source) => (await openAudio(source)).info);
}

async function read<D extends SampleType>(
  source: ByteSource,
  options: ReadAudioOptions<D>,
  caller: string,
  named?: Named,
): Promise<Audio<D>> {
  const { signal, layout, workers, into, ...wanted } = readOptions(options, shape, caller);
  checkShape(wanted, caller);
  if (wanted.verify && (wanted.from !== undefined || wanted.to !== undefined)) {
    throw usage(`Cannot use option "verify" of ${caller} with a range: the MD5 is of the whole recording`);
  }
  const dtype = wanted.dtype as D;
  if (into !== undefined && !holds(dtype, into)) {
    throw usage(`Cannot use option "into" of ${caller}: expected an array of ${dtype}, found ${into.constructor.name}`);
  }
  const reader = await openAudio(source, wanted);
  const { info } = reader;
  const how = { ...wanted, dtype, into, planar: layout === 'planar', stop: signal };
  const whole =
    (await inParts(source, named, info, how, workers)) ??
    (await readWhole<D>(reader, source.name, source.byteLength, how));
  return {
    samples: whole.samples,
    layout,
    sampleRate: whole.sampleRate,
    channels: whole.channels,
    channelMask: whole.channels === info.channels ? (info.channelMask ?? 0) : 0,
    bitsPerSample: info.bitsPerSample,
    integerBits: info.integerBits,
    frames: whole.frames,
    format: info.format,
    codec: info.codec,
    tags: info.tags,
    notes: untold([...info.notes, ...whole.notes.map(({ text }) => text)], whole.gaps),
    gaps: whole.gaps,
  };
}

function isSamples(value: unknown): boolean {
  return holds('float32', value) || holds('int16', value) || holds('int32', value);
}

/** Threads, and what they need, are loaded only for who asks for them. */
async function inParts<D extends SampleType>(
  source: ByteSource,
  named: Named | undefined,
  info: AudioInfo,
  options: WholeOptions<D> & { readonly stop: AbortSignal | undefined },
  workers = 1,
): Promise<Whole<D> | undefined> {
  if (named === undefined || workers < 2) return undefined;
  const { readInParts } = await import('../jobs/decode/read-in-parts.ts');
  const { runUnitsIn } = await import('../runners/local.ts');
  return readInParts(source, named, info, { ...options, workers, runUnitsIn });
}
