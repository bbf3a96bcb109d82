/** writeWav(): samples to a WAV file that appears whole or not at all. */

import type { SampleArray } from '../formats/audio.ts';
import { encodeWavHeader, type WavSampleType, type WavSpec, wavBlocks } from '../formats/wav-writer.ts';
import { checkObject, checkPath, flag, integer, isObject, oneOf, optional, readOptions, usage } from '../options.ts';
import { publishBlocks } from '../storage/publish.ts';

/** What readAudio() gives fits. */
export interface WavAudio {
  readonly samples: SampleArray;
  readonly sampleRate: number;
  readonly channels: number;
  /** Default "interleaved". */
  readonly layout?: 'interleaved' | 'planar';
  /** Bits that int16 and int32 samples use, so that full scale is 2^(integerBits - 1). Default those of their type. */
  readonly integerBits?: number;
}

export interface WriteWavOptions {
  /** Default: int16 for int16 samples, int24 or int32 for int32 samples by their bits, float32 for floats; so nothing is lost. */
  readonly type?: WavSampleType;
  /** LIST/INFO by four-letter names, such as `{ IART: 'AudioMoth', ICMT: '...' }`. */
  readonly info?: Readonly<Record<string, string>>;
  /** Replace a file that is there. Default false: EXISTS. */
  readonly overwrite?: boolean;
  /** Flush to the disk before the file gets its name. Default false. */
  readonly durable?: boolean;
}

export interface WrittenWav {
  readonly frames: number;
  readonly type: WavSampleType;
  /** Of the file; so is the checksum. */
  readonly bytes: number;
  readonly crc32c: string;
}

const shape = {
  type: optional<WavSampleType>('one of int16, int24, int32, float32', (v) =>
    ['int16', 'int24', 'int32', 'float32'].includes(v as string),
  ),
  info: optional<Readonly<Record<string, string>>>('an object of texts', isTexts),
  overwrite: flag(false),
  durable: flag(false),
};
const audioShape = {
  layout: oneOf(['interleaved', 'planar'], 'interleaved'),
  integerBits: integer(1, 32, undefined),
};

/** Values that are converted at a time. */
const blockValues = 1 << 17;

/**
 * RF64 when it passes 4 GiB. Floats are rounded to integers to the nearest, ties to even, and clipped.
 *
 * @throws BowerbirdError EXISTS, IO, USAGE
 */
export async function writeWav(path: string, audio: WavAudio, options: WriteWavOptions = {}): Promise<WrittenWav> {
  checkPath(path, 'writeWav()');
  checkObject(audio, 'writeWav()', 'samples with their rate and channels, as readAudio() gives them');
  const { type: asked, info, overwrite, durable } = readOptions(options, shape, 'writeWav()');
  const { samples, sampleRate, channels } = audio;
  const { layout, integerBits } = readOptions(
    { layout: audio.layout, integerBits: audio.integerBits || undefined },
    audioShape,
    'writeWav()',
  );
  if (!isSamples(samples)) {
    throw usage('Cannot run writeWav(): expected samples as Float32Array, Int16Array or Int32Array');
  }
  const isFloat = samples instanceof Float32Array;
  const bits = isFloat ? 0 : (integerBits ?? 8 * samples.BYTES_PER_ELEMENT);
  const type = asked ?? (isFloat ? 'float32' : bits <= 16 ? 'int16' : bits <= 24 ? 'int24' : 'int32');
  const frames = samples.length / channels;
  const spec = { sampleRate, channels, frames, type, ...(info === undefined ? {} : { info }) };
  const ordered = layout === 'planar' ? interleaved(samples, channels) : samples;
  const file =
    ordered instanceof Int32Array && type === 'int32'
      ? wholeInts(spec, ordered, bits)
      : wavBlocks(spec, floats(ordered, bits));
  const published = await publishBlocks(path, file, { overwrite, durable });
  return { frames, type, ...published };
}

function isTexts(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isSamples(value: unknown): value is SampleArray {
  return value instanceof Float32Array || value instanceof Int16Array || value instanceof Int32Array;
}

function interleaved(planar: SampleArray, channels: number): SampleArray {
  const frames = planar.length / channels;
  const out = new (planar.constructor as new (length: number) => SampleArray)(planar.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < frames; i++) out[i * channels + c] = planar[c * frames + i]!;
  }
  return out;
}

/** Integers of up to 25 bits are floats exactly, and those of more lose bits in every narrower type. */
function* floats(samples: SampleArray, bits: number): Generator<Float32Array, void, void> {
  for (let at = 0; at < samples.length; at += blockValues) {
    const block = samples.subarray(at, at + blockValues);
    yield block instanceof Float32Array ? block : Float32Array.from(block, (value) => value / 2 ** (bits - 1));
  }
}

/** 32 bits do not fit a float. Values are moved to the top of the container, where WAV wants them. */
async function* wholeInts(spec: WavSpec, samples: Int32Array, bits: number): AsyncGenerator<Uint8Array, void, void> {
  yield encodeWavHeader(spec);
  for (let at = 0; at < samples.length; at += blockValues) {
    const block = samples.slice(at, at + blockValues);
    for (let i = 0; i < block.length; i++) block[i] = block[i]! << (32 - bits);
    yield new Uint8Array(block.buffer);
  }
}
