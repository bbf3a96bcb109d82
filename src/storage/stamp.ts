/** What an input was when it was looked at. */

import type { LinkedInput } from './links.ts';

/** An input as it was when the plan was made; a change of size or time means "do it again". */
export interface InputStamp extends LinkedInput {
  readonly size: number;
  /** Nanoseconds since 1970 as a decimal string (local files), or an ETag (object stores). */
  readonly version: string;
}
