/** Options and report of ingest(). */

import type { NoteCount } from '../../jobs/engine/note-counts.ts';
import type { ClassCount, IngestedShard } from '../../jobs/ingest/job.ts';
import type { LabelConflict } from '../../jobs/ingest/plan.ts';
import type { Inputs } from '../../storage/inputs.ts';
import type { JobReport, JobRunOptions, RejectOptions } from './run.ts';

export interface IngestOptions extends JobRunOptions, RejectOptions {
  /** One CSV file: a path, a URI, or a folder or glob that brings no other. */
  readonly inputs: Inputs;
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
  /**
   * Read recordings that lie outside of `audio` too: "../", absolute paths, complete URIs, links that lead out of it. Default false: such rows are
   * refused.
   */
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
  /** The CSV file, of a URI what may be shown. */
  readonly csv: string;
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
  /** Of the recordings, whatever they were made into: so are `channels` and `soundSeconds`. */
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
  readonly delimiter: string;
  /** Which columns were used, from 0. */
  readonly labelColumn: number;
  readonly pathColumn: number;
  /** Rows that say again what an earlier one said, and rows that contradict one; all are kept. */
  readonly repeats: number;
  readonly conflicts: number;
  /** What is odd about recordings although they were used: notes of one kind are counted. */
  readonly notes: readonly NoteCount[];
  /** The first hundred of those. */
  readonly contradictions: readonly LabelConflict[];
  /** The shards. For a dry run: what would be made. */
  readonly files: readonly IngestedShard[];
}
