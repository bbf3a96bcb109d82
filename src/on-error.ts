/** The policies about inputs that cannot be used: an option of public functions, what passes over records obey, and what they leave out. */

import type { ErrorCode } from './errors.ts';

/** From the strictest on: what one of them made without rejects, the later ones would have made too. */
export const onErrorChoices = ['fail', 'skip', 'salvage'] as const;
export type OnError = (typeof onErrorChoices)[number];

/** One line of rejects.jsonl: a record (or a damaged range) that is not in the output, and why. */
export interface Reject {
  readonly input: string;
  /** Index of the record, from 0, damaged ones counted as one each. */
  readonly record: number;
  /** Byte offset of the record's header in the (uncompressed) record stream. */
  readonly offset: number;
  /** Bytes left out, where a range is damaged. */
  readonly length?: number;
  readonly code: ErrorCode;
  readonly reason: string;
}
