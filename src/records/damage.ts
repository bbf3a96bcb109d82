/** What every format says of damage. */

import type { ErrorCode } from '../errors.ts';

/** A stretch of a file that does not hold what was written. Formats add where that is in their own measure. */
export interface Damage {
  readonly offset: number;
  /** Bytes; 0 where something is missing without a place of its own. */
  readonly length: number;
  readonly code: ErrorCode;
  readonly reason: string;
}
