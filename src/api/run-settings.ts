/** Divides the options of a public function that starts a job: how it is to run, and what it is to do. */

import type { runOptions, workers } from '../jobs/engine/options.ts';
import type { RunSettings } from '../jobs/engine/run.ts';
import type { Options } from '../options.ts';
import { runUnitsIn } from '../runners/local.ts';
import type { runShape } from './shapes.ts';

type HowToRun = Omit<Options<typeof runOptions>, 'durable'> &
  Options<typeof runShape> &
  Options<{ readonly workers: ReturnType<typeof workers> }>;

/** What is left goes to the job: whoever adds an option need not name it here. */
export function divided<G extends HowToRun>(given: G) {
  const { workers, dryRun, overwrite, units, onProgress, onNotice, signal, ...options } = given;
  const settings: RunSettings = {
    runUnits: runUnitsIn(workers),
    dryRun,
    overwrite,
    units,
    onProgress,
    onNotice,
    signal,
  };
  return { settings, options };
}
