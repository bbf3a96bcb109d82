/** Headers of FLAC frames: what a file is taken for that has lost its signature. */

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
