/** FLAC of any number of bits, with tags, and of frames that say all about themselves, byte by byte, without the code under test. */

import { coded, crc, flacOf } from './flac-files.ts';

/** RFC 9639, section 9.1.4; others are those of the header. */
const bitCodes: { readonly [bits: number]: number } = { 8: 1, 12: 2, 16: 4, 20: 5, 24: 6, 32: 7 };

function frame(header: readonly number[], subframes: readonly number[]): Uint8Array {
  const bytes = [...header, crc(header, 8, 0x07), ...subframes];
  const check = crc(bytes, 16, 0x8005);
  return new Uint8Array([...bytes, check >> 8, check & 255]);
}

/** Mono, 192 samples: `samples` over and over, as they are. */
export function shortFrame(number: number, bits: number, samples: readonly number[]): Uint8Array {
  let text = '00000010';
  for (let i = 0; i < 192; i++) {
    text += BigInt.asUintN(bits, BigInt(samples[i % samples.length]!))
      .toString(2)
      .padStart(bits, '0');
  }
  const packed = text.match(/.{1,8}/g)!.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
  return frame([0xff, 0xf8, 0x10, (bitCodes[bits] ?? 0) << 1, ...coded(number)], packed);
}

/** 48 kHz, which it says itself, 16 bits, 4096 samples, every channel the same value all along. */
export function rateFrame(number: number, values: readonly number[]): Uint8Array {
  const subframes = values.flatMap((value) => [0, (value >> 8) & 255, value & 255]);
  return frame([0xff, 0xf8, 0xca, ((values.length - 1) << 4) | 0x08, ...coded(number)], subframes);
}

/** Mono, with a header that says so many bits and samples. */
export function flacOfBits(bits: number, samples: number, audio: readonly Uint8Array[]): Uint8Array {
  const file = flacOf({ frames: 0 }, audio);
  const view = new DataView(file.buffer, file.byteOffset);
  view.setBigUint64(18, (48000n << 44n) | (BigInt(bits - 1) << 36n) | BigInt(samples));
  return file;
}

/** A block of Vorbis comments, marked as the last before the audio. */
export function commentBlock(...texts: readonly string[]): Uint8Array {
  const item = (text: string) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const count = Buffer.alloc(4);
  count.writeUInt32LE(texts.length);
  const body = Buffer.concat([item('test'), count, ...texts.map(item)]);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(0x84000000 + body.length);
  return new Uint8Array(Buffer.concat([head, body]));
}
