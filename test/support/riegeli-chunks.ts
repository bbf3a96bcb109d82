/** Chunks of Riegeli files with whatever is wanted in them, put together by the specification (test/data has none of its own): for files that lie. */

import { native } from '../../src/native/native.ts';

const block = 65536;
const blockHeader = 24;
const usable = block - blockHeader;

export interface CraftedChunk {
  readonly type: string;
  readonly records: number;
  readonly decodedSize: number;
  readonly payload: Uint8Array;
}

function u64(...values: readonly (number | bigint)[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [i, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), 8 * i);
  return bytes;
}

const hashed = (bytes: Uint8Array) => Buffer.concat([u64(native().riegeliHash(bytes)), bytes]);

export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

/** The chunks, one behind the other from the beginning of a file on, with the block headers that fall into them. */
export function fileOf(chunks: readonly CraftedChunk[]): Buffer {
  const parts: Buffer[] = [];
  let begin = 0;
  for (const chunk of [{ type: 's', records: 0, decodedSize: 0, payload: new Uint8Array(0) }, ...chunks]) {
    const bytes = laidOut(begin, chunk);
    parts.push(bytes);
    begin += bytes.length;
  }
  return Buffer.concat(parts);
}

/** An ArrayRecord file whose footer is the last of `chunks`. */
export function arrayRecordOf(chunks: readonly CraftedChunk[]): Buffer {
  const offset = fileOf(chunks.slice(0, -1)).length;
  let bytes = padded(fileOf(chunks));
  const postscript = Buffer.from([0x08, ...varint(offset), 0x10, 0xde, 0xc0, 0xeb, 0xfe, 0x84, 0xce, 0xc3, 0xc9, 0x71]);
  const [length, records] = [postscript.length, 3];
  const payload = Buffer.concat([Buffer.from([0, 3, length, length, length]), postscript, postscript, postscript]);
  bytes = Buffer.concat([bytes, laidOut(bytes.length, { type: 'r', records, decodedSize: 3 * length, payload })]);
  return padded(bytes);
}

/** A footer chunk for data chunks that follow each other from byte 64 on. */
export function footerOf(chunks: readonly CraftedChunk[]): CraftedChunk {
  const message = (...fields: readonly number[]) => fields.flatMap((value, i) => [8 * (i + 1), ...varint(value)]);
  const inner = message(
    1,
    chunks.length,
    chunks.reduce((sum, { records }) => sum + records, 0),
  );
  const records = [[0x0a, ...varint(inner.length), ...inner]];
  for (const [i, { decodedSize, records: count }] of chunks.entries()) {
    records.push(message(fileOf(chunks.slice(0, i)).length, decodedSize, count));
  }
  const sizes = records.flatMap(({ length }) => varint(length));
  const payload = Uint8Array.from([0, ...varint(sizes.length), ...sizes, ...records.flat()]);
  return { type: 'r', records: records.length, decodedSize: records.flat().length, payload };
}

function padded(bytes: Buffer): Buffer {
  const left = (block - (bytes.length % block)) % block;
  if (left === 0) return bytes;
  const length = left < 40 ? left + block : left;
  // Both ends count as the place behind a block header where they are in one, or right at it.
  const headers = Math.floor((bytes.length + length - 1) / block) - Math.floor(bytes.length / block);
  const payload = new Uint8Array(length - 40 - blockHeader * headers);
  return Buffer.concat([bytes, laidOut(bytes.length, { type: 'p', records: 0, decodedSize: 0, payload })]);
}

function laidOut(begin: number, { type, records, decodedSize, payload }: CraftedChunk): Buffer {
  const length = 40 + payload.length;
  const overhead = begin + length + blockHeader * Math.floor((length + ((begin + usable - 1) % block)) / usable);
  const remaining = (block - ((begin + records) % block)) % block;
  const end = Math.max(overhead, begin + records + Math.max(0, remaining - (usable - 1)));
  const head = u64(payload.length, native().riegeliHash(payload), 0, decodedSize);
  head.writeBigUInt64LE(BigInt(type.charCodeAt(0)) | (BigInt(records) << 8n), 16);
  const stream = Buffer.concat([hashed(head), payload]);
  const out = Buffer.alloc(end - begin);
  for (let [position, at] = [begin, 0]; position < end; ) {
    if (position % block === 0) {
      hashed(u64(position - begin, end - position)).copy(out, position - begin);
      position += blockHeader;
    }
    const count = Math.min(block - (position % block), end - position);
    stream.copy(out, position - begin, at, Math.min(at + count, stream.length));
    at += count;
    position += count;
  }
  return out;
}
