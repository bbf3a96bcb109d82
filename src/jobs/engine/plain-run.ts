/** Runs units that need no state in an output folder: verify(), decode() to a single file, and the counting that convert() plans by. */

import { createShared, interrupted, requestStop } from '../../counters.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import type { HowToRun, RunUnits } from './job.ts';
import { Sampler } from './progress.ts';
import type { Progress } from './types.ts';

export interface PlainRun<U> extends HowToRun {
  readonly job: string;
  /** URL of the unit's module. */
  readonly module: string;
  readonly units: readonly U[];
  readonly options: object;
  /** Where several units share an input: what progress counts, instead of units. */
  readonly inputs?: readonly InputStamp[];
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
  const inputs = run.inputs ?? units.map(({ input }) => input);
  const sampler = new Sampler(run.job, inputs.length, shared, run.onProgress);
  sampler.bytesTotal = inputs.reduce((total, { size }) => total + size, 0);
  const unended = new Map<string, number>();
  for (const { input } of units) unended.set(input.uri, (unended.get(input.uri) ?? 0) + 1);
  const stop = () => requestStop(shared);
  signal?.addEventListener('abort', stop);
  const receipts = new Map<string, R>();
  try {
    if (signal?.aborted) throw interrupted(signal.reason);
    sampler.start();
    let failed: Error | undefined;
    const { outDir, upload } = run;
    const context = { shared, outDir, ...(upload === undefined ? {} : { upload }) };
    const how = { light: run.light === true };
    for await (const end of run.runUnits<U, R>(run.module, units, run.options, context, how)) {
      if ('receipt' in end) receipts.set(end.unit.id, end.receipt);
      else failed ??= end.error;
      const left = unended.get(end.unit.input.uri)! - 1;
      unended.set(end.unit.input.uri, left);
      if (run.inputs === undefined || left === 0) sampler.done++;
    }
    if (signal?.aborted) throw interrupted(signal.reason);
    if (failed !== undefined) throw failed;
  } finally {
    signal?.removeEventListener('abort', stop);
    sampler.end();
  }
  return { receipts: units.map(({ id }) => receipts.get(id)!), elapsedSeconds: sampler.elapsedSeconds };
}
