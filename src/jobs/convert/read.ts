/** The records of one piece of an input, read for a unit of `convert`: to a native writer at once, or batch by batch. */

import { closeSync } from 'node:fs';
import { BowerbirdError, systemError } from '../../errors.ts';
import type { Compression } from '../../formats/records/compression.ts';
import { emptyProof, joinProofs, type ProvenRecords } from '../../formats/records/proof.ts';
import { native, type RecordWriter, recordPlaces } from '../../native/native.ts';
import type { RecordRun } from '../../records/array-record-chunks.ts';
import { isFatal, stopFor } from '../../records/on-error.ts';
import { FilePass, type Finding, findingError, type RecordSlice } from '../../records/pass.ts';
import { checkUnchanged, isArrayRecordInput } from '../../records/unit-input.ts';
import { linkOf } from '../../storage/links.ts';
import { openFile } from '../../storage/local/regular-file.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { isRemote } from '../../storage/uri.ts';
import type { PieceSettings } from './array-record.ts';
import type { Piece } from './plan.ts';

const batchBytes = 1 << 20;

export interface ReadSettings extends PieceSettings {
  readonly proof: boolean;
  /** What can be written without coming here is written there, and not yielded. */
  readonly writer: RecordWriter | undefined;
}

/** What was read of one input. */
export interface PieceRead {
  readonly format: 'tfrecord' | 'arrayrecord' | 'unknown';
  readonly compression: Compression;
  readonly records: number;
  readonly payloadBytes: number;
  /** "" without `proof`. */
  readonly proof: string;
}

export async function* readPiece(piece: Piece, settings: ReadSettings): AsyncGenerator<RecordRun, PieceRead> {
  const { input } = piece;
  checkUnchanged(input, 'convert');
  const read = yield* readUnchecked(piece, settings);
  checkUnchanged(input, 'convert');
  if (piece.kind !== 'whole' && read.records !== piece.records) {
    const message = `Cannot convert "${input.uri}": expected ${piece.records} records here, found ${read.records}; was it changed meanwhile?`;
    throw new BowerbirdError('IO', message, { source: input.uri });
  }
  return read;
}

async function* readUnchecked(piece: Piece, settings: ReadSettings): AsyncGenerator<RecordRun, PieceRead> {
  switch (piece.kind) {
    case 'nothing':
      return { ...piece, payloadBytes: 0, proof: emptyProof.proof };
    case 'arrayrecord':
      return yield* readArrayRecord(piece, settings);
    case 'tfrecord':
      return yield* readTfRecord(piece.input, settings, sliceOf(piece));
    case 'whole':
      return (await isArrayRecordInput(piece.input))
        ? yield* readArrayRecord(piece, settings)
        : yield* readTfRecord(piece.input, settings, undefined);
    default:
      return piece satisfies never;
  }
}

async function* readArrayRecord(
  piece: Extract<Piece, { kind: 'arrayrecord' | 'whole' }>,
  settings: ReadSettings,
): AsyncGenerator<RecordRun, PieceRead> {
  // Loaded for such inputs only: a third of all that a thread loads.
  const { arrayRecordRuns } = await import('./array-record.ts');
  return yield* proven(arrayRecordRuns(piece, settings), settings.proof);
}

/** In a plain local file the records to be skipped are stepped over by their headers, not read. */
function sliceOf(piece: Extract<Piece, { kind: 'tfrecord' }>): RecordSlice {
  const { index, offset, skip, records: take } = piece;
  const { uri, size } = piece.input;
  if (piece.compression !== 'none' || skip === 0 || isRemote(uri)) return { index, offset, skip, take };
  try {
    const { fd } = openFile(uri, 'read');
    try {
      const stepped = native().walkRecords(fd, size, offset, skip, skip);
      return { index: index + stepped.records, offset: stepped.offset, skip: skip - stepped.records, take };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw systemError('read', uri, error);
  }
}

async function* readTfRecord(
  input: InputStamp,
  { onError, proof, shared, writer, onFinding }: ReadSettings,
  slice: RecordSlice | undefined,
): AsyncGenerator<RecordRun, PieceRead> {
  const pass = new FilePass(linkOf(input), {
    target: writer === undefined ? { kind: 'collect', batchBytes } : { kind: 'writer', writer },
    prove: proof,
    stopOn: stopFor[onError],
    version: input.version,
    shared,
    slice,
  });
  try {
    let isForeign = false;
    const take = (finding: Finding) => {
      // What counting found intact must be so still.
      if (slice !== undefined || isFatal(finding, onError)) throw findingError('convert', input.uri, finding);
      isForeign ||= finding.foreign === true;
      onFinding(input, finding);
    };
    for await (const { rows, places } of pass.run({ onFinding: take })) {
      if (places.length > 0) yield { payloads: rows, lengths: recordPlaces.lengths(places) };
    }
    const { records, payloadBytes } = pass.counts();
    return {
      format: isForeign && records === 0 ? 'unknown' : 'tfrecord',
      compression: pass.compression,
      records,
      payloadBytes,
      proof: proof ? pass.proof() : '',
    };
  } finally {
    await pass.close();
  }
}

/** Counts batches on their way, and proves them. */
async function* proven(batches: AsyncIterable<RecordRun>, proof: boolean): AsyncGenerator<RecordRun, PieceRead> {
  const parts: ProvenRecords[] = [];
  let [records, payloadBytes] = [0, 0];
  for await (const batch of batches) {
    const { payloads, lengths } = batch;
    records += lengths.length;
    payloadBytes += payloads.length;
    if (proof) parts.push({ records: lengths.length, proof: native().proveRecords(payloads, lengths) });
    yield batch;
  }
  return {
    format: 'arrayrecord',
    compression: 'none',
    records,
    payloadBytes,
    proof: proof ? joinProofs(parts).proof : '',
  };
}
