/** Runs units that need no state in an output folder: verify(), decode() to a single file, and the counting that convert() plans by. */

import { Sampler } from './progress.ts';
import type { RunUnits } from './run.ts';
import { createShared, interrupted, requestStop } from './shared.ts';
import type { InputStamp, Progress } from './types.ts';

export interface PlainRun<U> {
  readonly job: string;
  /** URL of the unit's module. */
  readonly module: string;
  readonly units: readonly U[];
  readonly options: object;
  /** Of the inputs, where several units share one. Default: the inputs of all units. */
  readonly bytesTotal?: number;
  /** Absolute, or '' where nothing is written. */
  readonly outDir: string;
  /** URI of the folder that takes what was written there. */
  readonly upload?: string | undefined;
  readonly runUnits: RunUnits;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Receipts in the order of the units. Throws when one failed. */
export async function runPlainly<U extends { readonly id: string; readonly input: InputStamp }, R>(
  run: PlainRun<U>,
): Promise<{ readonly receipts: readonly R[]; readonly elapsedSeconds: number }> {
  const { units, signal } = run;
  const shared = createShared();
  const sampler = new Sampler(run.job, units.length, shared, run.onProgress);
  sampler.bytesTotal = run.bytesTotal ?? units.reduce((total, { input }) => total + input.size, 0);
  const stop = () => requestStop(shared);
  signal?.addEventListener('abort', stop);
  const receipts = new Map<string, R>();
  try {
    if (signal?.aborted) throw interrupted(signal.reason);
    sampler.start();
    let failed: Error | undefined;
    const { outDir, upload } = run;
    const context = { shared, outDir, ...(upload === undefined ? {} : { upload }) };
    for await (const end of run.runUnits<U, R>(run.module, units, run.options, context)) {
      if ('receipt' in end) receipts.set(end.unit.id, end.receipt);
      else failed ??= end.error;
      sampler.done++;
    }
    if (signal?.aborted) throw interrupted(signal.reason);
    if (failed !== undefined) throw failed;
  } finally {
    signal?.removeEventListener('abort', stop);
    sampler.end();
  }
  return { receipts: units.map(({ id }) => receipts.get(id)!), elapsedSeconds: sampler.elapsedSeconds };
}
