/** What the first bytes of a file say. */

import type { AudioFormat } from '../audio/audio.ts';

export interface Sniffed {
  /** Words that end a sentence: "it is ...". */
  readonly what: string;
  /** Where it is read. */
  readonly format?: AudioFormat | 'arrayrecord' | 'lmdb' | 'parquet';
  /** Sound, of a format that is not read. */
  readonly isSound?: true;
  /** Frames of FLAC without what should stand before them. */
  readonly isBare?: true;
  /** By a few bits only: no second frame was seen where the first one ends. */
  readonly isWeak?: true;
}
