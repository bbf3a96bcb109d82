/** Records of chosen chunks of an ArrayRecord file, whatever its footer says. */

import type { ByteSource } from '../bytes.ts';
import { chunkError } from '../formats/records/array-record-faults.ts';
import {
  type ArrayRecordFile,
  chunkEntries,
  chunkFault,
  type NativeFinding,
  native,
  needBytes,
} from '../native/native.ts';
import { attempt, nativeError } from '../native/native-errors.ts';
import { linkOf } from '../storage/links.ts';
import { openSource } from '../storage/source.ts';
import type { InputStamp } from '../storage/stamp.ts';
import { isRemote } from '../storage/uri.ts';

/** Records one behind the other. */
export interface RecordRun {
  readonly payloads: Uint8Array;
  readonly lengths: Float64Array;
}

const runBytes = 1 << 20;
/** Records of no bytes would else make a run without end. */
const runChunks = 4096;
/** Asked for when nothing tells how long a chunk is: its header, and the whole of a small one. */
const firstLook = 4096;

/** `chunks` are {@link chunkEntries}. About a megabyte at a time. */
export function chunkRuns(input: InputStamp, chunks: Float64Array): AsyncGenerator<RecordRun> {
  return isRemote(input.uri) ? remoteRuns(input, chunks) : localRuns(input, chunks);
}

async function* localRuns({ uri, size }: InputStamp, chunks: Float64Array): AsyncGenerator<RecordRun> {
  const file = attempt('open', uri, () => new (native().ArrayRecordFile)(uri));
  try {
    file.setIndex(chunks, size);
    const count = chunkEntries.count(chunks);
    for (let i = 0; i < count; ) {
      const run: number[] = [];
      let bytes = 0;
      do {
        bytes += chunkEntries.decodedSize(chunks, i);
        run.push(i++);
      } while (i < count && run.length < runChunks && bytes + chunkEntries.decodedSize(chunks, i) <= runBytes);
      yield await decode(uri, file, Float64Array.from(run), bytes);
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

/** A chunk at a time: what stands between intact ones may be of any length, and is not asked for. */
async function* remoteRuns(input: InputStamp, chunks: Float64Array): AsyncGenerator<RecordRun> {
  const file = await openSource(linkOf(input), input);
  try {
    for (let i = 0; i < chunkEntries.count(chunks); i++) {
      const offset = chunkEntries.offset(chunks, i);
      const [bytes, records] = [chunkEntries.decodedSize(chunks, i), chunkEntries.records(chunks, i)];
      const found = await decodeAt(file, offset);
      if ('fault' in found) throw chunkError('read a chunk', input.uri, found);
      const { values: payloads, lengths } = found;
      if (payloads.length !== bytes || lengths.length !== records) {
        throw chunkError('read a chunk', input.uri, {
          fault: chunkFault.indexMismatch,
          offset,
          a: records,
          b: lengths.length,
        });
      }
      yield { payloads, lengths };
    }
  } finally {
    await file.close();
  }
}

async function decodeAt(file: ByteSource, offset: number) {
  for (let end = Math.min(file.byteLength, offset + firstLook); ; ) {
    const bytes = await file.read(offset, end - offset);
    const found = native().arrayRecordChunk(bytes, offset, file.byteLength);
    if (!('fault' in found) || found.fault !== needBytes) return found;
    // It asks for more than there is, or for what it has: this is not the chunk that was found here.
    if (found.a <= end || end === file.byteLength)
      return { ...found, fault: chunkFault.indexMismatch } satisfies NativeFinding;
    end = Math.min(file.byteLength, found.a);
  }
}
