/** How a job is to run, out of the options of the public function that starts it. */

import type { RunSettings } from '../jobs/engine/run.ts';
import type { Options } from '../options.ts';
import { runUnitsIn } from '../runners/local.ts';
import type { jobShape } from './shapes.ts';

export function runSettings({
  workers,
  dryRun,
  overwrite,
  units,
  onProgress,
  onNotice,
  signal,
}: Options<typeof jobShape>): RunSettings {
  return { runUnits: runUnitsIn(workers), dryRun, overwrite, units, onProgress, onNotice, signal };
}
