/** Options and reports of the public functions. Sizes are bytes, times seconds, indices from 0. */

import type { Compression } from '../formats/compression.ts';
import type { ExtractedFile } from '../jobs/extract.ts';
import type { FeatureSummary } from '../jobs/feature-stats.ts';
import type { Progress } from '../jobs/types.ts';
import type { DamagedRange, VerifyReceipt } from '../jobs/verify-unit.ts';

export type { Compression, DamagedRange, ExtractedFile, FeatureSummary, VerifyReceipt as VerifiedFile };

/** What every job takes. */
export interface RunOptions {
  /** Threads. Default: the machine's available parallelism. */
  readonly workers?: number;
  /** Called at the start, about four times a second, and at the end. */
  readonly onProgress?: (progress: Progress) => void;
  /** Stops the run between blocks; state is kept, the same call goes on. */
  readonly signal?: AbortSignal;
}

export interface ExtractOptions extends RunOptions {
  /** Files, folders (every regular file directly in them) or globs. */
  readonly inputs: readonly string[];
  readonly outDir: string;
  /** What to do with a record that cannot be used. Default "fail". */
  readonly onError?: 'fail' | 'skip' | 'salvage';
  /** Fail when more records than this are rejected. Default: no limit. */
  readonly maxRejects?: number;
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
  /** Flush every output to the disk before it gets its name. Default false. */
  readonly durable?: boolean;
  /** Plan only; touch nothing. */
  readonly dryRun?: boolean;
  /** Replace outputs that this job did not make, or made with other options. */
  readonly overwrite?: boolean;
  /** "M/N": only units whose index is M modulo N. */
  readonly units?: string;
  /** Told of things a user should know that are not errors. */
  readonly onNotice?: (notice: string) => void;
}

export interface ExtractReport {
  readonly job: 'extract';
  readonly version: string;
  readonly outDir: string;
  readonly dryRun: boolean;
  /** False when this was a part (`units`) and others are still missing. */
  readonly complete: boolean;
  readonly inputs: number;
  /** Done in this run, and found done. */
  readonly done: number;
  readonly skipped: number;
  readonly records: number;
  readonly rows: number;
  readonly rejects: number;
  readonly assumedUtc: number;
  readonly withoutZone: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly elapsedSeconds: number;
  readonly notices: readonly string[];
  /** One per input, in plan order. For a dry run: what would be made, with counts 0. */
  readonly files: readonly ExtractedFile[];
}

export interface VerifyOptions extends RunOptions {
  readonly inputs: readonly string[];
}

export interface VerifyReport {
  readonly job: 'verify';
  readonly version: string;
  readonly ok: boolean;
  readonly inputs: number;
  readonly damagedInputs: number;
  readonly records: number;
  readonly bytes: number;
  readonly elapsedSeconds: number;
  readonly files: readonly VerifyReceipt[];
}

export interface InspectOptions {
  /** Read every record; else the first `limit`. */
  readonly all?: boolean;
  /** Records to look into. Default 1000. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

export interface InspectReport {
  readonly source: string;
  readonly format: 'tfrecord';
  readonly compression: Compression;
  readonly size: number;
  /** Records counted: all of them with `all` (or when the file ended before the limit). */
  readonly records: number;
  readonly complete: boolean;
  readonly payloadBytes: number;
  readonly recordBytes: readonly [number, number];
  /** Records that are tf.train.Example, tf.train.SequenceExample, or neither. */
  readonly payloads: { readonly example: number; readonly sequenceExample: number; readonly other: number };
  readonly features: readonly FeatureSummary[];
  /** First damage met, if any. */
  readonly damage?: DamagedRange;
}

export interface RepairOptions {
  readonly out: string;
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
}

export interface RepairReport {
  readonly job: 'repair';
  readonly version: string;
  readonly source: string;
  readonly out: string;
  readonly compression: Compression;
  /** Intact records, all of them in `out`. */
  readonly records: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly crc32c: string;
  readonly lostBytes: number;
  readonly damaged: readonly DamagedRange[];
}
