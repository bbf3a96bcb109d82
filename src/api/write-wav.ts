/** writeWav(): samples to a WAV file that appears whole or not at all. */

import type { SampleArray } from '../formats/audio/audio.ts';
import {
  encodeWavHeader,
  encodeWavIntegers,
  type WavSampleType,
  type WavSpec,
  wavBlocks,
  wavSampleTypes,
  wavTypeOf,
} from '../formats/wav/writer.ts';
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
  /**
   * Bit i stands for speaker i of WAVEFORMATEXTENSIBLE, and channels stand in the order of these bits. Default, and 0: the centre, left
   * and right of one and two channels, nothing said of more.
   */
  readonly channelMask?: number | undefined;
}

export interface WriteWavOptions {
  /** Default: of integers the narrowest that holds their `integerBits`, float32 for floats; so nothing is lost. */
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
  type: optional<WavSampleType>(`one of ${wavSampleTypes.join(', ')}`, (v) =>
    wavSampleTypes.includes(v as WavSampleType),
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
  const { samples, sampleRate, channels, channelMask } = audio;
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
  const type = asked ?? wavTypeOf(bits);
  const frames = samples.length / channels;
  const validBits = asked === undefined && !isFloat ? bits : undefined;
  const spec = { sampleRate, channels, frames, type, validBits, channelMask, ...(info === undefined ? {} : { info }) };
  const ordered = layout === 'planar' ? interleaved(samples, channels) : samples;
  const file =
    ordered instanceof Float32Array || type === 'float32'
      ? wavBlocks(spec, floats(ordered, bits))
      : integers(spec, ordered, bits, type);
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

/** Integers of up to 25 bits are floats exactly; those of more are rounded. */
function* floats(samples: SampleArray, bits: number): Generator<Float32Array, void, void> {
  for (let at = 0; at < samples.length; at += blockValues) {
    const block = samples.subarray(at, at + blockValues);
    yield block instanceof Float32Array ? block : Float32Array.from(block, (value) => value / 2 ** (bits - 1));
  }
}

/** Integers to integers: 32 bits do not fit a float. */
async function* integers(
  spec: WavSpec,
  samples: Int32Array | Int16Array,
  bits: number,
  type: WavSampleType,
): AsyncGenerator<Uint8Array, void, void> {
  yield encodeWavHeader(spec);
  let bytes = 0;
  for (let at = 0; at < samples.length; at += blockValues) {
    const block = encodeWavIntegers(samples.subarray(at, at + blockValues), bits, type);
    bytes += block.length;
    yield block;
  }
  if (bytes % 2 === 1) yield new Uint8Array(1);
}
