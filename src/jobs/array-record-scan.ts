/** Walks a local ArrayRecord file chunk by chunk, whatever happened to it, for those who check it and those who mend it. */

import type { Stop } from '../bytes.ts';
import { type NativeFinding, native } from '../native.ts';
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

export interface ScanOptions {
  readonly stop?: Stop | undefined;
  /** Told of bytes as they are read. */
  readonly onBytes?: (more: number) => void;
}

/** All chunks in file order, each verified: its hashes, its place, and that its records come out. Damage does not end the walk. */
export function* scanChunks(path: string, { stop, onBytes }: ScanOptions = {}): Generator<ScannedChunk> {
  const scan = attempt('open', path, () => new (native().ArrayRecordScan)(path));
  try {
    for (let position = 0, done = false; !done; ) {
      stop?.throwIfAborted();
      const step = attempt('read', path, () => scan.run());
      for (let i = 0; i < step.rows.length; i += rowNumbers) yield rowAt(step.rows, i);
      onBytes?.(step.position - position);
      position = step.position;
      done = step.done;
    }
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
