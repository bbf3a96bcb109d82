/** Options and report of convert(). */

import type { Compression } from '../../formats/records/compression.ts';
import type { ConvertedFile } from '../../jobs/convert/job.ts';
import type { ConvertSource } from '../../jobs/convert/sources.ts';
import type { Inputs } from '../../storage/inputs.ts';
import type { JobReport, JobRunOptions, RejectOptions } from './run.ts';

export interface ConvertOptions extends JobRunOptions, RejectOptions {
  /** Files, folders (every regular file directly in them), globs or URIs. */
  readonly inputs: Inputs;
  readonly to: 'arrayrecord' | 'tfrecord';
  /** "ar/train" for ar/train-00000-of-00016.arrayrecord and so on; a folder, there already or with a slash at its end, for files in it. */
  readonly out: string;
  /** Number of outputs. Default 1. */
  readonly shards?: number;
  /** One output for each input, called after it, in the folder `out`. */
  readonly matchInputs?: boolean;
  /** As many shards as inputs, of equal numbers of records. */
  readonly matchShards?: boolean;
  /** With `matchInputs`: the last extension of the input's name makes way, instead of staying before the new one. */
  readonly overwriteExtension?: boolean;
  /** Of the ArrayRecord writer, in Google's grammar: "group_size:1,zstd:3". Default: theirs. */
  readonly options?: string;
  /** Of TFRecord outputs. Default "none". */
  readonly compression?: Compression;
  /** Make a proof of all records in order: equal for the same records, however they are cut into files. */
  readonly proof?: boolean;
}

export interface ConvertReport extends JobReport {
  readonly job: 'convert';
  readonly to: 'arrayrecord' | 'tfrecord';
  readonly inputs: number;
  readonly outputs: number;
  readonly records: number;
  readonly rejects: number;
  readonly payloadBytes: number;
  /** 32 hex digits, with `proof` and when all was done here. */
  readonly proof?: string;
  /** The inputs, each with what was taken of it. */
  readonly sources: readonly ConvertSource[];
  /** One per output, in order. For a dry run: what would be made, with numbers of records where they had to be counted. */
  readonly files: readonly ConvertedFile[];
}
