/** Options and report of unpack(). */

import type { NoteCount } from '../../jobs/engine/note-counts.ts';
import type { OutputStamp } from '../../jobs/engine/types.ts';
import type { UnpackedShard } from '../../jobs/unpack/summary.ts';
import type { Inputs } from '../../storage/inputs.ts';
import type { JobReport, JobRunOptions, RejectOptions } from './run.ts';

export interface UnpackOptions extends JobRunOptions, RejectOptions {
  /** Folders of datasets (metadata.json and shard_*) or of shards, data.mdb files, or globs of these. */
  readonly inputs: Inputs;
  /** The folder to write to. */
  readonly out: string;
  /** Of WAV files of sound that is stored as float32. Default "float" (32 bits), which is what is stored. */
  readonly bits?: 16 | 24 | 32 | 'float';
}

export interface UnpackReport extends JobReport {
  readonly job: 'unpack';
  /** Shards. */
  readonly inputs: number;
  readonly samples: number;
  readonly rejects: number;
  /** Samples that have sound, and how long it is together; of encoded sound as its sample says. */
  readonly sounds: number;
  readonly soundSeconds: number;
  /** .npy files. */
  readonly arrays: number;
  /** .bin files: bytes that are no sound. */
  readonly binaries: number;
  /** What is odd about samples although they were read: those of one kind are counted, and named after their first file. */
  readonly notes: readonly NoteCount[];
  /** One per shard, in plan order. For a dry run: what would be made. */
  readonly shards: readonly UnpackedShard[];
  /** All that were made of samples, in plan order. For a dry run: what would be made, with 0 bytes. */
  readonly files: readonly OutputStamp[];
}
