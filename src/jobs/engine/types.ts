/** The shapes that jobs share, all plain JSON: they cross threads, machines and the journal. */

import type { ErrorCode } from '../../errors.ts';
import type { InputStamp } from '../../storage/stamp.ts';

/** One piece of work: knows its input and exactly the files it will make, or what their names begin with (relative to the output folder). */
export interface Unit {
  /** Unique within the plan and the same in every plan over the same inputs. */
  readonly id: string;
  readonly input: InputStamp;
  readonly outputs: readonly string[];
}

export interface OutputStamp {
  /** Relative to the output folder. */
  readonly name: string;
  readonly bytes: number;
  /** Eight lower-case hex digits. */
  readonly crc32c: string;
}

/** What a unit did. Holds no times, hosts or process ids. */
export interface Receipt {
  readonly unit: string;
  readonly input: InputStamp;
  readonly outputs: readonly OutputStamp[];
  readonly records: number;
  readonly rejects: number;
  /** The unit's file of rejects (src/jobs/engine/rejects.ts), when there are any. */
  readonly rejected?: OutputStamp;
}

/** A unit that makes one file, and what it did. */
export interface OneFileUnit extends Unit {
  readonly outputs: readonly [string];
}
export interface OneFileReceipt extends Receipt {
  readonly outputs: readonly [OutputStamp];
}

/** The same for a row that names a recording. */
export interface RowReject {
  /** The URI of the row's recording, or what the row says in its place. */
  readonly input: string;
  /** Index of the row below the header, from 0. */
  readonly row: number;
  /** Line of the file on which the row ends, from 1; absent where rows are no lines. */
  readonly line?: number;
  readonly code: ErrorCode;
  readonly reason: string;
  /** Its recording is damaged and was used nonetheless, with silence in the place of what is lost. */
  readonly kept?: true;
}

/** The same for a sample of an LMDB file. */
export interface SampleReject {
  readonly input: string;
  /** Its number in the order of keys, from 0. */
  readonly record: number;
  /** Null where it is not known, and stands for all that follow. */
  readonly key: string | null;
  readonly code: ErrorCode;
  readonly reason: string;
}

/** Given to a unit while it runs. */
export interface UnitContext {
  /** Counters and the stop flag, shared by all threads of the run: see src/counters.ts. */
  readonly shared: SharedArrayBuffer;
  /** Absolute path of the folder to write into ('' for jobs without one). */
  readonly outDir: string;
  /** URI of the output folder, when what was written is to be uploaded. */
  readonly upload?: string;
  /** How many threads it may keep busy, its own among them; the runner says so. Absent: one. */
  readonly threads?: number;
}

/** Counts so far, sampled a few times a second. */
export interface Progress {
  readonly job: string;
  readonly units: number;
  /** Finished units, the skipped ones included. */
  readonly unitsDone: number;
  /** Units that an earlier run had finished. */
  readonly unitsSkipped: number;
  /** Input bytes read in this run (and output bytes checked, after a crash), of all that this run has to read. */
  readonly bytes: number;
  readonly bytesTotal: number;
  readonly records: number;
  readonly rejects: number;
  readonly elapsedSeconds: number;
}
