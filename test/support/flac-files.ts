/** Builds FLAC files of constant frames byte by byte, without the code under test: long recordings in few bytes. */

/** RFC 9639 sections 9.1.8 and 9.3. */
export function crc(bytes: readonly number[], bits: 8 | 16, polynomial: number): number {
  const [top, mask] = [1 << (bits - 1), 2 ** bits - 1];
  let value = 0;
  for (const byte of bytes) {
    value ^= byte << (bits - 8);
    for (let i = 0; i < 8; i++) value = (value & top ? (value << 1) ^ polynomial : value << 1) & mask;
  }
  return value;
}

/** The number of a frame, as UTF-8 would write a character. */
export function coded(number: number): number[] {
  if (number < 0x80) return [number];
  if (number < 0x800) return [0xc0 | (number >> 6), 0x80 | (number & 63)];
  if (number < 0x10000) return [0xe0 | (number >> 12), 0x80 | ((number >> 6) & 63), 0x80 | (number & 63)];
  return [0xf0 | (number >> 18), ...[12, 6, 0].map((shift) => 0x80 | ((number >> shift) & 63))];
}

const blockSize = 4096;

/** 16 bits, 4096 samples, every channel the same value all along. */
export function constantFrame(number: number, values: readonly number[]): Uint8Array {
  const header = [0xff, 0xf8, 0xc0, ((values.length - 1) << 4) | 0x08, ...coded(number)];
  header.push(crc(header, 8, 0x07));
  const subframes = values.flatMap((value) => [0, (value >> 8) & 255, value & 255]);
  const frame = [...header, ...subframes];
  const check = crc(frame, 16, 0x8005);
  return new Uint8Array([...frame, check >> 8, check & 255]);
}

export interface FlacFrameSpec {
  readonly number: number;
  /** Of all samples of the frame; or its samples as they are, most significant byte first (mono only). */
  readonly value: number | Uint8Array;
  readonly block?: number;
  /** RFC 9639, section 9.1.2: 10 is 48 kHz, 11 is 96 kHz. */
  readonly rateCode?: number;
  readonly channels?: number;
  readonly bits?: 8 | 16;
}

/** A frame that says for itself what it is. */
export function flacFrame({
  number,
  value,
  block = 4096,
  rateCode = 10,
  channels = 1,
  bits = 16,
}: FlacFrameSpec): Uint8Array {
  const header = [0xff, 0xf8, 0x70 | rateCode, ((channels - 1) << 4) | (bits === 8 ? 2 : 8), ...coded(number)];
  header.push(((block - 1) >> 8) & 255, (block - 1) & 255);
  header.push(crc(header, 8, 0x07));
  const constant = (v: number) => [0, ...(bits === 8 ? [v & 255] : [(v >> 8) & 255, v & 255])];
  const subframes =
    typeof value === 'number' ? Array.from({ length: channels }, () => constant(value)).flat() : [2, ...value];
  const frame = [...header, ...subframes];
  const check = crc(frame, 16, 0x8005);
  return new Uint8Array([...frame, check >> 8, check & 255]);
}

/** 16 bits, mono, 4096 samples as they are: `content` (8192 bytes) is the samples, most significant byte first. */
export function verbatimFrame(number: number, content: Uint8Array): Uint8Array {
  const header = [0xff, 0xf8, 0xc0, 0x08, ...coded(number)];
  header.push(crc(header, 8, 0x07));
  const frame = [...header, 2, ...content];
  const check = crc(frame, 16, 0x8005);
  return new Uint8Array([...frame, check >> 8, check & 255]);
}

export interface SeekTablePoint {
  readonly sample: number;
  readonly offset: number;
}

/** A SEEKTABLE block, marked as the last before the audio. */
export function seekTable(points: readonly SeekTablePoint[]): Uint8Array {
  const block = Buffer.alloc(4 + 18 * points.length);
  block.writeUInt32BE(0x83000000 + 18 * points.length, 0);
  for (const [i, { sample, offset }] of points.entries()) {
    block.writeBigUInt64BE(BigInt(sample), 4 + 18 * i);
    block.writeBigUInt64BE(BigInt(offset), 12 + 18 * i);
    block.writeUInt16BE(blockSize, 20 + 18 * i);
  }
  return new Uint8Array(block);
}

export interface FlacSpec {
  /** FLAC frames of 4096 samples that the header promises. */
  readonly frames: number;
  readonly sampleRate?: number;
  readonly channels?: number;
  /** What it says in their place: of samples in all, of a frame. */
  readonly total?: number;
  readonly blockSize?: number;
  /** A block that stands behind STREAMINFO, marked as the last. */
  readonly table?: Uint8Array;
}

/** "fLaC" and STREAMINFO. */
export function flacOf(
  {
    frames,
    sampleRate = 48000,
    channels = 1,
    table,
    total = frames * blockSize,
    blockSize: says = blockSize,
  }: FlacSpec,
  audio: readonly Uint8Array[] = [],
) {
  const info = Buffer.alloc(34);
  info.writeUInt16BE(says, 0);
  info.writeUInt16BE(says, 2);
  const facts = (BigInt(sampleRate) << 44n) | (BigInt(channels - 1) << 41n) | (15n << 36n) | BigInt(total);
  info.writeBigUInt64BE(facts, 10);
  const type = table === undefined ? 0x80 : 0;
  const blocks = [Buffer.from('fLaC'), Buffer.from([type, 0, 0, 34]), info, ...(table === undefined ? [] : [table])];
  return new Uint8Array(Buffer.concat([...blocks, ...audio]));
}

/** Noise that no encoder makes smaller: frames of 4096 samples of 16 bits in 8 KiB each. */
export function noiseFrames(count: number, seed = 12345): Uint8Array[] {
  let state = seed;
  return Array.from({ length: count }, (_, number) => {
    const content = new Uint8Array(8192);
    for (let i = 0; i < content.length; i++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      content[i] = state >>> 24;
    }
    return verbatimFrame(number, content);
  });
}
