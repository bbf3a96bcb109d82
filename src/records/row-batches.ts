/** Rows of an array in order, some megabytes at a time: the options of who asks for them, and the reading ahead. */

import type { Stop } from '../bytes.ts';
import { integer, optional, readOptions } from '../options.ts';
import { takenUpLater } from '../promises.ts';

export interface RowBatchesOptions {
  /** First row. Default 0. */
  readonly from?: number;
  /** The row behind the last. Default: all. */
  readonly to?: number;
  /** About how many bytes of rows a batch holds; one row at least. Default 4 MiB. */
  readonly batchBytes?: number;
  /** Stops between batches. */
  readonly signal?: AbortSignal;
}

export interface RowRange {
  readonly from: number;
  readonly to: number;
  readonly batchBytes: number;
  readonly signal: Stop | undefined;
}

const shape = {
  from: integer(0, Number.MAX_SAFE_INTEGER, 0),
  to: integer(0, Number.MAX_SAFE_INTEGER, undefined),
  batchBytes: integer(1, 1 << 30, 4 << 20),
  signal: optional<Stop>('an AbortSignal', (v) => typeof (v as Stop | null)?.throwIfAborted === 'function'),
};

/** Not compared with `length`, which is where the rows end that are asked for without an end. */
export function rowRange(options: RowBatchesOptions, length: number): RowRange {
  const { to = length, ...given } = readOptions(options, shape, 'batches()');
  return { ...given, to };
}

/** The next batch is on its way while the caller works on this one. REQUIRES: from <= to. */
export async function* rowBatches<T>(
  { from, to, batchBytes, signal }: RowRange,
  rowBytes: number,
  read: (from: number, to: number) => Promise<T>,
): AsyncGenerator<{ readonly from: number; readonly rows: number; readonly data: T }> {
  // Rows without values cost nothing, however many a header claims.
  const step = rowBytes === 0 ? Math.max(1, to - from) : Math.max(1, Math.floor(batchBytes / rowBytes));
  const start = (at: number) => takenUpLater(read(at, Math.min(to, at + step)));
  let next = from < to ? start(from) : undefined;
  for (let at = from; next !== undefined; at += step) {
    signal?.throwIfAborted();
    const data = await next;
    next = at + step < to ? start(at + step) : undefined;
    yield { from: at, rows: Math.min(step, to - at), data };
  }
}
