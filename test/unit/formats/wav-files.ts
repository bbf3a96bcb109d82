/** Builds WAV files byte by byte, without the code under test, and byte sources that count what is read. */

import type { ByteSource } from '../../../src/bytes.ts';

export type Part = Uint8Array | string | number[];

export function bytes(...parts: Part[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part)))),
  );
}

export const u16 = (value: number): number[] => [value & 255, (value >> 8) & 255];
export const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(Math.floor(value / 65536) & 0xffff)];
export const u64 = (value: number): number[] => [...u32(value % 2 ** 32), ...u32(Math.floor(value / 2 ** 32))];

/** With its padding; `size` lies about the length. */
export function chunk(id: string, body: Part, size?: number): Uint8Array {
  const content = bytes(body);
  return bytes(id, u32(size ?? content.length), content, content.length % 2 === 1 ? [0] : []);
}

export interface Format {
  tag?: number;
  channels?: number;
  rate?: number;
  bits?: number;
  blockAlign?: number;
  tail?: Part;
}

export function fmt({ tag = 1, channels = 1, rate = 8000, bits = 16, blockAlign, tail = [] }: Format = {}): Uint8Array {
  const align = blockAlign ?? channels * Math.ceil(bits / 8);
  return chunk('fmt ', bytes(u16(tag), u16(channels), u32(rate), u32(rate * align), u16(align), u16(bits), tail));
}

export function riff(...chunks: Part[]): Uint8Array {
  const body = bytes(...chunks);
  return bytes('RIFF', u32(4 + body.length), 'WAVE', body);
}

export interface CountingSource extends ByteSource {
  readonly reads: { offset: number; length: number }[];
  bytesRead(): number;
}

/** `byteLength` may be larger than what is there: the rest reads as zeros. */
export function memory(content: Uint8Array, byteLength = content.length, name = 'test.wav'): CountingSource {
  const reads: { offset: number; length: number }[] = [];
  return {
    name,
    byteLength,
    reads,
    bytesRead: () => reads.reduce((sum, { length }) => sum + length, 0),
    read: async (offset, length) => {
      const count = Math.max(0, Math.min(length, byteLength - offset));
      reads.push({ offset, length: count });
      const out = new Uint8Array(count);
      out.set(content.subarray(offset, offset + count));
      return out;
    },
    close: async () => {},
  };
}

export async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
