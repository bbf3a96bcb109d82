/** The types and numbers of what the addon exports for LMDB files. */

/** Why an entry is not written: native/os/lmdb_writer.h. */
export const lmdbRefusal = { emptyKey: 1, longKey: 2, largeValue: 3, keyOrder: 4, keyTwice: 5 } as const;

/** An entry of a call that was refused, counted from 0; nothing of the call was written. */
export interface LmdbRefused {
  readonly refusal: (typeof lmdbRefusal)[keyof typeof lmdbRefusal];
  readonly entry: number;
}

/** native/addon/lmdb_writer_binding.cc. One call at a time. */
export interface NativeLmdbWriter {
  /** On another thread; the values must not change meanwhile. */
  write(keys: readonly Uint8Array[], values: readonly Uint8Array[]): Promise<void> | LmdbRefused;
  /** On another thread; nothing but close() may follow. */
  finish(flush: boolean): Promise<{ readonly entries: number; readonly pages: number; readonly bytes: number }>;
  /** Gives the file up, as far as it is written. */
  close(): void;
}
