/** Options and reports of the public functions. Sizes are bytes, times seconds, indices from 0. */

import type { RecordingDamage, RecordingFault, RecordingNote } from '../formats/audio/recording-faults.ts';
import type { Compression } from '../formats/records/compression.ts';
import type {
  DamagedChunk,
  InspectedArrayRecord,
  RepairedArrayRecord,
  VerifiedArrayRecord,
} from '../jobs/check/array-record.ts';
import type { FeatureSummary } from '../jobs/check/feature-stats.ts';
import type { InspectedFlac, VerifiedFlac } from '../jobs/check/flac.ts';
import type { ChannelLevels } from '../jobs/check/levels.ts';
import type { InspectedLossy, VerifiedLossy } from '../jobs/check/lossy.ts';
import type { InspectedFile, RepairedFile, VerifiedFile } from '../jobs/check/registry.ts';
import type { InspectedTfRecord, RepairedTfRecord } from '../jobs/check/tfrecord.ts';
import type { DamagedRange, VerifiedTfRecord, VerifiedUnknown } from '../jobs/check/tfrecord-verify.ts';
import type { InspectedWav, VerifiedWav } from '../jobs/check/wav.ts';
import type { ConvertedFile } from '../jobs/convert/job.ts';
import type { ConvertSource } from '../jobs/convert/sources.ts';
import type { DecodedFile } from '../jobs/decode/job.ts';
import type { NoteCount } from '../jobs/engine/note-counts.ts';
import type { Progress } from '../jobs/engine/types.ts';
import type { ExtractedFile } from '../jobs/extract/job.ts';
import type { ClassCount, IngestedShard } from '../jobs/ingest/job.ts';
import type { LabelConflict } from '../jobs/ingest/plan.ts';

export type {
  ChannelLevels,
  ClassCount,
  Compression,
  ConvertedFile,
  ConvertSource,
  DamagedChunk,
  DamagedRange,
  DecodedFile,
  ExtractedFile,
  FeatureSummary,
  IngestedShard,
  InspectedArrayRecord,
  InspectedFlac,
  InspectedLossy,
  InspectedTfRecord,
  InspectedWav,
  LabelConflict,
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

/** Of every such job. */
export interface JobReport {
  readonly version: string;
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

export interface ExtractOptions extends JobRunOptions, RejectOptions {
  /** Files, folders (every regular file directly in them) or globs. */
  readonly inputs: readonly string[];
  readonly outDir: string;
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
  readonly outDir: string;
  readonly inputs: number;
  readonly records: number;
  readonly rows: number;
  readonly rejects: number;
  readonly assumedUtc: number;
  readonly withoutZone: number;
  /** One per input, in plan order. For a dry run: what would be made, with counts 0. */
  readonly files: readonly ExtractedFile[];
}

export interface ConvertOptions extends JobRunOptions, RejectOptions {
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
}

export interface ConvertReport extends JobReport {
  readonly job: 'convert';
  readonly to: 'arrayrecord' | 'tfrecord';
  readonly out: string;
  /** Where the outputs and the manifest are. */
  readonly outDir: string;
  /** The manifest, in `outDir`. */
  readonly manifest: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly records: number;
  readonly rejects: number;
  readonly payloadBytes: number;
  /** 32 hex digits, with `proof` and when all was done here. */
  readonly proof?: string;
  /** One per output, in order. For a dry run: what would be made, with numbers of records where they had to be counted. */
  readonly files: readonly ConvertedFile[];
}

export interface DecodeOptions extends JobRunOptions {
  /** Files, folders (every regular file directly in them) or globs. */
  readonly inputs: readonly string[];
  /** "x.wav" for a single input; else a folder, in which each input becomes NAME.wav. */
  readonly out: string;
  /** One channel, counted from 0. Default: all channels as they are. */
  readonly channel?: number;
  /** The mean of all channels; not together with `channel`. Default false. */
  readonly mono?: boolean;
  /** In Hz. Default: that of the recording. */
  readonly sampleRate?: number;
  /** Seconds. Default: the start, and the end. */
  readonly from?: number;
  readonly to?: number;
  /** Of the output. Default: the fewest of 16, 24 and 32 that lose nothing, and "float" (32 bits) for floats. */
  readonly bits?: 16 | 24 | 32 | 'float';
  /** Put silence of the right length in the place of what is damaged and report it, instead of failing. Default false. */
  readonly lenient?: boolean;
}

export interface DecodeReport extends JobReport {
  readonly job: 'decode';
  readonly out: string;
  readonly inputs: number;
  /** Length of all outputs. */
  readonly soundSeconds: number;
  /** Damaged stretches that became silence, and how long they are together. */
  readonly gaps: number;
  readonly lostSeconds: number;
  /** What is odd about the files although they were read: those of one kind are counted. Each file has its own in `files`. */
  readonly notes: readonly NoteCount[];
  /** One per input, in plan order. For a dry run: what would be made, with counts 0. */
  readonly files: readonly DecodedFile[];
}

export interface VerifyOptions extends RunOptions {
  readonly inputs: readonly string[];
  /** Make a proof of the intact records of every file that holds records, and of all in order: see ConvertOptions. */
  readonly proof?: boolean;
  /** Told of things a user should know that are not errors. */
  readonly onNotice?: (notice: string) => void;
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
  /** What a folder or glob brought that is no regular file. */
  readonly notices: readonly string[];
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

export interface IngestOptions extends JobRunOptions, RejectOptions {
  /** The CSV file: a path or URI. */
  readonly csv: string;
  /** PREFIX of PREFIX-00000-of-00064.tfrecord. With a slash at the end, or where there is such a folder: a folder for shards called after the CSV file. */
  readonly out: string;
  /** Where the paths of the rows begin: a folder, or a URI such as "gs://my-bucket". Default: the folder of the CSV file. */
  readonly audio?: string;
  /** Default 1. */
  readonly shards?: number;
  /** Names in the header, in any case, or numbers from 0. Default: "Label" and "Blob Name" or the like, else the first and the second. */
  readonly labelColumn?: string | number;
  readonly pathColumn?: string | number;
  /** Default: found in the first row. */
  readonly delimiter?: string;
  /**
   * Whether the first row is a header. "auto" (default): it is data when it has a label and names a recording that is there, and an error
   * when only one half says so.
   */
  readonly header?: 'auto' | 'yes' | 'no';
  /** Read recordings outside of `audio` too ("../", absolute paths, complete URIs, links that lead out of it). Default false: they are refused. */
  readonly allowOutside?: boolean;
  /**
   * "int" (default): labels are whole numbers. "string": names, which get ids from 0 on in the order of their UTF-8 bytes, kept in labels.json.
   * Anything else is the path of a JSON object of names and ids.
   */
  readonly labels?: string;
  /** What stands between several labels of one row. */
  readonly multiLabel?: string;
  /** Further columns that become features: "site" (text), "year:int", "latitude:float". */
  readonly keepColumns?: readonly string[];
  /**
   * "compat" (default): features `label` and `audio`, byte for byte as TensorFlow's serializer writes them. "rich": also `sample_rate`,
   * `num_samples`, `num_channels`, `filename`, `label_name` and `sha256` (of the file); the first three not where `media` is "any".
   */
  readonly mode?: 'compat' | 'rich';
  /**
   * What `audio` is: a serialized float32 TensorProto [samples, channels] (default), 16-bit little-endian samples, the file as it is, or a
   * FLAC file (which needs the optional package flac-bindings).
   */
  readonly audioAs?: 'tensor' | 'pcm16' | 'bytes' | 'flac';
  /** "any": whatever the rows name (pictures, video, text) is taken as it is, which needs `audioAs: 'bytes'`. Default "audio": recordings. */
  readonly media?: 'audio' | 'any';
  /** Resample to this rate, in Hz. */
  readonly sampleRate?: number;
  /** The mean of all channels. Default false. */
  readonly mono?: boolean;
  /** Cut recordings into clips of this many seconds, each an Example with `start_s` and `end_s`. */
  readonly window?: number;
  /** Seconds from one start to the next. Default: `window`. */
  readonly hop?: number;
  /** What becomes of a clip that reaches beyond the end: filled with zeros (default), or left out. */
  readonly pad?: 'zero' | 'drop';
  readonly compression?: 'none' | 'gzip';
  /** Spread rows over the shards in an order made of this number. Default: the order of the file. */
  readonly shuffle?: number;
  /** Recordings that each thread asks for before it needs them, where they come over a network, for both shards that it then works on. Default 8. */
  readonly prefetch?: number;
  /** A local folder for verified copies of recordings that come over a network, which the next run uses. Default: none are kept. */
  readonly keepInputs?: string;
  /**
   * "fail" (default) stops at the first row that cannot be used. "skip" leaves it out and lists it in rejects.jsonl. "salvage" also uses
   * damaged recordings, with silence in the place of what is lost.
   */
  readonly onError?: 'fail' | 'skip' | 'salvage';
}

export interface IngestReport extends JobReport {
  readonly job: 'ingest';
  readonly csv: string;
  readonly out: string;
  /** Of the CSV file. */
  readonly rows: number;
  /** Rows whose recording is in the shards. */
  readonly used: number;
  /** Examples: more than rows where recordings are cut. */
  readonly records: number;
  readonly rejects: number;
  /** Damaged recordings that were used under "salvage". */
  readonly salvaged: number;
  /** Recordings without a sample, and files without a byte: they are in the shards, as TensorFlow would have put them there. */
  readonly empty: number;
  readonly soundSeconds: number;
  /** Of the recordings; in a dry run, of those that are local files. */
  readonly bytesIn: number;
  readonly classes: readonly ClassCount[];
  readonly sampleRates: readonly { readonly sampleRate: number; readonly recordings: number }[];
  readonly channels: readonly { readonly channels: number; readonly recordings: number }[];
  /** Recordings that are read over a network: at least one request each. */
  readonly requests: number;
  /** Rows whose local recording was not there when the run was planned. */
  readonly missing: number;
  /** Rows whose recording lies outside of `audio`, where that is not allowed. */
  readonly outside: number;
  /** Whether the first row was taken for a header. */
  readonly header: boolean;
  /** Rows that say again what an earlier one said, and rows that contradict one; all are kept. */
  readonly repeats: number;
  readonly conflicts: number;
  /** What is odd about recordings although they were used: notes of one kind are counted. */
  readonly notes: readonly NoteCount[];
  /** The first hundred of those. */
  readonly contradictions: readonly LabelConflict[];
  readonly shards: readonly IngestedShard[];
}
