/** The records of a file of either format, batch by batch, each with its place; what is damaged is told as the policy has it. */

import type { Stop } from '../bytes.ts';
import { isVerdict } from '../errors.ts';
import { chunkCount, chunkOf, chunkOffset, firstRecordOf } from '../formats/records/array-record-index.ts';
import type { OnError, Reject } from '../on-error.ts';
import type { InputFile } from '../storage/inputs.ts';
import { linkOf } from '../storage/links.ts';
import { ArrayRecordReader } from './array-record-reader.ts';
import { recordBatches } from './batches.ts';
import { isArrayRecordInput } from './unit-input.ts';

export interface ExampleRecord {
  readonly source: string;
  /** Index in the file. */
  readonly record: number;
  /** Of its header in the (uncompressed) stream; in an ArrayRecord file, of its chunk. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface RecordsPolicy {
  readonly onError: OnError;
  readonly onReject: (left: Reject) => void;
  readonly stop: Stop | undefined;
}

/** Records are views of memory that is never written again. */
export async function* exampleRecords(file: InputFile, policy: RecordsPolicy): AsyncGenerator<ExampleRecord[]> {
  const { onError, onReject } = policy;
  try {
    yield* (await isArrayRecordInput(file)) ? fromArrayRecord(file, policy) : fromTfRecord(file, policy);
  } catch (error) {
    // A file that is something else altogether is one reject.
    const isLeftOut = isVerdict(error) && (error.code === 'UNSUPPORTED' ? onError !== 'fail' : onError === 'salvage');
    if (!isLeftOut) throw error;
    const { code, message: reason, record = 0, offset = 0 } = error;
    onReject({ input: file.uri, record, offset, code, reason });
  }
}

async function* fromTfRecord(
  file: InputFile,
  { onError, onReject, stop }: RecordsPolicy,
): AsyncGenerator<ExampleRecord[]> {
  const source = file.uri;
  const batches = recordBatches(linkOf(file), {
    doing: 'read',
    stop,
    onDamage:
      onError !== 'salvage'
        ? undefined
        : ({ record, offset, length, code, reason }) =>
            onReject({ input: source, record, offset, ...(length === 0 ? {} : { length }), code, reason }),
  });
  for await (const { records, indices, offsets } of batches) {
    yield records.map((bytes, i) => ({ source, record: indices[i]!, offset: offsets[i]!, bytes }));
  }
}

async function* fromArrayRecord(file: InputFile, policy: RecordsPolicy): AsyncGenerator<ExampleRecord[]> {
  const reader = await ArrayRecordReader.open(linkOf(file));
  try {
    for (let from = 0; from < reader.length; ) {
      try {
        for await (const batch of readChunks(reader, file.uri, { from, to: reader.length }, policy)) {
          yield batch;
          from = batch.at(-1)!.record + 1;
        }
        return;
      } catch (error) {
        if (policy.onError !== 'salvage' || !isVerdict(error) || error.record === undefined) throw error;
        // The run of chunks in which one is damaged came as nothing: those before it are read again.
        yield* readChunks(reader, file.uri, { from, to: error.record }, policy);
        const { code, record, offset = 0, message: reason } = error;
        policy.onReject({ input: file.uri, record, offset, code, reason });
        from = behindChunk(reader, record);
      }
    }
  } finally {
    await reader.close();
  }
}

async function* readChunks(
  reader: ArrayRecordReader,
  source: string,
  range: { readonly from: number; readonly to: number },
  { stop }: RecordsPolicy,
): AsyncGenerator<ExampleRecord[]> {
  const { index } = reader;
  for await (const { from, records } of reader.batches({ ...range })) {
    stop?.throwIfAborted();
    yield records.map((bytes, i) => {
      const record = from + i;
      return { source, record, offset: chunkOffset(index, chunkOf(index, record)), bytes };
    });
  }
}

/** The first record of the next chunk. */
function behindChunk({ index, length }: ArrayRecordReader, record: number): number {
  const next = chunkOf(index, record) + 1;
  return next < chunkCount(index) ? firstRecordOf(index, next) : length;
}
