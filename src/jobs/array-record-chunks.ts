/** Records of chosen chunks of a local ArrayRecord file, whatever its footer says. */

import { chunkError } from '../formats/array-record-faults.ts';
import { joinProofs, type ProvenRecords } from '../formats/record-proof.ts';
import { type ArrayRecordFile, native } from '../native.ts';
import { attempt, nativeError } from './array-record-scan.ts';

/** Records one behind the other. */
export interface RecordRun {
  readonly payloads: Uint8Array;
  readonly lengths: Float64Array;
}

const runBytes = 1 << 20;
/** Records of no bytes would else make a run without end. */
const runChunks = 4096;

/** `chunks`: offset, decoded size and number of records of each, one triple after another. About a megabyte at a time. */
export async function* chunkRuns(path: string, fileBytes: number, chunks: Float64Array): AsyncGenerator<RecordRun> {
  const file = attempt('open', path, () => new (native().ArrayRecordFile)(path));
  try {
    file.setIndex(chunks, fileBytes);
    const count = chunks.length / 3;
    for (let i = 0; i < count; ) {
      const run: number[] = [];
      let bytes = 0;
      do {
        bytes += chunks[3 * i + 1]!;
        run.push(i++);
      } while (i < count && run.length < runChunks && bytes + chunks[3 * i + 1]! <= runBytes);
      yield await decode(path, file, Float64Array.from(run), bytes);
    }
  } finally {
    file.close();
  }
}

async function decode(path: string, file: ArrayRecordFile, chunks: Float64Array, bytes: number): Promise<RecordRun> {
  const payloads = new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);
  try {
    const lengths = await file.decode(chunks, payloads);
    if ('fault' in lengths) throw chunkError('read a chunk', path, lengths);
    return { payloads, lengths };
  } catch (error) {
    throw nativeError('read', path, error);
  }
}

/** Of all records of all runs. */
export async function proveRuns(runs: AsyncIterable<RecordRun>): Promise<string> {
  const parts: ProvenRecords[] = [];
  for await (const { payloads, lengths } of runs) {
    parts.push({ records: lengths.length, proof: native().proveRecords(payloads, lengths) });
  }
  return joinProofs(parts).proof;
}
