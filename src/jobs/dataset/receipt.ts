/** What a unit of `dataset build` did. */

import type { NoteCount } from '../engine/note-counts.ts';
import { partNames } from '../engine/part-names.ts';
import type { OutputStamp, Receipt } from '../engine/types.ts';
import type { DatasetOnError, DatasetUnit } from './choices.ts';

/** A file of a chunk, as manifest and commit need it. `name`: in the dataset. */
export interface ChunkFile extends OutputStamp {
  /** In hex; '' of one that the repository had already. */
  readonly sha256: string;
  readonly rows: number;
  readonly groups: number;
  readonly arrowBytes: number;
  readonly seconds: number;
}

export interface DatasetReceipt extends Receipt {
  readonly files: readonly ChunkFile[];
  readonly config: string;
  readonly split: string;
  /** Whose episodes, or samples, these are. */
  readonly sources: number;
  readonly seconds: number;
  readonly unknownSeconds: number;
  /** Of what was read. */
  readonly bytesIn: number;
  /** Files that belong to no segment, listed beside the rejects. */
  readonly extras: number;
  /** What rows say that no column is made of. */
  readonly notKept: readonly string[];
  readonly notes: readonly NoteCount[];
  readonly onError: DatasetOnError;
  /** The repository had it: nothing was read. */
  readonly adopted?: true;
  /** Its files are in the repository, and no longer here. */
  readonly isAway?: true;
  /** What its commit sent, and what was there by then. */
  readonly sent?: { readonly bytes: number; readonly there: number; readonly commits: number };
}

/** Of files in their order, by the names that they have here. */
export function stampsOf(
  { outputs: [output] }: DatasetUnit,
  files: readonly Pick<ChunkFile, 'bytes' | 'crc32c'>[],
): readonly OutputStamp[] {
  return partNames(output, files.length).map((name, i) => ({ name, bytes: files[i]!.bytes, crc32c: files[i]!.crc32c }));
}
