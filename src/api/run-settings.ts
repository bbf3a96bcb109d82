/** Divides the options of a public function that starts a job: how it is to run, and what it is to do. */

import type { runOptions, workers } from '../jobs/engine/options.ts';
import type { RunSettings } from '../jobs/engine/run.ts';
import type { Options } from '../options.ts';
import { runUnitsIn } from '../runners/local.ts';
import { placeIn, shown } from '../storage/uri.ts';
import type { runShape } from './shapes.ts';

type HowToRun = Omit<Options<typeof runOptions>, 'durable'> &
  Options<typeof runShape> &
  Options<{ readonly workers: ReturnType<typeof workers> }>;

/** Where a job puts what it makes, as its report tells it. `manifest`: its name, where this run wrote one. */
export function placesOf({ out, folder, manifest }: { out: string; folder: string; manifest?: string | undefined }) {
  return {
    out: shown(out),
    folder: shown(folder),
    ...(manifest === undefined ? {} : { manifest: shown(placeIn(folder, manifest)) }),
  };
}

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
