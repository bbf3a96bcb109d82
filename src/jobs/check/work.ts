/** What can be done with a file of one format. A module that exports these functions is one line in registry.ts away from every command. */

import type { SerializedError } from '../../errors.ts';
import type { Damage } from '../../records/damage.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import type { UnitContext } from '../engine/types.ts';

export interface InspectSettings {
  /** Read all of the file; else what tells most for little: headers, or the first `limit` records. */
  readonly all: boolean;
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

export interface RepairSettings {
  readonly out: string;
  readonly overwrite: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What every format says of a file it has looked into. */
export interface Inspected {
  readonly source: string;
  readonly format: string;
  readonly size: number;
}

export interface VerifySettings {
  /** Make a proof of the records, where a file holds any. */
  readonly proof: boolean;
  /** Recordings in cells of Parquet files: their headers, or all of their sound. */
  readonly check: 'header' | 'full';
  /** What the viewer of the Hub does not show is damage. */
  readonly viewer: boolean;
}

/** What every format says of a file it has checked. */
export interface Verified {
  readonly source: string;
  readonly format: string;
  readonly size: number;
  readonly ok: boolean;
  readonly damaged: readonly Damage[];
  /** Set when the file cannot be checked at all. */
  readonly error?: SerializedError;
}

export interface Repaired {
  readonly format: string;
  readonly source: string;
  readonly out: string;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly crc32c: string;
}

/** `source` is a path. What is damaged is in the reports; what is thrown is that a file cannot be read at all. */
export interface FileWork<
  I extends Inspected = Inspected,
  V extends Verified = Verified,
  R extends Repaired = Repaired,
> {
  inspect(source: string, settings: InspectSettings): Promise<I>;
  /** Runs in a worker; reads all of the file, writes nothing. */
  verify(input: InputStamp, context: UnitContext, settings: VerifySettings): Promise<V>;
  /** Absent where nothing can be repaired. */
  readonly repair?: (source: string, settings: RepairSettings) => Promise<R>;
}
