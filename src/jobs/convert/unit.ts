/** The work of one unit of `convert`: the pieces of inputs that make one shard, in order, become one file. Runs in a worker. */

import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { countReject } from '../../counters.ts';
import { formatArrayRecordOptions } from '../../formats/records/array-record-options.ts';
import { encoderArguments } from '../../formats/records/array-record-writer.ts';
import { compress } from '../../formats/records/compression.ts';
import { joinProofs } from '../../formats/records/proof.ts';
import { frames } from '../../formats/records/tfrecord-writer.ts';
import { type ArrayRecordArguments, native, type RecordWriter } from '../../native/native.ts';
import { attempt } from '../../native/native-errors.ts';
import type { Reject } from '../../on-error.ts';
import type { RecordRun } from '../../records/array-record-chunks.ts';
import type { Drafts } from '../../storage/drafts.ts';
import { StagedSink } from '../../storage/local/sink.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { crcText, type Written } from '../../storage/written.ts';
import { withOutputs } from '../engine/outputs.ts';
import type { RejectWriter } from '../engine/rejects.ts';
import type { UnitContext } from '../engine/types.ts';
import type { NotConverted } from './indexing.ts';
import type { ConvertReceipt, ConvertUnitOptions } from './job.ts';
import type { ConvertUnit } from './plan.ts';
import { type PieceRead, readPiece } from './read.ts';
import { type ConvertSource, mergeSources } from './sources.ts';

export async function run(
  unit: ConvertUnit,
  options: ConvertUnitOptions,
  context: UnitContext,
): Promise<ConvertReceipt> {
  return withOutputs(unit, context, options.durable, (drafts, rejects) =>
    convertPieces(unit, options, context, drafts, rejects),
  );
}

async function convertPieces(
  unit: ConvertUnit,
  options: ConvertUnitOptions,
  context: UnitContext,
  drafts: Drafts,
  rejects: RejectWriter,
): Promise<ConvertReceipt> {
  const [name] = unit.outputs;
  const path = join(context.outDir, name);
  const { shared } = context;
  let rejected = 0;
  const reject = (it: Reject) => {
    rejects.write(it);
    rejected += 1;
    countReject(shared, options.maxRejects, { source: it.input, record: it.record, offset: it.offset });
  };
  for (const it of unit.rejects) reject(it);
  const onFinding = ({ uri }: InputStamp, { record, offset, length, code, reason }: NotConverted) =>
    reject({ input: uri, record, offset, ...(length === 0 ? {} : { length }), code, reason });

  const reads: PieceRead[] = [];
  async function* batches(writer: RecordWriter | undefined): AsyncGenerator<RecordRun> {
    const { onError, proof } = options;
    for (const piece of unit.pieces) reads.push(yield* readPiece(piece, { onError, proof, shared, writer, onFinding }));
  }
  const written =
    options.compression === 'none'
      ? await writeNatively(path, drafts.fd(0), options, context.threads ?? 1, batches)
      : await writeCompressed(path, drafts.fd(0), options.compression, batches(undefined));
  return {
    unit: unit.id,
    input: unit.input,
    outputs: [{ name, ...written }],
    records: sum(reads, ({ records }) => records),
    rejects: rejected,
    payloadBytes: sum(reads, ({ payloadBytes }) => payloadBytes),
    ...(options.proof ? { proof: joinProofs(reads).proof } : {}),
    sources: sourcesOf(unit, reads),
    onError: options.onError,
  };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

function sourcesOf({ pieces }: ConvertUnit, reads: readonly PieceRead[]): ConvertSource[] {
  const sources = pieces.map(({ input }, i): ConvertSource => {
    const { format, compression, records } = reads[i]!;
    return { input: input.uri, size: input.size, format, compression, records };
  });
  return mergeSources(sources);
}

async function writeNatively(
  path: string,
  fd: number,
  { arrayRecord, durable }: ConvertUnitOptions,
  threads: number,
  batches: (writer: RecordWriter) => AsyncIterable<RecordRun>,
): Promise<Written> {
  const Writer = native().RecordWriter;
  const layout: ArrayRecordArguments | [] =
    arrayRecord === undefined ? [] : [...encoderArguments(arrayRecord), formatArrayRecordOptions(arrayRecord), threads];
  const writer = new Writer(fd, path, durable, ...layout);
  try {
    for await (const { payloads, lengths } of batches(writer)) {
      attempt('write', path, () => writer.append(payloads, lengths));
      // It may be the calling thread that does this.
      await nextTurn();
    }
    const { bytes, crc } = attempt('write', path, () => writer.finish());
    return { bytes, crc32c: crcText(crc) };
  } finally {
    // Its threads write to a file that is about to be closed.
    writer.close();
  }
}

async function writeCompressed(
  path: string,
  fd: number,
  compression: 'gzip' | 'zlib',
  batches: AsyncIterable<RecordRun>,
): Promise<Written> {
  const sink = new StagedSink(path, fd);
  for await (const block of compress(frames(recordsOf(batches)), compression)) sink.write(block);
  return sink.end();
}

async function* recordsOf(batches: AsyncIterable<RecordRun>): AsyncGenerator<Uint8Array> {
  for await (const { payloads, lengths } of batches) {
    let at = 0;
    for (const length of lengths) {
      yield payloads.subarray(at, at + length);
      at += length;
    }
  }
}
