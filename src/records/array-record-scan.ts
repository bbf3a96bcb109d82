/** Walks an ArrayRecord file chunk by chunk, whatever happened to it, for those who check it and those who mend it. */

import type { ByteSource, Stop } from '../bytes.ts';
import { chunkError } from '../formats/records/array-record-faults.ts';
import { type NativeFinding, native } from '../native/native.ts';
import { attempt } from './native-errors.ts';

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

export const chunkType = { signature: 0x73, metadata: 0x6d, padding: 0x70, simple: 0x72, transposed: 0x74 } as const;

export function holdsRecords({ type }: ScannedChunk): boolean {
  return type === chunkType.simple || type === chunkType.transposed;
}

const rowNumbers = 10;
/** The fault of a chunk that cannot be proved, since nothing here decompresses it. */
const noCodec = 15;
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
      for (let i = 0; i < step.rows.length; i += rowNumbers) chunks.push(rowAt(step.rows, i));
      const unread = chunks.find(({ finding }) => finding?.fault === noCodec);
      if (unread !== undefined) throw chunkError('prove the records', path, unread.finding!);
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

function rowAt(rows: Float64Array, i: number): ScannedChunk {
  const [begin, fault] = [rows[i + 1]!, rows[i + 7]!];
  return {
    begin,
    end: rows[i + 2]!,
    type: rows[i + 3]!,
    records: rows[i + 4]!,
    decodedSize: rows[i + 5]!,
    codec: rows[i + 6]!,
    finding: fault === 0 ? undefined : { fault, offset: begin, a: rows[i + 8]!, b: rows[i + 9]! },
  };
}
