/** Options and reports of inspect(), verify() and repair(). */

import type { InspectedFile, RepairedFile, UnreadableFile, VerifiedFile } from '../../jobs/check/registry.ts';
import type { Inputs } from '../../storage/inputs.ts';
import type { RunOptions } from './run.ts';

export interface VerifyOptions extends RunOptions {
  /** Files, folders (every regular file directly in them), globs or URIs. */
  readonly inputs: Inputs;
  /** Make a proof of the intact records of every file that holds records, and of all in order: see ConvertOptions. */
  readonly proof?: boolean;
  /** Of recordings in cells of Parquet files: `header` (default) reads their headers, `full` decodes all of their sound. */
  readonly check?: 'header' | 'full';
  /** Take for damage what the viewer of the Hugging Face Hub does not show. Else it is a note. Default false. */
  readonly viewer?: boolean;
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
  /** Files, folders (every regular file directly in them), globs or URIs. */
  readonly inputs: Inputs;
  /** Read all of the file: every record, or every sample (and tell how loud they are); else the first `limit` records, or the header. */
  readonly all?: boolean;
  /** Records to look into. Default 1000. */
  readonly limit?: number;
  /** Told of each file when it was looked into, in the order of `files`; the next one waits for it. */
  readonly onFile?: (file: InspectedFile | UnreadableFile) => void | Promise<void>;
  /** Told of things a user should know that are not errors. */
  readonly onNotice?: (notice: string) => void;
  readonly signal?: AbortSignal;
}

export interface InspectReport {
  readonly job: 'inspect';
  readonly version: string;
  readonly inputs: number;
  /** How many of them could not be read at all. */
  readonly unreadable: number;
  /** What a folder or glob brought that is no regular file. */
  readonly notices: readonly string[];
  /** Told apart by `format`; one that could not be read beside others has "unknown". */
  readonly files: readonly (InspectedFile | UnreadableFile)[];
}

export interface RepairOptions {
  /** Files, folders (every regular file directly in them), globs or URIs. */
  readonly inputs: Inputs;
  /** A file for the intact records of a single input; a folder, there already or with a slash at its end, in which each keeps its name. */
  readonly out: string;
  readonly overwrite?: boolean;
  /** Told of each file when it is done, in the order of `files`; the next one waits for it. */
  readonly onFile?: (file: RepairedFile | UnreadableFile) => void | Promise<void>;
  /** Told of things a user should know that are not errors. */
  readonly onNotice?: (notice: string) => void;
  readonly signal?: AbortSignal;
}

export interface RepairReport {
  readonly job: 'repair';
  readonly version: string;
  readonly out: string;
  readonly inputs: number;
  /** How many of them could not be read, or held nothing intact. */
  readonly unreadable: number;
  /** Kept, of all files. */
  readonly records: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** What a folder or glob brought that is no regular file. */
  readonly notices: readonly string[];
  /** Told apart by `format`; one that could not be repaired beside others has "unknown". */
  readonly files: readonly (RepairedFile | UnreadableFile)[];
}
