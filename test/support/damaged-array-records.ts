/** ArrayRecord files that tests damage, and what was written where in them. */

import { readFileSync } from 'node:fs';
import { ArrayRecordReader } from '../../src/records/array-record-reader.ts';
import { scanChunks } from '../../src/records/array-record-scan.ts';
import { written } from './array-records.ts';

/** Bytes without a pattern, the same in every run. */
export function noise(length: number, seed: number): Uint8Array {
  let state = seed * 2654435761 + 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 16;
  });
}

/** `count` records of about `bytes` bytes, no two alike. */
export function recordsOf(count: number, bytes: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => noise(bytes + (i % 7), i + 1));
}

export interface Chunk {
  readonly begin: number;
  readonly end: number;
  readonly records: number;
}

export interface Made {
  readonly path: string;
  readonly bytes: Buffer;
  readonly records: readonly Uint8Array[];
  readonly chunks: readonly Chunk[];
  readonly footer: number;
}

export async function make(records: readonly Uint8Array[], options: string): Promise<Made> {
  const path = await written(records, options);
  const reader = await ArrayRecordReader.open(path);
  const { chunks: index, footerOffset: footer } = reader.index;
  await reader.close();
  const chunks: Chunk[] = [];
  for await (const some of scanChunks(path)) {
    for (const { begin, end, records: count } of some) {
      if (index.some((offset, i) => i % 3 === 0 && offset === begin)) chunks.push({ begin, end, records: count });
    }
  }
  if (chunks.length !== index.length / 3) throw new Error(`Cannot use "${path}": its index and its chunks differ`);
  return { path, bytes: readFileSync(path), records, chunks, footer };
}

export const begins = (chunks: readonly { readonly begin: number }[]) => chunks.map(({ begin }) => begin);

/** Chunks of records that no byte from `from` to `to` belongs to. */
export function untouched({ chunks }: Made, from: number, to: number): Chunk[] {
  return chunks.filter(({ begin, end }) => end <= from || begin >= to);
}
