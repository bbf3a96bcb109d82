/** ArrayRecord files as inputs of `convert`: how many records there are, and the records of a piece, batch by batch. */

import { ArrayRecordReader } from './array-record-reader.ts';
import type { InputIndex } from './convert-index.ts';
import type { Piece } from './convert-plan.ts';
import type { Batch, ReadSettings } from './convert-read.ts';
import type { OnError } from './on-error.ts';
import { addCount, SharedStop } from './shared.ts';
import type { InputStamp, UnitContext } from './types.ts';

const batchBytes = 1 << 20;

export async function indexArrayRecord(
  { uri }: InputStamp,
  _onError: OnError,
  _context: UnitContext,
): Promise<InputIndex> {
  const reader = await ArrayRecordReader.open(uri);
  try {
    return { format: 'arrayrecord', compression: 'none', records: reader.length, stretches: [], leftOut: [] };
  } finally {
    await reader.close();
  }
}

export async function* readArrayRecord(
  piece: Extract<Piece, { kind: 'arrayrecord' | 'whole' }>,
  { shared }: ReadSettings,
): AsyncGenerator<Batch> {
  const { uri, size } = piece.input;
  const reader = await ArrayRecordReader.open(uri);
  try {
    const stop = new SharedStop(shared);
    const [from, to] = piece.kind === 'whole' ? [0, reader.length] : [piece.from, piece.from + piece.records];
    let done = from;
    for await (const { records } of reader.batches({ from, to, batchBytes })) {
      stop.throwIfAborted();
      const before = done;
      done += records.length;
      addCount(shared, 'records', records.length);
      addCount(shared, 'bytes', share(size, done, reader.length) - share(size, before, reader.length));
      yield joined(records);
    }
  } finally {
    await reader.close();
  }
}

/** As if all records took the same room. */
function share(bytes: number, records: number, of: number): number {
  return Math.round((bytes * records) / of);
}

/** The reader cuts its batches out of one block of memory, so there is nothing to be copied. */
function joined(records: readonly Uint8Array[]): Batch {
  const lengths = Float64Array.from(records, ({ length }) => length);
  const [first] = records;
  const last = records.at(-1);
  if (first === undefined || last === undefined) return { payloads: new Uint8Array(0), lengths };
  const bytes = lengths.reduce((sum, length) => sum + length, 0);
  const end = last.byteOffset + last.length;
  const isOne = records.every(({ buffer }) => buffer === first.buffer) && end - first.byteOffset === bytes;
  return { payloads: isOne ? new Uint8Array(first.buffer, first.byteOffset, bytes) : Buffer.concat(records), lengths };
}
