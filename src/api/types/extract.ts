/** Options and report of extract(). */

import type { ExtractedFile } from '../../jobs/extract/job.ts';
import type { Inputs } from '../../storage/inputs.ts';
import type { JobReport, JobRunOptions, RejectOptions } from './run.ts';

export interface ExtractOptions extends JobRunOptions, RejectOptions {
  /** Files, folders (every regular file directly in them), globs or URIs. */
  readonly inputs: Inputs;
  /** The folder to write to. */
  readonly out: string;
  /** Channel of [windows, channels, width] to take, or "all" for a row per channel. Default 0. */
  readonly channel?: number | 'all';
  /** Seconds from one window to the next. Default 5. */
  readonly hop?: number;
  /** Feature that holds the serialized TensorProto. Default "embedding". */
  readonly feature?: string;
  /** How file names are read: "a2o", "a2o-strict", "none", or a regular expression with named groups. Default "a2o". */
  readonly names?: string;
  /** Type of the .npy values. Default "float32". */
  readonly dtype?: 'float32' | 'float16';
}

export interface ExtractReport extends JobReport {
  readonly job: 'extract';
  readonly inputs: number;
  readonly records: number;
  readonly rows: number;
  readonly rejects: number;
  readonly assumedUtc: number;
  readonly withoutZone: number;
  /** Values beyond the range of `dtype`, which are infinite there. */
  readonly overflowed: number;
  /** One per input, in plan order. For a dry run: what would be made, with counts 0. */
  readonly files: readonly ExtractedFile[];
}
