/** Cuts a sequence of inputs into units of `convert`: one a shard, each with the pieces of inputs that it is made of. */

import { createHash } from 'node:crypto';
import type { Compression } from '../../formats/records/compression.ts';
import { chunkEntries } from '../../native/native.ts';
import type { Reject } from '../../on-error.ts';
import { withoutLink } from '../../storage/links.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { Ranges } from '../engine/ranges.ts';
import type { OneFileUnit } from '../engine/types.ts';
import { type InputIndex, nearestPlace, type Stretch } from './indexing.ts';

/** What a unit takes from one input. */
export type Piece =
  /** All of a file of either format, which the unit finds out by itself. */
  | { readonly kind: 'whole'; readonly input: InputStamp }
  /** Intact records: `records` of them behind `skip`, the first of which has this index and stands at `offset`. */
  | {
      readonly kind: 'tfrecord';
      readonly input: InputStamp;
      readonly compression: Compression;
      readonly index: number;
      readonly offset: number;
      readonly skip: number;
      readonly records: number;
    }
  /** `chunks`, as in an InputIndex, are those that hold some of the records; `from` counts from the first record in them, else in the file. */
  | {
      readonly kind: 'arrayrecord';
      readonly input: InputStamp;
      readonly from: number;
      readonly records: number;
      readonly chunks?: readonly number[];
    }
  /** A file that has no records to give; named, so that the manifest knows it. */
  | {
      readonly kind: 'nothing';
      readonly input: InputStamp;
      readonly format: InputIndex['format'];
      readonly compression: Compression;
      readonly records: 0;
    };

export interface ConvertUnit extends OneFileUnit {
  readonly pieces: readonly Piece[];
  /** Known from counting. Pieces that are whole files find theirs on the way. */
  readonly rejects: readonly Reject[];
}

export interface IndexedInput {
  readonly input: InputStamp;
  readonly index: InputIndex;
}

/** REQUIRES: one name a shard, at least one */
export function planShards(inputs: readonly IndexedInput[], names: readonly string[]): ConvertUnit[] {
  const total = inputs.reduce((sum, { index }) => sum + index.records, 0);
  const ranges = new Ranges(total, names.length);
  const shards = names.map(() => ({ pieces: [] as Piece[], rejects: [] as Reject[], bytes: 0 }));
  let start = 0;
  for (const { input, index } of inputs) {
    for (const { before, ...what } of index.leftOut)
      shards[ranges.of(start + before)]!.rejects.push(rejectOf(input, what));
    if (index.records === 0) {
      const { format, compression } = index;
      shards[ranges.of(start)]!.pieces.push({ kind: 'nothing', input, format, compression, records: 0 });
    } else {
      const last = ranges.of(start + index.records - 1);
      for (let i = ranges.of(start); i <= last; i++) {
        const from = Math.max(0, ranges.begin(i) - start);
        const to = Math.min(index.records, ranges.begin(i + 1) - start);
        shards[i]!.pieces.push(...piecesOf(input, index, from, to));
        shards[i]!.bytes += bytesRead(input, index, from, to);
      }
    }
    start += index.records;
  }
  return shards.map(({ pieces, rejects, bytes }, i) => ({
    id: names[i]!,
    input: stampOf(names[i]!, pieces, rejects, bytes),
    outputs: [names[i]!],
    pieces,
    rejects,
  }));
}

/** A unit of whole files: of one, or of all of them. */
export function planWhole(inputs: readonly InputStamp[], name: string): ConvertUnit {
  const pieces = inputs.map((input): Piece => ({ kind: 'whole', input }));
  const bytes = inputs.reduce((sum, { size }) => sum + size, 0);
  const input = inputs.length === 1 ? inputs[0]! : stampOf(name, pieces, [], bytes);
  return { id: name, input, outputs: [name], pieces, rejects: [] };
}

function rejectOf(input: InputStamp, what: Omit<InputIndex['leftOut'][number], 'before'>): Reject {
  const { record, offset, length, code, reason } = what;
  return { input: input.uri, record, offset, ...(length === 0 ? {} : { length }), code, reason };
}

function piecesOf(input: InputStamp, index: InputIndex, from: number, to: number): Piece[] {
  if (index.format === 'arrayrecord') {
    const { chunks } = index;
    const piece = { kind: 'arrayrecord', input, records: to - from } as const;
    if (chunks === undefined) return [{ ...piece, from }];
    const { first, held } = chunksBetween(chunks, from, to);
    return [{ ...piece, from: from - first, chunks: held }];
  }
  return index.stretches
    .filter((stretch) => stretch.from < to && from < stretch.from + stretch.records)
    .map((stretch) => {
      const first = Math.max(from, stretch.from);
      const records = Math.min(to, stretch.from + stretch.records) - first;
      return tfRecordPiece(input, index.compression, stretch, first, records);
    });
}

/** The chunks that hold some of these records, and the number of the first record in them. */
function chunksBetween(chunks: readonly number[], from: number, to: number) {
  const held: number[] = [];
  let first: number | undefined;
  for (let i = 0, record = 0; i < chunkEntries.count(chunks) && record < to; i++) {
    const end = record + chunkEntries.records(chunks, i);
    if (end > from) {
      first ??= record;
      held.push(...chunkEntries.entry(chunks, i));
    }
    record = end;
  }
  return { first: first ?? from, held };
}

function tfRecordPiece(
  input: InputStamp,
  compression: Compression,
  stretch: Stretch,
  first: number,
  records: number,
): Piece {
  const { offset, skip } = nearestPlace(stretch, first);
  const index = stretch.index + (first - skip - stretch.from);
  return { kind: 'tfrecord', input, compression, index, offset, skip, records };
}

/** For progress, as if all records were of one size. A compressed stream is read from its beginning. */
function bytesRead({ size }: InputStamp, { compression, records }: InputIndex, from: number, to: number): number {
  return Math.round((size * (compression === 'none' ? to - from : to)) / records);
}

/** What a unit depends on, in the shape of one input: other pieces, or inputs that changed, are another version. */
function stampOf(name: string, pieces: readonly Piece[], rejects: readonly Reject[], bytes: number): InputStamp {
  const version = createHash('sha256')
    .update(JSON.stringify([pieces.map((piece) => ({ ...piece, input: withoutLink(piece.input) })), rejects]))
    .digest('hex')
    .slice(0, 32);
  return { uri: name, size: bytes, version };
}
