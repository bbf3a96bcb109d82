/** What a unit of `unpack` did. */

import type { OnError } from '../../on-error.ts';
import type { NoteCount } from '../engine/note-counts.ts';
import type { Receipt } from '../engine/types.ts';

export interface UnpackReceipt extends Receipt {
  readonly shard: { readonly input: string; readonly size: number };
  readonly sounds: number;
  readonly soundSeconds: number;
  readonly arrays: number;
  readonly binaries: number;
  readonly notes: readonly NoteCount[];
  /** The policy under which the unit was done. */
  readonly onError: OnError;
}
