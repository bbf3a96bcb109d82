/** What datasetBuild() takes and tells. Sizes are bytes, times seconds. */

import type { NoteCount } from '../../jobs/engine/note-counts.ts';
import type { RunOptions } from './run.ts';

export interface DatasetBuildOptions extends RunOptions {
  /** Folder or URI where LANGUAGE/EPISODE/all_segments.json are. Default: r2://R2_BUCKET/processed/. */
  readonly source?: string;
  /** "pack:DIR", "folder:DIR", "csv:FILE" or "manifest:FILE": rows of these instead of episodes. */
  readonly from?: string;
  /** With `from` "csv:" or "manifest:", where the paths of rows begin. Default: the folder of the file. */
  readonly audio?: string;
  /** The work plan. Default: work_plan.json in `state`; made when it is not there. */
  readonly plan?: string;
  /** Where plan, progress.log and journal are. Default: the working directory. */
  readonly state?: string;
  /** The dataset of the Hub that gets the files: "org/name". */
  readonly repo?: string;
  /** A folder that gets them instead. */
  readonly out?: string;
  /** Build these languages alone. Default: all. */
  readonly language?: string | readonly string[];
  /** Divide the chunks among so many machines. */
  readonly chunkMod?: number;
  /** Which of them this one is, from 0 on. */
  readonly chunkRem?: number;
  /** While a plan is made: the first episodes of each language alone. */
  readonly limitPerLanguage?: number;
  /** Default 1000. */
  readonly episodesPerChunk?: number;
  /** With `from`. Default 1000. */
  readonly samplesPerChunk?: number;
  /** Most bytes of a file. Default 2 GiB. */
  readonly parquetMaxBytes?: number;
  /** Most bytes of a row group, all columns together. Default 100,000,000. */
  readonly rowgroupBytes?: number;
  /** Hz to which readers decode; the files stay as they are. Default 16000; with `from` that of each recording. */
  readonly samplingRate?: number;
  /** "header" looks at the first bytes of each recording, "full" decodes it. Default "header". */
  readonly check?: 'header' | 'full';
  readonly audioColumn?: string;
  readonly textColumn?: string;
  /** With `from`, further columns. */
  readonly keepColumns?: readonly string[];
  /** With `from`: also read recordings outside of `audio`. Default false. */
  readonly allowOutside?: boolean;
  /** Downloads at the same time, of all threads together. Default 128. Of recordings at most 128 MiB are in flight, or one that is larger. */
  readonly downloadWorkers?: number;
  /** How files go to the Hub. Default "auto". */
  readonly xet?: 'auto' | 'on' | 'off';
  /** Make the repository a private one, when it has to be made. Default false. */
  readonly private?: boolean;
  /** Default: R2_ENDPOINT_URL, and so on of the environment or .env. */
  readonly r2EndpointUrl?: string;
  readonly r2AccessKeyId?: string;
  readonly r2SecretAccessKey?: string;
  readonly hfToken?: string;
  /** What to do with a segment or row that cannot be used. Default "skip". */
  readonly onError?: 'fail' | 'skip';
  /** Fail when more than this is rejected. Default: no limit. */
  readonly maxRejects?: number;
  /** Flush every file to the disk before it gets its name. Default false. */
  readonly durable?: boolean;
  /** Plan only; write nothing. */
  readonly dryRun?: boolean;
  /** Replace files that stand in the place of a chunk, made by others or with other options. */
  readonly overwrite?: boolean;
  /** Told of things a user should know that are not errors. */
  readonly onNotice?: (notice: string) => void;
}

export interface DatasetFile {
  /** "data/en/chunk-00012.parquet". */
  readonly name: string;
  readonly bytes: number;
  readonly rows: number;
  readonly seconds: number;
  readonly config: string;
  readonly split: string;
}

export interface DatasetBuildReport {
  readonly job: 'dataset build';
  readonly version: string;
  readonly source: string;
  /** The option `out`, or the repository as a URI. */
  readonly out: string;
  /** hf://datasets/ORG/NAME. */
  readonly repository?: string;
  /** Where manifest and rejects.jsonl are, and with `out` the files. */
  readonly folder: string;
  /** Where the plan is. Absent with `from`. */
  readonly plan?: string;
  /** Absent where it is not `complete`. */
  readonly manifest?: string;
  readonly dryRun: boolean;
  /** Every chunk of the plan is done. */
  readonly complete: boolean;
  /** Of the whole plan. */
  readonly chunks: number;
  /** Episodes or rows of the whole plan. */
  readonly sources: number;
  /** Chunks built in this run. */
  readonly done: number;
  /** Chunks that were there. */
  readonly skipped: number;
  /** Chunks that other runs are to do (`language`, `chunkMod`), and with `dryRun` all that are not there. */
  readonly left: number;
  /** Of the chunks of this run, done and skipped. */
  readonly rows: number;
  readonly rejects: number;
  /** Files that belong to no segment: listed in rejects.jsonl, and no rejects. */
  readonly extras: number;
  readonly seconds: number;
  readonly rowsWithoutDuration: number;
  /** Chunks without a usable row: there is no file of them. */
  readonly emptyChunks: readonly string[];
  /** What rows say that no column is made of. */
  readonly notKept: readonly string[];
  readonly leftOut: readonly string[];
  readonly notes: readonly NoteCount[];
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Made in this run. */
  readonly commits: number;
  /** Bytes that went to the Hub in this run. */
  readonly sentBytes: number;
  readonly elapsedSeconds: number;
  readonly notices: readonly string[];
  readonly files: readonly DatasetFile[];
}
