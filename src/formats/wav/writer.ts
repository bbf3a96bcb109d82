/** Writes WAV: a header that is right from the first byte (the number of frames is known beforehand), then samples block by block. */

import { usage } from '../../options.ts';
import { floatToPcm, integersToPcm, type SampleLayout } from '../audio/pcm.ts';

export const wavSampleTypes = ['uint8', 'int16', 'int24', 'int32', 'float32'] as const;
/** 8 bits are unsigned in WAV. */
export type WavSampleType = (typeof wavSampleTypes)[number];

export interface WavSpec {
  readonly sampleRate: number;
  readonly channels: number;
  readonly frames: number;
  /** Default int16. */
  readonly type?: WavSampleType;
  /** Bits of a sample that mean something, at the top of those that the type has. Default all. */
  readonly validBits?: number | undefined;
  /** Bit i stands for speaker i of WAVEFORMATEXTENSIBLE. Default, and 0: centre of one channel, left and right of two, nothing said of more. */
  readonly channelMask?: number | undefined;
  /**
   * Leave room for the sizes of RF64, in a chunk that readers pass over: a header made anew when the number of frames is known then has the
   * same length, whether or not the file passes 4 GiB. Default false.
   */
  readonly reserve?: boolean;
  /** LIST/INFO by four-letter names, such as `{ IART: 'AudioMoth', ICMT: '...' }`, in this order. */
  readonly info?: Readonly<Record<string, string>>;
}

const layouts: { readonly [type in WavSampleType]: SampleLayout } = {
  uint8: { kind: 'unsigned', bytes: 1, bigEndian: false },
  int16: { kind: 'integer', bytes: 2, bigEndian: false },
  int24: { kind: 'integer', bytes: 3, bigEndian: false },
  int32: { kind: 'integer', bytes: 4, bigEndian: false },
  float32: { kind: 'float', bytes: 4, bigEndian: false },
};

/** Ends the identifiers of WAVEFORMATEXTENSIBLE that stand for a format tag. */
const guidTail = '000000001000800000aa00389b71';
const pcm = 1;
const float = 3;
const extensible = 0xfffe;
const most32 = 0xffffffff;
/** Of the `ds64` chunk (EBU Tech 3306) without a table. */
const longSizesBytes = 28;

/**
 * Everything before the samples. WAVEFORMATEXTENSIBLE for more than 2 channels or 16 bits, as Microsoft asks, and where it alone
 * tells of valid bits or speakers; plain otherwise; a "fact" chunk with all but plain PCM. RF64 when the file passes 4 GiB. One zero byte has to follow samples of an odd number of bytes.
 */
export function encodeWavHeader(spec: WavSpec): Uint8Array<ArrayBuffer> {
  checkSpec(spec);
  const { sampleRate, channels, frames, type = 'int16' } = spec;
  const { bytes } = layouts[type];
  const dataBytes = frames * channels * bytes;
  const tag = type === 'float32' ? float : pcm;
  const validBits = spec.validBits ?? 8 * bytes;
  // The channels of a recorder are no loudspeakers: of more than two nothing is said that nobody knows.
  const usualMask = channels === 1 ? 4 : channels === 2 ? 3 : 0;
  const channelMask = spec.channelMask || usualMask;
  const extended = channels > 2 || (tag === pcm && bytes > 2) || validBits !== 8 * bytes || channelMask !== usualMask;

  const format = Buffer.alloc(extended ? 40 : tag === float ? 18 : 16);
  format.writeUInt16LE(extended ? extensible : tag, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(sampleRate, 4);
  // Only a hint for players; ours can pass 32 bits.
  format.writeUInt32LE(Math.min(sampleRate * channels * bytes, most32), 8);
  format.writeUInt16LE(channels * bytes, 12);
  format.writeUInt16LE(8 * bytes, 14);
  if (extended) {
    format.writeUInt16LE(22, 16);
    format.writeUInt16LE(validBits, 18);
    format.writeUInt32LE(channelMask, 20);
    format.writeUInt16LE(tag, 24);
    format.write(guidTail, 26, 'hex');
  }

  const chunks = [chunk('fmt ', format)];
  if (tag === float || extended) {
    const fact = Buffer.alloc(4);
    fact.writeUInt32LE(Math.min(frames, most32));
    chunks.push(chunk('fact', fact));
  }
  const info = encodeInfo(spec.info);
  if (info !== undefined) chunks.push(info);

  const body = Buffer.concat(chunks);
  const padded = dataBytes + (dataBytes % 2);
  const spare = spec.reserve === true ? chunk('JUNK', Buffer.alloc(longSizesBytes)) : Buffer.alloc(0);
  const plain = 4 + spare.length + body.length + 8 + padded;
  if (plain <= most32) {
    return new Uint8Array(Buffer.concat([fileHead('RIFF', plain), spare, body, head('data', dataBytes)]));
  }

  const sizes = Buffer.alloc(longSizesBytes);
  sizes.writeBigUInt64LE(BigInt(4 + 8 + sizes.length + body.length + 8 + padded), 0);
  sizes.writeBigUInt64LE(BigInt(dataBytes), 8);
  sizes.writeBigUInt64LE(BigInt(frames), 16);
  return new Uint8Array(Buffer.concat([fileHead('RF64', most32), chunk('ds64', sizes), body, head('data', most32)]));
}

/** Samples as the file holds them: bytes of their own. */
export function encodeWavSamples(samples: Float32Array, type: WavSampleType): Uint8Array<ArrayBuffer> {
  return floatToPcm(samples, layouts[type]);
}

/** The same of integers of `bits` bits. REQUIRES: a type of integers. */
export function encodeWavIntegers(
  samples: Int32Array | Int16Array,
  bits: number,
  type: WavSampleType,
): Uint8Array<ArrayBuffer> {
  return integersToPcm(samples, bits, layouts[type]);
}

/** The narrowest that holds integers of so many bits; 0 stands for floats. */
export function wavTypeOf(integerBits: number): WavSampleType {
  if (integerBits === 0) return 'float32';
  return integerBits <= 8 ? 'uint8' : integerBits <= 16 ? 'int16' : integerBits <= 24 ? 'int24' : 'int32';
}

export function wavSampleBytes(type: WavSampleType): number {
  return layouts[type].bytes;
}

/** A whole file in blocks, from blocks of interleaved frames in [-1, 1); a block need not end with a frame. */
export async function* wavBlocks(
  spec: WavSpec,
  samples: AsyncIterable<Float32Array> | Iterable<Float32Array>,
): AsyncGenerator<Uint8Array, void, void> {
  const layout = layouts[spec.type ?? 'int16'];
  yield encodeWavHeader(spec);
  const wanted = spec.frames * spec.channels;
  let given = 0;
  for await (const block of samples) {
    given += block.length;
    if (given > wanted) break;
    yield floatToPcm(block, layout);
  }
  if (given !== wanted) {
    const found = given > wanted ? 'more' : `${given / spec.channels}`;
    throw usage(`Cannot write WAV: its header promises ${spec.frames} frames, the blocks hold ${found}`);
  }
  if ((wanted * layout.bytes) % 2 === 1) yield new Uint8Array(1);
}

function checkSpec({ sampleRate, channels, frames, type = 'int16', validBits, channelMask = 0 }: WavSpec): void {
  if (!Object.hasOwn(layouts, type)) {
    throw usage(`Cannot write WAV samples of type "${type}": expected ${Object.keys(layouts).join(', ')}`);
  }
  const { bytes } = layouts[type];
  if (validBits !== undefined && !(Number.isInteger(validBits) && validBits >= 1 && validBits <= 8 * bytes)) {
    throw usage(`Cannot write WAV samples of ${validBits} valid bits: expected a whole number, 1 to ${8 * bytes}`);
  }
  if (!Number.isInteger(channelMask) || channelMask < 0 || channelMask > most32) {
    throw usage(`Cannot write WAV with channel mask ${channelMask}: expected a whole number, 0 to ${most32}`);
  }
  // 16-bit fields of the header.
  const mostChannels = Math.floor(0xffff / bytes);
  if (!Number.isInteger(channels) || channels < 1 || channels > mostChannels) {
    throw usage(`Cannot write WAV of ${channels} channels: expected a whole number, 1 to ${mostChannels}`);
  }
  if (!Number.isInteger(sampleRate) || sampleRate < 1 || sampleRate > most32) {
    throw usage(`Cannot write WAV of ${sampleRate} Hz: expected a whole number, 1 to ${most32}`);
  }
  if (!Number.isInteger(frames) || frames < 0 || !Number.isSafeInteger(frames * channels * bytes)) {
    throw usage(`Cannot write WAV of ${frames} frames: expected a whole number from 0 on`);
  }
}

function head(id: string, size: number): Buffer {
  const header = Buffer.alloc(8);
  header.write(id, 'latin1');
  header.writeUInt32LE(size, 4);
  return header;
}

function fileHead(id: 'RIFF' | 'RF64', size: number): Buffer {
  return Buffer.concat([head(id, size), Buffer.from('WAVE', 'latin1')]);
}

function chunk(id: string, body: Buffer): Buffer {
  return Buffer.concat([head(id, body.length), body, Buffer.alloc(body.length % 2)]);
}

function encodeInfo(info: WavSpec['info']): Buffer | undefined {
  const entries = Object.entries(info ?? {});
  if (entries.length === 0) return undefined;
  const parts = entries.map(([id, text]) => {
    if (!/^[A-Z0-9]{4}$/.test(id)) {
      throw usage(`Cannot write WAV tag "${id}": expected four capital letters or digits, such as ICMT`);
    }
    if (text.includes('\0')) throw usage(`Cannot write WAV tag "${id}": its text holds a NUL, which ends it`);
    return chunk(id, Buffer.from(`${text}\0`, 'utf8'));
  });
  return chunk('LIST', Buffer.concat([Buffer.from('INFO', 'latin1'), ...parts]));
}
