/** What tests of convert() share: inputs of numbered records, a call of the built package, and what is in the outputs, read by other code. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join as joinPath } from 'node:path';
import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import type { BowerbirdError } from '../../src/errors.ts';
import type { ConvertOptions, ConvertReport } from '../../src/index.ts';
import { frame, text } from './records.ts';

const { convert, ArrayRecordWriter } = await import(new URL('../../dist/index.js', import.meta.url).href);

/** Records that can be told apart, of lengths from 0 to some hundred bytes. */
export function numbered(from: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const n = from + i;
    return n % 7 === 3 ? new Uint8Array(0) : text(`record ${n};`.repeat(1 + (n % 31)));
  });
}

export type Format = 'none' | 'gzip' | 'zlib' | `ar ${string}`;

/** Written without the code under test, but for ArrayRecord files. */
export async function writeSet(path: string, records: readonly Uint8Array[], format: Format): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  if (format.startsWith('ar ')) {
    const writer = await ArrayRecordWriter.create(path, format.slice(3));
    for (const record of records) writer.write(record);
    await writer.close();
    return;
  }
  const plain = Buffer.concat(records.map(frame));
  writeFileSync(path, format === 'gzip' ? gzipSync(plain) : format === 'zlib' ? deflateSync(plain) : plain);
}

export async function tryConvert(
  options: ConvertOptions,
): Promise<{ report: ConvertReport | undefined; error: BowerbirdError | undefined }> {
  try {
    return { report: await convert({ workers: 2, ...options }), error: undefined };
  } catch (error) {
    return { report: undefined, error: error as BowerbirdError };
  }
}

export async function converted(options: ConvertOptions): Promise<ConvertReport> {
  return await convert({ workers: 2, ...options });
}

/** The payloads of TFRecord bytes, by their lengths alone. */
export function payloadsOf(bytes: Uint8Array): Uint8Array[] {
  const [first = 0, second = 0] = bytes;
  const isZlib = first === 0x78 && (first * 256 + second) % 31 === 0;
  const isGzip = first === 0x1f && second === 0x8b;
  const plain = isGzip ? gunzipSync(bytes) : isZlib ? inflateSync(bytes) : Buffer.from(bytes);
  const payloads: Uint8Array[] = [];
  for (let at = 0; at < plain.length; ) {
    const length = Number(plain.readBigUInt64LE(at));
    payloads.push(new Uint8Array(plain.subarray(at + 12, at + 12 + length)));
    at += length + 16;
  }
  return payloads;
}

/** Names of the outputs in a folder, in order. */
export function outputsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /\.(tfrecord|arrayrecord)$/.test(name))
    .sort();
}

/** All records of all TFRecord files in a folder, in the order of their names. */
export function recordsIn(folder: string): Uint8Array[] {
  return outputsIn(folder).flatMap((name) => payloadsOf(readFileSync(joinPath(folder, name))));
}
