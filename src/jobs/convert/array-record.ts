/** ArrayRecord files as inputs of `convert`: how many records there are, and the records of a piece, batch by batch. */

import { addCount, SharedStop } from '../../counters.ts';
import { chunkEntries } from '../../native/native.ts';
import { chunkRuns, type RecordRun } from '../../records/array-record-chunks.ts';
import { ArrayRecordReader } from '../../records/array-record-reader.ts';
import type { ScannedChunk } from '../../records/array-record-scan.ts';
import { type DamagedChunk, survey } from '../../records/array-record-survey.ts';
import type { OnError } from '../../records/on-error.ts';
import { linkOf } from '../../storage/links.ts';
import { openSource } from '../../storage/source.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { isRemote } from '../../storage/uri.ts';
import type { InputIndex, LeftOut, NotConverted } from './indexing.ts';
import type { Piece } from './plan.ts';

const batchBytes = 1 << 20;

/** What reading a piece of a file of any format needs to know. */
export interface PieceSettings {
  readonly onError: OnError;
  readonly shared: SharedArrayBuffer;
  /** Told of what is left out of a whole file, as far as the policy allows that. */
  readonly onFinding: (input: InputStamp, finding: NotConverted) => void;
}

/** The footer is believed, unless what is damaged shall be left out: then every chunk is looked at. */
export async function indexArrayRecord(
  input: InputStamp,
  onError: OnError,
  shared: SharedArrayBuffer,
): Promise<InputIndex> {
  const common = { format: 'arrayrecord', compression: 'none', stretches: [] } as const;
  if (onError === 'salvage') {
    const stop = new SharedStop(shared);
    const { intact, damaged } = await survey(input, { stop, onBytes: (more) => addCount(shared, 'bytes', more) });
    if (damaged.length > 0) {
      const chunks = [...chunkEntries.of(intact)];
      const leftOut = leftOutOf(intact, damaged);
      return { ...common, records: intact.reduce((sum, { records }) => sum + records, 0), chunks, leftOut };
    }
  }
  const reader = await openArrayRecord(input);
  await reader.close();
  return { ...common, records: reader.length, leftOut: [] };
}

function leftOutOf(intact: readonly ScannedChunk[], damaged: readonly DamagedChunk[]): LeftOut[] {
  let [next, before] = [0, 0];
  return damaged
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ record, offset, length, code, reason }) => {
      for (; next < intact.length && intact[next]!.begin < offset; next++) before += intact[next]!.records;
      return { before, record, offset, length, code, reason };
    });
}

export async function* arrayRecordRuns(
  piece: Extract<Piece, { kind: 'arrayrecord' | 'whole' }>,
  settings: PieceSettings,
): AsyncGenerator<RecordRun> {
  const { input } = piece;
  if (piece.kind === 'arrayrecord') {
    const { from, records, chunks } = piece;
    yield* chunks === undefined
      ? readIntact(input, from, from + records, settings)
      : readChunks(input, chunks, from, from + records, settings);
    return;
  }
  if (settings.onError !== 'salvage') {
    yield* readIntact(input, 0, undefined, settings);
    return;
  }
  const { records, chunks, leftOut } = await indexArrayRecord(input, 'salvage', settings.shared);
  for (const { before: _, ...finding } of leftOut) settings.onFinding(input, finding);
  yield* chunks === undefined
    ? readIntact(input, 0, records, settings)
    : readChunks(input, chunks, 0, records, settings);
}

/** Of an object the version that the plan saw. */
async function openArrayRecord(input: InputStamp): Promise<ArrayRecordReader> {
  return ArrayRecordReader.open(isRemote(input.uri) ? await openSource(linkOf(input), input) : input.uri);
}

/** `to`: all when undefined. */
async function* readIntact(
  input: InputStamp,
  from: number,
  to: number | undefined,
  { shared }: PieceSettings,
): AsyncGenerator<RecordRun> {
  const reader = await openArrayRecord(input);
  try {
    const count = counter(shared, input.size, reader.length, from);
    for await (const { records } of reader.batches({ from, to: to ?? reader.length, batchBytes })) {
      count(records.length);
      yield joined(records);
    }
  } finally {
    await reader.close();
  }
}

/** Records `from` to `to` of those in the given chunks (InputIndex), whatever the footer says. */
async function* readChunks(
  input: InputStamp,
  chunks: readonly number[],
  from: number,
  to: number,
  { shared }: PieceSettings,
): AsyncGenerator<RecordRun> {
  const stop = new SharedStop(shared);
  let begin = 0;
  for await (const run of chunkRuns(input, Float64Array.from(chunks))) {
    stop.throwIfAborted();
    const some = cut(run, from - begin, to - begin);
    begin += run.lengths.length;
    addCount(shared, 'records', some.lengths.length);
    addCount(shared, 'bytes', some.payloads.length);
    yield some;
  }
}

/** Records `from` to `to` of a batch, as far as it has them. */
function cut({ payloads, lengths }: RecordRun, from: number, to: number): RecordRun {
  if (from <= 0 && to >= lengths.length) return { payloads, lengths };
  const [first, end] = [Math.max(0, from), Math.min(lengths.length, to)];
  const bytes = (some: Float64Array) => some.reduce((sum, length) => sum + length, 0);
  const begin = bytes(lengths.subarray(0, first));
  const taken = lengths.slice(first, end);
  return { payloads: payloads.subarray(begin, begin + bytes(taken)), lengths: taken };
}

/** Counts records, and bytes as if all records took the same room; ends the work when the run shall stop. */
function counter(shared: SharedArrayBuffer, bytes: number, records: number, from: number): (more: number) => void {
  const stop = new SharedStop(shared);
  let done = from;
  const share = (of: number) => Math.round((bytes * of) / records);
  return (more) => {
    stop.throwIfAborted();
    addCount(shared, 'records', more);
    addCount(shared, 'bytes', share(done + more) - share(done));
    done += more;
  };
}

/** The reader cuts its batches out of one block of memory, so there is nothing to be copied. */
function joined(records: readonly Uint8Array[]): RecordRun {
  const lengths = Float64Array.from(records, ({ length }) => length);
  const [first] = records;
  const last = records.at(-1);
  if (first === undefined || last === undefined) return { payloads: new Uint8Array(0), lengths };
  const bytes = lengths.reduce((sum, length) => sum + length, 0);
  const end = last.byteOffset + last.length;
  const isOne = records.every(({ buffer }) => buffer === first.buffer) && end - first.byteOffset === bytes;
  return { payloads: isOne ? new Uint8Array(first.buffer, first.byteOffset, bytes) : Buffer.concat(records), lengths };
}
