/** What jobs have in common: how they run, and what their reports tell. Sizes are bytes, times seconds, indices from 0. */

import type { Progress } from '../../jobs/engine/types.ts';

/** What every job takes. */
export interface RunOptions {
  /** Threads. Default: the machine's available parallelism. */
  readonly workers?: number;
  /** Called at the start, about four times a second, and at the end. */
  readonly onProgress?: (progress: Progress) => void;
  /** Stops the run between blocks; state is kept, the same call goes on. */
  readonly signal?: AbortSignal;
}

/** Of every job that makes files and can be taken up again. */
export interface JobRunOptions extends RunOptions {
  /** Flush every output to the disk before it gets its name. Default false. */
  readonly durable?: boolean;
  /** Plan only; touch nothing. */
  readonly dryRun?: boolean;
  /** Replace outputs that this job did not make, or made with other options. */
  readonly overwrite?: boolean;
  /** "M/N": only those units of work (inputs; shards, where those are the outputs) whose index is M modulo N. */
  readonly units?: string;
  /** Told of things a user should know that are not errors. */
  readonly onNotice?: (notice: string) => void;
}

/** Of jobs that can go on without some of their inputs. */
export interface RejectOptions {
  /** What to do with what cannot be used. Default "fail", which stops at the first. */
  readonly onError?: 'fail' | 'skip' | 'salvage';
  /** Fail when more than this is rejected. Default: no limit. */
  readonly maxRejects?: number;
}

/** Of every such job. What is told of outputs and counts stands in its manifest under the same names. */
export interface JobReport {
  readonly version: string;
  /** The option `out`, of a URI what may be shown. */
  readonly out: string;
  /** Where the files are whose names are told. */
  readonly folder: string;
  /** Path or URI of the manifest. Absent where it is not `complete`, and where a single file was asked for. */
  readonly manifest?: string;
  readonly dryRun: boolean;
  /** False when this was a part (`units`) and others are still missing, and for a dry run. */
  readonly complete: boolean;
  /** Units done in this run, and found done. */
  readonly done: number;
  readonly skipped: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly elapsedSeconds: number;
  readonly notices: readonly string[];
}
