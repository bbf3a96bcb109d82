/**
 * What a build takes rows from: processed episodes, or rows that other jobs read too. A source has two halves. In the process of the run it
 * plans chunks (`ChunkSource`); in a thread it gives the rows of one (`RowsOf`). Between them goes plain JSON alone.
 */

import type { Stop } from '../../bytes.ts';
import type { Reject } from '../../on-error.ts';
import type { StateFile } from '../engine/job.ts';
import type { RowReject, SampleReject } from '../engine/types.ts';
import type { SoundCheck } from './sound-check.ts';

/** As the writer of shards takes it (src/samples/parquet/write/shard-writer.ts). */
export interface ChunkColumn {
  readonly name: string;
  readonly kind:
    | 'audio'
    | 'string'
    | 'float32'
    | 'float64'
    | 'int32'
    | 'int64'
    | 'bool'
    | 'binary'
    | { readonly list: 'string' | 'float32' | 'float64' | 'int64' };
  /** Of audio, in Hz. Absent: that of each recording. */
  readonly samplingRate?: number;
}

/** What a thread is told of rows that are no episodes, as plain JSON. */
export type FromOptions = RowsOptions | PackOptions;

export interface RowsOptions {
  readonly kind: 'rows';
  /** Of the rows, as it may be shown. */
  readonly source: string;
  /** Path or URI where the paths of rows begin. */
  readonly audio: string;
  readonly allowOutside: boolean;
  /** Of the table in the state folder. */
  readonly table: string;
  readonly columns: readonly ChunkColumn[];
  /** Names of folders in the order of their ids; null where recordings have no such labels. */
  readonly labels: readonly string[] | null;
  readonly check: SoundCheck;
}

export interface PackOptions {
  readonly kind: 'pack';
  readonly columns: readonly ChunkColumn[];
  /** Fields of which no column is made. */
  readonly notKept: readonly string[];
  readonly check: SoundCheck;
}

/** Where a thread finds the rows of a chunk. */
export type ChunkInput =
  /** Whole prefixes of episodes as the plan has them, "processed/en/0001/", in its order. */
  | { readonly kind: 'episodes'; readonly prefixes: readonly string[] }
  /** Rows of the table in the state folder, which name recordings. `digest`: of these and of what their recordings were (PlannedRows). */
  | { readonly kind: 'rows'; readonly offset: number; readonly bytes: number; readonly digest: string }
  /** Samples of LMDB shards. */
  | { readonly kind: 'pack'; readonly ranges: readonly PackRange[] };

export interface PackRange {
  /** Path or URI of data.mdb. */
  readonly uri: string;
  readonly size: number;
  readonly version: string;
  /** The key of the first, in base64. */
  readonly start: string;
  /** Samples in the order of their keys, from 0, without the last. */
  readonly from: number;
  readonly to: number;
}

export interface PlannedChunk {
  /** "en-12": as progress.log has it. Of other sources "train-12". */
  readonly id: string;
  /** Of the dataset, as `load_dataset(repo, config)` takes it. */
  readonly config: string;
  readonly split: string;
  /** "data/en/chunk-00012.parquet"; several parts have "-part-00" before the extension. */
  readonly output: string;
  /** Bytes to be read, as far as they are known; 0 for none. */
  readonly size: number;
  /** Changes when the rows would be others: of episodes a hash of their prefixes. */
  readonly version: string;
  /**
   * What tells that inputs were touched since, though they may be what they were: then the chunk is made anew, and is another only where its version
   * is. No part of the identity.
   */
  readonly stamp?: string;
  /** What a chunk is: of episodes their prefixes in order. Part of the identity that stands in its files. */
  readonly names: readonly string[];
  /** Samples, where they have no names. */
  readonly count?: number;
  readonly from: ChunkInput;
}

export interface PlannedChunks {
  readonly columns: readonly ChunkColumn[];
  readonly chunks: readonly PlannedChunk[];
  /** What units look up (Plan.table). */
  readonly table?: StateFile;
  /** Files without rows and what else a folder brought that is no recording, with the reason. */
  readonly leftOut: readonly string[];
  /** Columns of which none is made. */
  readonly notKept: readonly string[];
  readonly notices: readonly string[];
  /** What the thread is told of rows that are no episodes. */
  readonly rows?: FromOptions;
}

export interface ChunkSource {
  /** For people: a path or a URI as it may be shown. */
  readonly name: string;
  /** Once. What it opened for a unit (a table) is closed by close(). */
  plan(stop: Stop): Promise<PlannedChunks>;
  close(): void;
}

export interface ChunkRow {
  /** By the names of the columns. `audio` is { bytes, path } or null; valid until the next row is asked for. */
  readonly values: { readonly [column: string]: unknown };
  /** For messages: the URI of the recording, or the key of a sample. */
  readonly name: string;
  /** NaN where nobody knows. */
  readonly seconds: number;
  readonly speaker: string | null;
  readonly dnsmos: number | null;
}

/** What a source may use in a thread. */
export interface RowsContext {
  /** Local folder of the state in which the table is (UnitContext.outDir). */
  readonly outDir: string;
  readonly stop: Stop;
  /** At most so many recordings on their way. */
  readonly ahead: number;
  /** Of input bytes that came. */
  countBytes(bytes: number): void;
  /** Takes what is left out, in the order of rows. Throws where that ends the chunk (`onError`, `maxRejects`). */
  reject(what: Reject | RowReject | SampleReject): void;
  /** Names in rejects.jsonl, in the same order, what belongs to no row and so is none that is left out. */
  mention(what: Reject): void;
  /** Of a recording that is used: what is odd about it. */
  note(name: string, notes: readonly string[]): void;
  /** What rows say that no column is made of. */
  notKept(keys: readonly string[]): void;
}

/** Rows in the order of the source, whatever the order in which bytes come. A failure that is no fault of a row is thrown. */
export type RowsOf<I extends ChunkInput, O> = (from: I, options: O, context: RowsContext) => AsyncIterable<ChunkRow>;
