/** Runs units that need no state in an output folder: verify(), decode() to a single file, and the counting that convert() plans by. */

import { createShared, requestStop, throwIfAborted } from '../../counters.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import type { Outcome } from './job.ts';
import { Sampler } from './progress.ts';
import type { Progress, UnitContext } from './types.ts';

export interface PlainRun<U, R> {
  readonly job: string;
  readonly units: readonly U[];
  /** Does them all. */
  readonly work: (context: UnitContext) => AsyncIterable<Outcome<U, R>>;
  /** Where several units share an input: what progress counts, instead of units. */
  readonly inputs?: readonly InputStamp[];
  /** Absolute, or '' where nothing is written. */
  readonly outDir: string;
  /** URI of the folder that takes what was written there. */
  readonly upload?: string | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Receipts in the order of the units. Throws when one failed. */
export async function runPlainly<U extends { readonly id: string; readonly input: InputStamp }, R>(
  run: PlainRun<U, R>,
): Promise<{ readonly receipts: readonly R[]; readonly elapsedSeconds: number }> {
  const { units, signal } = run;
  const shared = createShared();
  const inputs = run.inputs ?? units.map(({ input }) => input);
  const sampler = new Sampler(run.job, inputs.length, shared, run.onProgress);
  for (const { size } of inputs) sampler.expectBytes(size);
  const unended = new Map<string, number>();
  for (const { input } of units) unended.set(input.uri, (unended.get(input.uri) ?? 0) + 1);
  const stop = () => requestStop(shared);
  signal?.addEventListener('abort', stop);
  const receipts = new Map<string, R>();
  try {
    throwIfAborted(signal);
    sampler.start();
    let failed: Error | undefined;
    const { outDir, upload } = run;
    const context = { shared, outDir, ...(upload === undefined ? {} : { upload }) };
    for await (const end of run.work(context)) {
      const { id, input } = end.unit;
      if ('receipt' in end) receipts.set(id, end.receipt);
      else failed ??= end.error;
      const left = (unended.get(input.uri) ?? 0) - 1;
      unended.set(input.uri, left);
      if (run.inputs === undefined || left === 0) sampler.endUnit();
    }
    throwIfAborted(signal);
    if (failed !== undefined) throw failed;
  } finally {
    signal?.removeEventListener('abort', stop);
    sampler.end();
  }
  return { receipts: units.map(({ id }) => receiptOf(id, receipts)), elapsedSeconds: sampler.elapsedSeconds };
}

function receiptOf<R>(id: string, receipts: ReadonlyMap<string, R>): R {
  const receipt = receipts.get(id);
  if (receipt === undefined) throw new Error(`The runner said nothing of unit "${id}"`);
  return receipt;
}
