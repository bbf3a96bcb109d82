/** Walks an ArrayRecord file chunk by chunk, whatever happened to it, for those who check it and those who mend it. */

import type { ByteSource, Stop } from '../bytes.ts';
import { chunkError } from '../formats/records/array-record-faults.ts';
import { chunkFault, chunkType, type NativeFinding, native, scanColumn } from '../native/native.ts';
import { attempt } from '../native/native-errors.ts';

/** One chunk, or a stretch of which nobody can tell what it was. */
export interface ScannedChunk {
  readonly begin: number;
  readonly end: number;
  /** Type byte; 0 where the header does not hold. */
  readonly type: number;
  readonly records: number;
  readonly decodedSize: number;
  /** Type byte of the compression. */
  readonly codec: number;
  /** What is wrong with it; undefined when nothing is. */
  readonly finding: NativeFinding | undefined;
}

export function holdsRecords({ type }: ScannedChunk): boolean {
  return type === chunkType.simple || type === chunkType.transposed;
}

/** Asked of a source at a time. */
const blockBytes = 1 << 18;

export interface ScanOptions {
  readonly stop?: Stop | undefined;
  /** Told of bytes as they are read. */
  readonly onBytes?: (more: number) => void;
  /** Default: the whole file. */
  readonly range?: ChunkRange | undefined;
  /** placesOf() the index, where there is one: behind damage the walk goes on at the next of them. */
  readonly places?: Float64Array | undefined;
  /** Makes a proof of the records in intact chunks that begin before `before`; `take` is given it at the end. */
  readonly proof?: { readonly before: number; readonly take: (proof: string) => void } | undefined;
}

/** Chunks that begin from `from` on, where one begins, and before `to`. */
export interface ChunkRange {
  readonly from: number;
  readonly to: number;
}

/**
 * All chunks in file order, each verified: its hashes, its place, and that its records come out. Damage does not end the walk. A local file
 * is read in the addon, by its path; of anything else the bytes come from front to back, once, and are not kept.
 */
export async function* scanChunks(
  file: string | ByteSource,
  { stop, onBytes, range, places, proof }: ScanOptions = {},
): AsyncGenerator<ScannedChunk[]> {
  const { from, to } = range ?? { from: 0, to: Number.MAX_SAFE_INTEGER };
  const path = typeof file === 'string' ? file : file.name;
  const scan = attempt(
    'open',
    path,
    () => new (native().ArrayRecordScan)(typeof file === 'string' ? file : file.byteLength, from, to),
  );
  try {
    if (places !== undefined) scan.expect(places);
    if (proof !== undefined) scan.prove(Math.min(proof.before, to));
    for (let [position, pushed, done] = [from, from, false]; !done; ) {
      stop?.throwIfAborted();
      const step = attempt('read', path, () => scan.run());
      const chunks: ScannedChunk[] = [];
      for (let i = 0; i < step.rows.length; i += scanColumn.length) chunks.push(chunkIn(step.rows, i));
      // It cannot be proved: nothing here decompresses it.
      const unread = chunks.find(({ finding }) => finding?.fault === chunkFault.noCodec)?.finding;
      if (unread !== undefined) throw chunkError('prove the records', path, unread);
      if (chunks.length > 0) yield chunks;
      onBytes?.(step.position - position);
      ({ position, done } = step);
      if (step.needsInput) {
        const block = await (file as ByteSource).read(pushed, blockBytes);
        attempt('read', path, () => scan.push(block));
        pushed += block.length;
      }
    }
    proof?.take(scan.proof());
  } finally {
    scan.close();
  }
}

/** The chunk whose row begins at `row`. */
function chunkIn(rows: Float64Array, row: number): ScannedChunk {
  const begin = rows[row + scanColumn.begin]!;
  const fault = rows[row + scanColumn.fault]!;
  const [a, b] = [rows[row + scanColumn.a]!, rows[row + scanColumn.b]!];
  return {
    begin,
    end: rows[row + scanColumn.end]!,
    type: rows[row + scanColumn.type]!,
    records: rows[row + scanColumn.records]!,
    decodedSize: rows[row + scanColumn.decodedSize]!,
    codec: rows[row + scanColumn.codec]!,
    finding: fault === 0 ? undefined : { fault, offset: begin, a, b },
  };
}
