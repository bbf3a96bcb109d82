/** What an input was when it was looked at. */

import type { LinkedInput } from './links.ts';

/** An input as it was when the plan was made; a change of size or time means "do it again". */
export interface InputStamp extends LinkedInput {
  readonly size: number;
  /** Nanoseconds since 1970 as a decimal string (local files), or an ETag (object stores). */
  readonly version: string;
}

/** What was opened by its name, so that others can open it too: a local path, or a URI and what its server calls this version of it. */
export interface Named {
  readonly uri: string;
  readonly version: string | undefined;
}
