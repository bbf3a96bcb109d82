/** What a unit of `pack` did. */

import type { OnError } from '../../records/on-error.ts';
import type { JsonObject } from '../engine/journal.ts';
import type { OutputStamp, Receipt } from '../engine/types.ts';
import type { RecordingTotals } from '../rows/tally.ts';

export interface PackReceipt extends Receipt, RecordingTotals {
  readonly outputs: readonly [data: OutputStamp, lock: OutputStamp];
  readonly rejects: number;
  readonly sha256: string;
  /** Of the samples' sound. */
  readonly seconds: number;
  readonly valueBytes: number;
  /** The first sample, as metadata.json shows it. */
  readonly features: JsonObject | null;
  /** Samples that had no sound to begin with. */
  readonly silent: number;
  /** Fields that the processor did not hand on. */
  readonly lost: readonly string[];
  readonly onError: OnError;
  /** Where it went. */
  readonly uploaded?: string;
  /** Its files were removed when they were there. */
  readonly isAway?: true;
}
