/**
 * The course of every job: plan, enter the output folder, skip what is done, do the rest, complete. It knows neither formats
 * nor threads: a job (job.ts) says what its units are, a runner that is given in does them.
 */

import { addCount, interrupted, requestStop, SharedStop, throwIfAborted, tooManyRejects } from '../../counters.ts';
import { BowerbirdError } from '../../errors.ts';
import { withoutLink } from '../../storage/links.ts';
import type { Job, JobOptions, Outcome } from './job.ts';
import { RECHECK_MODULE, type Rechecked, type RecheckUnit } from './recheck.ts';
import { type Sorted, stampsOf } from './resume.ts';
import { notice, prepareRun, type Run, type RunSettings } from './run.ts';
import { beginUnits, complete, enter, leave, receiptsOf, removeLeftovers, type Session } from './session.ts';
import type { Receipt, Unit } from './types.ts';

export interface JobResult<U extends Unit, R extends Receipt, F = unknown> {
  /** The units of this run: all, or those of its part that are selected. */
  readonly units: readonly U[];
  /** Of the whole plan. */
  readonly findings: F;
  /** One per unit, in the same order; none after a dry run. */
  readonly receipts: readonly R[];
  readonly done: number;
  readonly skipped: number;
  /** Every unit of the plan is done and the summary is written. */
  readonly complete: boolean;
  readonly notices: readonly string[];
  readonly elapsedSeconds: number;
}

export async function runJob<O extends JobOptions, U extends Unit, R extends Receipt, F>(
  job: Job<O, U, R, F>,
  options: O,
  settings: RunSettings,
): Promise<JobResult<U, R, F>> {
  const run = await prepareRun(job, options, settings);
  if (settings.dryRun === true) return resultOf(run, [], false);
  const stop = () => requestStop(run.context.shared);
  settings.signal?.addEventListener('abort', stop, { once: true });
  try {
    run.sampler.start();
    throwIfAborted(settings.signal);
    return await runInside(run);
  } finally {
    settings.signal?.removeEventListener('abort', stop);
    run.sampler.end();
  }
}

async function runInside<U extends Unit, R extends Receipt, F>(run: Run<U, R, F>): Promise<JobResult<U, R, F>> {
  const session = await enter(run);
  try {
    const todo = await findWork(run, session);
    await beginUnits(run, session, todo);
    await work(run, session, todo);
    const isComplete = await complete(run, session, (sorted) => recheck(run, sorted));
    return resultOf(run, receiptsOf(run.mine, session.entries), isComplete);
  } catch (error) {
    tidy(run);
    throw error;
  } finally {
    await leave(run, session);
  }
}

/** What is left to do, in plan order. */
async function findWork<U extends Unit, R extends Receipt>(
  run: Run<U, R>,
  session: Session<U, R>,
): Promise<readonly U[]> {
  const { done, unsure, todo } = session.sorted;
  const broken = await recheck(run, session.sorted);
  const intact = unsure.filter(({ unit }) => !broken.has(unit.id));
  // Said again under this boot, so that a run killed from here on need not read them again.
  for (const { receipt } of intact) session.journal.append(receipt, false);
  run.sampler.skipUnits(done.length + intact.length);
  countEarlierRejects(run, [...receiptsOf(done, session.entries), ...intact.map(({ receipt }) => receipt)]);
  const begin = new Set(todo.map(({ id }) => id));
  return run.mine.filter(({ id }) => begin.has(id) || broken.has(id));
}

function countEarlierRejects<U extends Unit, R extends Receipt>(run: Run<U, R>, receipts: readonly R[]): void {
  const { maxRejects } = run.job;
  let total = 0;
  for (const { rejects } of receipts) total = addCount(run.context.shared, 'rejects', rejects);
  if (maxRejects !== undefined && total > maxRejects) throw tooManyRejects(maxRejects);
}

/** Reads outputs that may not have survived a restart of the machine; returns the ids of units that did not. */
async function recheck<U extends Unit, R extends Receipt>(
  run: Run<U, R>,
  { unsure }: Sorted<U, R>,
): Promise<ReadonlySet<string>> {
  const broken = new Set<string>();
  if (unsure.length === 0) return broken;
  const units = unsure.map(({ unit, receipt }): RecheckUnit => ({ ...unit, stamps: stampsOf(receipt) }));
  for (const { stamps } of units) for (const { bytes } of stamps) run.sampler.expectBytes(bytes);
  notice(run, `Reading the outputs of ${units.length} unit(s) again: they were made before the machine was restarted`);
  const outcomes = run.settings.runUnits<RecheckUnit, Rechecked>(RECHECK_MODULE, units, {}, run.context);
  await drain(run, outcomes, (unit, { intact }) => {
    if (!intact) broken.add(unit.id);
  });
  return broken;
}

async function work<U extends Unit, R extends Receipt>(
  run: Run<U, R>,
  session: Session<U, R>,
  todo: readonly U[],
): Promise<void> {
  const { job, context, sampler } = run;
  if (todo.length === 0) return;
  for (const { input } of todo) sampler.expectBytes(input.size);
  const outcomes = run.settings.runUnits<U, R>(job.module, todo, job.unitOptions, context, job.howToRun(todo));
  await drain(run, outcomes, async (unit, made) => {
    const place = { outDir: run.output.workDir, stop: new SharedStop(context.shared) };
    const sealed = await job.seal(unit, made, place);
    const receipt = { ...sealed, input: withoutLink(sealed.input) };
    const durable = job.durable || run.output.uri !== undefined;
    session.journal.append(receipt, durable);
    if (job.durable) await session.journal.flush();
    const { id, outputs } = unit;
    session.entries.set(id, { unit: id, outputs, receipt, boot: '', durable });
    sampler.endUnit();
  });
}

/**
 * Takes outcomes to the last one, whatever happens: after a failure the units that run are told to stop, and those that
 * end well nonetheless are kept. Throws what the first unit in plan order failed of by itself.
 */
async function drain<D extends { readonly id: string }, T>(
  run: Pick<Run<Unit, Receipt>, 'context' | 'lost' | 'plan' | 'settings'>,
  outcomes: AsyncIterable<Outcome<D, T>>,
  take: (unit: D, receipt: T) => void | Promise<void>,
): Promise<void> {
  const failures = new Map<string, unknown>();
  for await (const outcome of outcomes) {
    try {
      if ('error' in outcome) throw outcome.error;
      await take(outcome.unit, outcome.receipt);
    } catch (error) {
      failures.set(outcome.unit.id, error);
      requestStop(run.context.shared);
    }
  }
  const [lost] = run.lost;
  if (lost !== undefined) throw lost;
  const first = run.plan.units.find(({ id }) => failures.has(id) && !isInterruption(failures.get(id)));
  if (first !== undefined) throw failures.get(first.id);
  throwIfAborted(run.settings.signal);
  if (failures.size > 0) throw interrupted();
}

function isInterruption(error: unknown): boolean {
  return error instanceof BowerbirdError && error.code === 'INTERRUPTED';
}

/** The failure that led here is the one to tell. */
function tidy<U extends Unit, R extends Receipt>(run: Run<U, R>): void {
  try {
    removeLeftovers(run);
  } catch {}
}

function resultOf<U extends Unit, R extends Receipt, F>(
  run: Run<U, R, F>,
  receipts: readonly R[],
  isComplete: boolean,
): JobResult<U, R, F> {
  const { mine, plan, sampler, notices } = run;
  const { done, skipped, elapsedSeconds } = sampler;
  return {
    units: mine,
    findings: plan.findings,
    receipts,
    done,
    skipped,
    complete: isComplete,
    notices,
    elapsedSeconds,
  };
}
