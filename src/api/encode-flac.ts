/** encodeFlac(): samples to a FLAC file that appears whole or not at all, or to the bytes of one. */

import { writeSync } from 'node:fs';
import { systemError } from '../errors.ts';
import type { SampleArray } from '../formats/audio/audio.ts';
import { GrowingBytes } from '../formats/audio/growing-bytes.ts';
import { encodeFlacBlocks, type FlacSink, type FlacSpec } from '../formats/flac/encode.ts';
import { checkObject, checkPath, flag, integer, type Options, optional, readOptions, usage } from '../options.ts';
import { publishFilled } from '../storage/publish.ts';
import { signalShape } from './shapes.ts';

/** What readAudio() gives fits. */
export interface FlacAudio {
  /** In one array, or in blocks of whole interleaved frames. Floats in [-1, 1), or integers. */
  readonly samples: SampleArray | Iterable<SampleArray> | AsyncIterable<SampleArray>;
  /** In Hz, 1 to 655,350. */
  readonly sampleRate: number;
  /** 1 to 8. */
  readonly channels: number;
  /** Default "interleaved". */
  readonly layout?: 'interleaved' | 'planar';
  /** Bits that int16 and int32 samples use, so that full scale is 2^(integerBits - 1). Default those of their type. */
  readonly integerBits?: number;
  /** Of floats: how fine they are, which decides the default of `bits`. */
  readonly bitsPerSample?: number | undefined;
}

export interface EncodeFlacOptions {
  /**
   * Bits per sample of the file, 4 to 32 (above 24 with libFLAC 1.4 or newer). Default: those of the integers; for floats 16, or 24
   * when the audio says that it has more than 16.
   */
  readonly bits?: number;
  /** 0 (fast) to 8 (small). Default 5, as the flac command has it. */
  readonly compression?: number;
  /** Frames of one FLAC frame, 16 to 65,535. Default: libFLAC's choice, 4096 from compression 3 on. */
  readonly blockSize?: number;
  /** Vorbis comments: `{ ARTIST: 'Song Meter', COMMENT: ['one', 'two'] }`. */
  readonly tags?: Readonly<Record<string, string | readonly string[]>>;
  /** Let libFLAC decode what it encoded and compare. Default false. */
  readonly verify?: boolean;
  readonly signal?: AbortSignal;
}

export interface WriteFlacOptions extends EncodeFlacOptions {
  /** Replace a file that is there. Default false. */
  readonly overwrite?: boolean;
  /** Flush to the disk before the file gets its name. Default false. */
  readonly durable?: boolean;
}

export interface WrittenFlac {
  /** SampleArray of one channel. */
  readonly frames: number;
  /** Of the file. */
  readonly bytes: number;
}

/**
 * Encodes FLAC with libFLAC (the optional package flac-bindings). With a path: writes the file, in constant memory when the samples come in
 * blocks. Without: gives the bytes. The header holds totals and the MD5 of the samples either way.
 *
 * Floats are x * 2^(bits - 1), rounded to nearest, ties to even, then clipped; samples that were read from integers of up to `bits` bits
 * come back exactly. Integers of fewer bits than the file has are moved up, which loses nothing; of more they are refused.
 *
 * Fails with NATIVE when flac-bindings is not there, and says how to get it. To terminate a worker thread (Worker.terminate()) inside this
 * function ends the whole process, as flac-bindings does not expect it: use `signal`, and wait.
 */
export async function encodeFlac(path: string, audio: FlacAudio, options?: WriteFlacOptions): Promise<WrittenFlac>;
export async function encodeFlac(audio: FlacAudio, options?: EncodeFlacOptions): Promise<Uint8Array>;
export async function encodeFlac(
  pathOrAudio: string | FlacAudio,
  audioOrOptions?: FlacAudio | EncodeFlacOptions,
  options?: WriteFlacOptions,
): Promise<WrittenFlac | Uint8Array> {
  const isToFile = typeof pathOrAudio === 'string';
  if (isToFile) checkPath(pathOrAudio, 'encodeFlac()');
  checkObject(isToFile ? audioOrOptions : pathOrAudio, 'encodeFlac()', 'samples with their rate and channels');
  return isToFile
    ? toFile(pathOrAudio, audioOrOptions as FlacAudio, options)
    : toBytes(pathOrAudio, audioOrOptions as EncodeFlacOptions | undefined);
}

async function toFile(path: string, audio: FlacAudio, options: WriteFlacOptions = {}): Promise<WrittenFlac> {
  const { overwrite, durable, ...settings } = readOptions(options, fileShape, 'encodeFlac()');
  const write = async (fd: number): Promise<WrittenFlac> => {
    let bytes = 0;
    const frames = await encode(audio, settings, (piece, position) => {
      writeAt(path, fd, piece, position);
      bytes = Math.max(bytes, position + piece.length);
    });
    return { frames, bytes };
  };
  return publishFilled(path, write, { overwrite, durable });
}

async function toBytes(audio: FlacAudio, options: EncodeFlacOptions = {}): Promise<Uint8Array> {
  const settings = readOptions(options, encodeShape, 'encodeFlac()');
  const memory = new GrowingBytes();
  await encode(audio, settings, (piece, position) => memory.write(piece, position));
  return memory.take();
}

const encodeShape = {
  bits: integer(4, 32, undefined),
  compression: integer(0, 8, 5),
  blockSize: integer(16, 65535, undefined),
  tags: optional<NonNullable<EncodeFlacOptions['tags']>>('names with a text or a list of texts each', isTags),
  verify: flag(false),
  ...signalShape,
};
const fileShape = { ...encodeShape, overwrite: flag(false), durable: flag(false) };
type Settings = Options<typeof encodeShape>;

function isTags(value: unknown): boolean {
  const isText = (it: unknown) => typeof it === 'string';
  const texts = (it: unknown) => isText(it) || (Array.isArray(it) && it.every(isText));
  return typeof value === 'object' && value !== null && Object.values(value).every(texts);
}

/** The first block is looked at before the encoder is made: whether it holds floats decides about the bits. */
async function encode(audio: FlacAudio, settings: Settings, sink: FlacSink): Promise<number> {
  const blocks = iterate(audio);
  try {
    const first = await blocks.next();
    if (!first.done) checkBlock(first.value);
    const spec = specOf(audio, settings, first.done ? undefined : first.value);
    return await encodeFlacBlocks(remaining(first, blocks), spec, sink, settings.signal);
  } finally {
    await blocks.return?.();
  }
}

const framesPerBlock = 1 << 14;

type Blocks = Iterator<SampleArray> | AsyncIterator<SampleArray>;

function iterate({ samples, layout, channels }: FlacAudio): Blocks {
  const isPlanar = layout === 'planar';
  if (isSamples(samples))
    return isPlanar && Number.isInteger(channels) && channels > 1 ? interleaved(samples, channels) : [samples].values();
  if (isPlanar) throw usage('Cannot encode FLAC from planar blocks: expected one array, or interleaved frames');
  if (typeof samples === 'object' && samples !== null) {
    if (Symbol.asyncIterator in samples) return samples[Symbol.asyncIterator]();
    if (Symbol.iterator in samples && !ArrayBuffer.isView(samples)) return samples[Symbol.iterator]();
  }
  throw usage(`Cannot encode FLAC: expected samples as ${kinds}, or blocks of them`);
}

function* interleaved(planar: SampleArray, channels: number): Generator<SampleArray> {
  const frames = Math.floor(planar.length / channels);
  for (let from = 0; from < frames; from += framesPerBlock) {
    const count = Math.min(framesPerBlock, frames - from);
    const block = new (planar.constructor as new (length: number) => SampleArray)(count * channels);
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < count; i++) block[i * channels + c] = planar[c * frames + from + i]!;
    }
    yield block;
  }
}

async function* remaining(first: IteratorResult<SampleArray>, blocks: Blocks): AsyncGenerator<SampleArray> {
  for (let step = first; !step.done; step = await blocks.next()) {
    checkBlock(step.value);
    yield step.value;
  }
}

const kinds = 'Float32Array, Int16Array or Int32Array';

function checkBlock(block: unknown): void {
  if (!isSamples(block)) throw usage(`Cannot encode FLAC: a block is no ${kinds}`);
}

function isSamples(value: unknown): value is SampleArray {
  return value instanceof Float32Array || value instanceof Int16Array || value instanceof Int32Array;
}

function specOf(audio: FlacAudio, { signal: _, ...settings }: Settings, first: SampleArray | undefined): FlacSpec {
  const { sampleRate, channels, samples } = audio;
  const whole = (name: string, value: unknown, least: number, most: number) => {
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
    throw usage(`Cannot encode FLAC: ${name} is ${value}, expected a whole number, ${least} to ${most}`);
  };
  whole('sampleRate', sampleRate, 1, 655350);
  whole('channels', channels, 1, 8);
  const integerBits = bitsOfIntegers(audio, first);
  if (integerBits !== 0) whole('integerBits', integerBits, 4, 32);
  const bits = settings.bits ?? (integerBits || bitsForFloats(audio));
  if (bits < integerBits) {
    throw usage(`Cannot encode FLAC of ${bits} bits from integers of ${integerBits}: give floats, which are rounded`);
  }
  return {
    ...settings,
    sampleRate,
    channels,
    bits,
    integerBits,
    blockSize: settings.blockSize ?? 0,
    frames: isSamples(samples) ? Math.floor(samples.length / channels) : undefined,
    tags: Object.entries(settings.tags ?? {}).flatMap(([name, texts]) =>
      [texts].flat().map((text) => [name, text] as const),
    ),
  };
}

/** 0: the samples are floats, or there are none. */
function bitsOfIntegers({ integerBits }: FlacAudio, first: SampleArray | undefined): number {
  if (first === undefined || first instanceof Float32Array) return 0;
  // readAudio() gives 0 for files whose samples are no integers.
  return integerBits || 8 * first.BYTES_PER_ELEMENT;
}

/** Fewer than 16 bits may be A-law or mu-law, whose values need 16; of plain ones the zeros below cost FLAC nothing. */
function bitsForFloats({ bitsPerSample = 16 }: FlacAudio): number {
  return bitsPerSample > 16 ? 24 : 16;
}

function writeAt(path: string, fd: number, piece: Uint8Array, position: number): void {
  try {
    for (let done = 0; done < piece.length; ) {
      done += writeSync(fd, piece, done, piece.length - done, position + done);
    }
  } catch (error) {
    throw systemError('write', path, error);
  }
}
