/** Options and reports of the public functions. Sizes are bytes, times seconds, indices from 0. */

import type { Compression } from '../formats/compression.ts';
import type { ConvertedFile, ConvertSource } from '../jobs/convert.ts';
import type { DecodedFile } from '../jobs/decode.ts';
import type { ExtractedFile } from '../jobs/extract.ts';
import type { FeatureSummary } from '../jobs/feature-stats.ts';
import type {
  DamagedChunk,
  InspectedArrayRecord,
  RepairedArrayRecord,
  VerifiedArrayRecord,
} from '../jobs/files/array-record.ts';
import type { InspectedFlac, VerifiedFlac } from '../jobs/files/flac.ts';
import type { ChannelLevels } from '../jobs/files/levels.ts';
import type { InspectedLossy, VerifiedLossy } from '../jobs/files/lossy.ts';
import type { RecordingDamage, RecordingFault, RecordingNote } from '../jobs/files/recording-faults.ts';
import type { InspectedFile, RepairedFile, VerifiedFile } from '../jobs/files/registry.ts';
import type { InspectedTfRecord, RepairedTfRecord } from '../jobs/files/tfrecord.ts';
import type { DamagedRange, VerifiedTfRecord, VerifiedUnknown } from '../jobs/files/tfrecord-verify.ts';
import type { InspectedWav, VerifiedWav } from '../jobs/files/wav.ts';
import type { Progress } from '../jobs/types.ts';

export type {
  ChannelLevels,
  Compression,
  ConvertedFile,
  ConvertSource,
  DamagedChunk,
  DamagedRange,
  DecodedFile,
  ExtractedFile,
  FeatureSummary,
  InspectedArrayRecord,
  InspectedFlac,
  InspectedLossy,
  InspectedTfRecord,
  InspectedWav,
  RecordingDamage,
  RecordingFault,
  RecordingNote,
  RepairedArrayRecord,
  RepairedTfRecord,
  VerifiedArrayRecord,
  VerifiedFile,
  VerifiedFlac,
  VerifiedLossy,
  VerifiedTfRecord,
  VerifiedUnknown,
  VerifiedWav,
};

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

export interface ConvertOptions extends RunOptions {
  /** Files, folders (every regular file directly in them) or globs. */
  readonly inputs: readonly string[];
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
  /** What to do with what cannot be read. Default "fail". */
  readonly onError?: 'fail' | 'skip' | 'salvage';
  /** Fail when more records (or damaged stretches) than this are left out. Default: no limit. */
  readonly maxRejects?: number;
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

export interface ConvertReport {
  readonly job: 'convert';
  readonly version: string;
  readonly to: 'arrayrecord' | 'tfrecord';
  readonly out: string;
  /** Where the outputs and the manifest are. */
  readonly outDir: string;
  /** The manifest, in `outDir`. */
  readonly manifest: string;
  readonly dryRun: boolean;
  /** False when this was a part (`units`) and others are still missing. */
  readonly complete: boolean;
  readonly inputs: number;
  readonly outputs: number;
  /** Outputs done in this run, and found done. */
  readonly done: number;
  readonly skipped: number;
  readonly records: number;
  readonly rejects: number;
  readonly payloadBytes: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** 32 hex digits, with `proof` and when all was done here. */
  readonly proof?: string;
  readonly elapsedSeconds: number;
  readonly notices: readonly string[];
  /** One per output, in order. For a dry run: what would be made, with numbers of records where they had to be counted. */
  readonly files: readonly ConvertedFile[];
}

export interface DecodeOptions extends RunOptions {
  /** Files, folders (every regular file directly in them) or globs. */
  readonly inputs: readonly string[];
  /** "x.wav" for a single input; else a folder, in which each input becomes NAME.wav. */
  readonly out: string;
  /** One channel, counted from 0, or the mean of all. Default: all channels as they are. */
  readonly channel?: number | 'mean';
  /** In Hz. Default: that of the recording. */
  readonly sampleRate?: number;
  /** Seconds. Default: the start, and the end. */
  readonly from?: number;
  readonly to?: number;
  /** Of the output. Default: the fewest of 16, 24 and 32 that lose nothing, and "float" (32 bits) for floats. */
  readonly bits?: 16 | 24 | 32 | 'float';
  /** Put silence of the right length in the place of what is damaged and report it, instead of failing. Default false. */
  readonly lenient?: boolean;
  /** Flush every output to the disk before it gets its name. Default false. */
  readonly durable?: boolean;
  /** Plan only; touch nothing. */
  readonly dryRun?: boolean;
  /** Replace outputs that this job did not make, or made with other options. */
  readonly overwrite?: boolean;
  /** "M/N": only units whose index is M modulo N. For a folder. */
  readonly units?: string;
  /** Told of things a user should know that are not errors. */
  readonly onNotice?: (notice: string) => void;
}

export interface DecodeReport {
  readonly job: 'decode';
  readonly version: string;
  readonly out: string;
  readonly dryRun: boolean;
  /** False when this was a part (`units`) and others are still missing, and for a dry run. */
  readonly complete: boolean;
  readonly inputs: number;
  /** Done in this run, and found done. */
  readonly done: number;
  readonly skipped: number;
  /** Length of all outputs. */
  readonly soundSeconds: number;
  /** Damaged stretches that became silence, and how long they are together. */
  readonly gaps: number;
  readonly lostSeconds: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly elapsedSeconds: number;
  readonly notices: readonly string[];
  /** One per input, in plan order. For a dry run: what would be made, with counts 0. */
  readonly files: readonly DecodedFile[];
}

export interface VerifyOptions extends RunOptions {
  readonly inputs: readonly string[];
  /** Make a proof of the intact records of every file that holds records, and of all in order: see ConvertOptions. */
  readonly proof?: boolean;
}

export interface VerifyReport {
  readonly job: 'verify';
  readonly version: string;
  readonly ok: boolean;
  readonly inputs: number;
  readonly damagedInputs: number;
  /** Intact records, of all files that hold records. */
  readonly records: number;
  /** Length of all recordings together, as far as they could be read. */
  readonly soundSeconds: number;
  readonly bytes: number;
  /** With `proof`, when every file holds records. */
  readonly proof?: string;
  readonly elapsedSeconds: number;
  /** Told apart by `format`. */
  readonly files: readonly VerifiedFile[];
}

export interface InspectOptions {
  /** Read all of the file: every record, or every sample (and tell how loud they are); else the first `limit` records, or the header. */
  readonly all?: boolean;
  /** Records to look into. Default 1000. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** Told apart by `format`. */
export type InspectReport = InspectedFile;

export interface RepairOptions {
  readonly out: string;
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
}

/** Told apart by `format`. */
export type RepairReport = RepairedFile;
