/** Headers of single frames, of FLAC, MPEG audio and AAC: what a file is taken for that has no signature, or has lost it. */

import type { Sniffed } from './sniffed.ts';

/** RFC 9639, section 9.1. */
export interface FlacFrameHeader {
  /** 0 where the frame leaves it to the header of the stream; so do the bits. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly bits: number;
  /** Samples of one channel. */
  readonly blockSize: number;
  /** Bytes, with the checksum. */
  readonly size: number;
}

const rates = [0, 88200, 176400, 192000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000];
const depths = [0, 8, 12, undefined, 16, 20, 24, 32];

/** The longest header. */
export const frameHeaderBytes = 16;

/** Undefined unless a header whose CRC-8 holds stands at `at`: about one in ten million places of noise looks like one. */
export function parseFrameHeader(bytes: Uint8Array, at = 0): FlacFrameHeader | undefined {
  if (bytes[at] !== 0xff || ((bytes[at + 1] ?? 0) & 0xfe) !== 0xf8) return undefined;
  const [sizes = 0, shape = 1] = bytes.subarray(at + 2, at + 4);
  const [blockCode, rateCode, channelCode] = [sizes >> 4, sizes & 15, shape >> 4];
  const bits = depths[(shape >> 1) & 7];
  if (blockCode === 0 || rateCode === 15 || channelCode > 10 || bits === undefined || (shape & 1) === 1)
    return undefined;
  const numberBytes = codedLength(bytes[at + 4] ?? 0x80);
  if (numberBytes === undefined) return undefined;
  let next = at + 4 + numberBytes;
  const number = (length: number): number => {
    let value = 0;
    for (let i = 0; i < length; i++) value = value * 256 + (bytes[next++] ?? 0);
    return value;
  };
  const blockSize = blockCode < 6 || blockCode > 7 ? fixedBlock(blockCode) : number(blockCode - 5) + 1;
  const sampleRate = rates[rateCode] ?? number(rateCode === 12 ? 1 : 2) * [1000, 1, 10][rateCode - 12]!;
  if (next >= bytes.length || crc8(bytes.subarray(at, next)) !== bytes[next]) return undefined;
  const channels = channelCode < 8 ? channelCode + 1 : 2;
  return { sampleRate, channels, bits, blockSize, size: next + 1 - at };
}

function fixedBlock(code: number): number {
  return code === 1 ? 192 : code < 6 ? 576 * 2 ** (code - 2) : 2 ** code;
}

/** Of a number that is written as UTF-8 writes a character, up to seven bytes, by its first. */
function codedLength(first: number): number | undefined {
  if (first < 0x80) return 1;
  const ones = Math.clz32(~(first << 24));
  return ones >= 2 && ones <= 7 ? ones : undefined;
}

/** Polynomial x^8 + x^2 + x + 1 (section 9.1.8). */
function crc8(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = ((crc << 1) ^ ((crc & 0x80) === 0 ? 0 : 0x07)) & 0xff;
  }
  return crc;
}

/** The STREAMINFO block of 34 bytes that such a frame could have: of unknown length and without MD5. */
export function streamInfoOf({ sampleRate, channels, bits, blockSize }: FlacFrameHeader): Uint8Array {
  const block = new Uint8Array(34);
  const view = new DataView(block.buffer);
  const most = Math.min(blockSize, 65535);
  view.setUint16(0, most);
  view.setUint16(2, most);
  view.setBigUint64(10, (BigInt(sampleRate) << 44n) | (BigInt(channels - 1) << 41n) | (BigInt(bits - 1) << 36n));
  return block;
}

const mpegRates = [44100, 48000, 32000];
/** In kbit/s, by layer and the code in the header (ISO 11172-3 section 2.4.2.3, ISO 13818-3 section 2.4.2.3). */
const bitRates = {
  first: {
    1: [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    2: [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    3: [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  },
  second: {
    1: [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    2: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    3: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  },
} as const;

/** A sync word of 11 bits, then fields of which some values are not used; ADTS has the same sync word, layer 0. */
export function sniffMpeg(head: Uint8Array): Sniffed | undefined {
  const [a = 0, b = 0, c = 0] = head;
  if (a !== 0xff || (b & 0xe0) !== 0xe0) return undefined;
  const [version, layerCode] = [(b >> 3) & 3, (b >> 1) & 3];
  if (layerCode === 0)
    return (b & 0xf0) === 0xf0 ? { what: 'AAC (ADTS)', isSound: true, ...weak(head, adts(head)) } : undefined;
  if (version === 1 || c >> 4 === 15 || ((c >> 2) & 3) === 3) return undefined;
  const layer = (4 - layerCode) as 1 | 2 | 3;
  const sureness = weak(head, frameLength(version, layer, c));
  if (layer === 1) return { what: 'MPEG layer 1', isSound: true, ...sureness };
  if (layer === 2) return { what: 'MPEG layer 2 (MP2)', isSound: true, ...sureness };
  return { what: 'an MP3 recording', format: 'mp3', ...sureness };
}

function weak(head: Uint8Array, next: number): { readonly isWeak?: true } {
  const repeats = next > 0 && head[next] === 0xff && ((head[next + 1] ?? 0) & 0xfe) === ((head[1] ?? 0) & 0xfe);
  return repeats ? {} : { isWeak: true };
}

/** ISO 13818-7, table 8: thirteen bits. */
function adts(head: Uint8Array): number {
  return (((head[3] ?? 0) & 3) << 11) | ((head[4] ?? 0) << 3) | ((head[5] ?? 0) >> 5);
}

/** 0 for free format. */
function frameLength(version: number, layer: 1 | 2 | 3, c: number): number {
  const isFirst = version === 3;
  const rate = mpegRates[(c >> 2) & 3]! / (isFirst ? 1 : version === 2 ? 2 : 4);
  const kilobits = bitRates[isFirst ? 'first' : 'second'][layer][(c >> 4) - 1];
  if (kilobits === undefined) return 0;
  const padding = (c >> 1) & 1;
  if (layer === 1) return 4 * (Math.floor((12000 * kilobits) / rate) + padding);
  const samplesPerBit = layer === 3 && !isFirst ? 72000 : 144000;
  return Math.floor((samplesPerBit * kilobits) / rate) + padding;
}
