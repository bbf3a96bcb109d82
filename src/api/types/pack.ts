/** Options and report of pack(). */

import type { NoteCount } from '../../jobs/engine/note-counts.ts';
import type { PackedShard } from '../../jobs/pack/metadata.ts';
import type { Converter } from '../../samples/converter.ts';
import type { BuiltInProcessor } from '../../samples/load.ts';
import type { ModuleClass } from '../../samples/module-class.ts';
import type { Inputs } from '../../storage/inputs.ts';
import type { Uploader } from '../../storage/uploads/uploader.ts';
import type { JobReport, JobRunOptions, RejectOptions } from './run.ts';

export interface PackOptions extends JobRunOptions, RejectOptions {
  /**
   * A manifest (JSON Lines), a CSV file or a folder of recordings: a path or a URI. A dataset of the Hub ("hf://datasets/OWNER/NAME"), or Parquet files.
   * Or `converter`.
   */
  readonly inputs?: Inputs;
  /** What gives samples, where no file names them. */
  readonly converter?: Converter | ModuleClass;
  /** A folder: a path, or a URI under s3:// or gs://. */
  readonly out: string;
  /** Where the paths of rows begin: a folder, or a URI such as "gs://my-bucket". Default: the folder of the file. */
  readonly audio?: string;
  /** Default: "audio_filepath", "file_name" or the like. */
  readonly audioColumn?: string;
  /** Default: "text", "transcription", "transcript", "sentence" or "normalized_text". */
  readonly textColumn?: string;
  /**
   * Further columns that become fields, as "speaker", "year:int", "score:float"; ["*"]: all. Default: a column of labels, and of metadata.csv or
   * metadata.jsonl in a folder all.
   */
  readonly keepColumns?: readonly string[];
  /** Default 1000; 10,000 where a processor keeps no sound. */
  readonly samplesPerShard?: number;
  /** Of a dataset of the Hub, such as "train". Default: the only one there is. */
  readonly split?: string;
  /** Of a dataset of the Hub. Default: the one that its card calls so. */
  readonly config?: string;
  /** A branch, tag or commit of a dataset of the Hub. Default "main". */
  readonly revision?: string;
  /** Resample to this rate, in Hz. Default: as recorded; of Parquet files with the feature Audio the rate that this says. */
  readonly sampleRate?: number;
  /** The mean of all channels. Default false. */
  readonly mono?: boolean;
  /**
   * What `audio` holds: float32 samples, frame after frame (default), a FLAC file (which needs the optional package flac-bindings), or the bytes
   * of the recording.
   */
  readonly codec?: 'pcm' | 'flac' | 'original';
  /** How samples are written: as Python's pickle does (default), or as MessagePack. */
  readonly values?: 'pickle' | 'msgpack';
  /** What is made of each sample: "whisper", "logmel", "tokenizer", a module such as "./loudness.mjs#Loudness", or a class in a module. */
  readonly processor?: string | BuiltInProcessor | ModuleClass;
  /** What a processor that is named by a text is given: plain JSON. */
  readonly processorOptions?: { readonly [name: string]: unknown };
  /**
   * Read recordings that lie outside of `audio` too: "../", absolute paths, complete URIs, links that lead out of it. Default false: such rows are
   * refused.
   */
  readonly allowOutside?: boolean;
  /** In metadata.json. Default: after the input, or what the converter says. */
  readonly datasetName?: string;
  /** Recordings that each thread asks for before it needs them, where they come over a network. Default 8. */
  readonly prefetch?: number;
  /** Where shards also go when they are done: a folder, a URI, an Uploader, or the class of one in a module. */
  readonly upload?: string | Uploader | ModuleClass;
  /** Remove a shard of this machine when it is uploaded. Default false. */
  readonly removeUploaded?: boolean;
}

export interface PackReport extends JobReport {
  readonly job: 'pack';
  /** What samples came from. */
  readonly source: string;
  /** Rows, or samples of a converter. */
  readonly rows: number;
  /** In the shards. */
  readonly samples: number;
  /** Recordings that were used: samples need have none. */
  readonly recordings: number;
  readonly rejects: number;
  /** Damaged recordings that were used under "salvage". */
  readonly salvaged: number;
  /** Recordings without a sample of sound that were used. */
  readonly empty: number;
  /** Of the sound that is stored, or was processed. */
  readonly seconds: number;
  /** Of the recordings, whatever part of them was wanted. */
  readonly soundSeconds: number;
  /** Of the recordings; in a dry run, of those that are local files. */
  readonly bytesIn: number;
  /** Columns of which no field was made. */
  readonly notKept: readonly string[];
  /** Samples that had no sound to begin with. */
  readonly withoutSound: number;
  /** Of the recordings, whatever they were made into. */
  readonly sampleRates: readonly { readonly sampleRate: number; readonly recordings: number }[];
  readonly channels: readonly { readonly channels: number; readonly recordings: number }[];
  /** Rows whose local recording was not there when the run was planned. */
  readonly missing: number;
  /** Rows whose recording lies outside of `audio`, where that is not allowed. */
  readonly outside: number;
  /** Recordings that are read over a network: at least one request each. */
  readonly requests: number;
  /** Files of a folder that are not packed, and why. */
  readonly leftOut: readonly string[];
  /** What is odd about recordings although they were used, and what the processor says of samples: notes of one kind are counted. */
  readonly notes: readonly NoteCount[];
  /** The shards. For a dry run: what would be made. */
  readonly files: readonly PackedShard[];
}
