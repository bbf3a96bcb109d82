/** How many threads a run gets. */

import { availableParallelism } from 'node:os';

/** No more threads than units: an idle one costs 28 ms and 8 MB. */
export function poolSize(workers: number | undefined, units: number): number {
  return Math.max(1, Math.min(workers ?? availableParallelism(), units));
}
