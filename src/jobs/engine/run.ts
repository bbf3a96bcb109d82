/** What the steps of a run share: a job with its options filled in, its plan, and where it works. */

import { join, resolve } from 'node:path';
import { createShared, throwIfAborted } from '../../counters.ts';
import { STATE_FOLDER } from '../../storage/drafts.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { isRemote } from '../../storage/uri.ts';
import type { HowToRun, Job, JobOptions, Plan, RunUnits, SealPlace } from './job.ts';
import type { JsonObject } from './journal.ts';
import type { Part } from './lock.ts';
import { localOutput, type Output } from './output.ts';
import { parsePart, refuseSharedOutputs, takePart } from './plan.ts';
import { Sampler } from './progress.ts';
import { REJECTS_FILE } from './rejects.ts';
import { isSameStamp } from './resume.ts';
import { scopedName, stateName } from './scope.ts';
import type { Progress, Receipt, Unit, UnitContext } from './types.ts';

export interface RunSettings {
  readonly runUnits: RunUnits;
  readonly dryRun?: boolean | undefined;
  readonly overwrite?: boolean | undefined;
  /** "M/N". */
  readonly units?: string | undefined;
  /** Which units of the plan, by id, this run is to do; the others are left as they are. Default: all. */
  readonly select?: ((unit: string) => boolean) | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly onNotice?: ((notice: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Run<U extends Unit, R extends Receipt, F = unknown> {
  readonly job: BoundJob<U, R>;
  readonly settings: RunSettings;
  readonly output: Output;
  readonly files: RunFiles;
  readonly part: Part | undefined;
  readonly plan: Plan<U, F>;
  /** The units of this run: all, or those of its part that are selected. */
  readonly mine: readonly U[];
  readonly context: UnitContext;
  readonly sampler: Sampler;
  readonly notices: string[];
  /** Why the run must not go on, when it must not. */
  readonly lost: Error[];
}

/** A job of given options: what the steps ask of it. */
export interface BoundJob<U extends Unit, R extends Receipt> {
  readonly module: string;
  readonly identity: JsonObject;
  readonly unitOptions: JsonObject;
  readonly durable: boolean;
  readonly maxRejects: number | undefined;
  /** Others may work in its folder. */
  readonly isScoped: boolean;
  readonly hasParts: boolean;
  /** Of an output that this plan lacks: whether it would be taken for a part of what this plan makes. */
  isOfSet(output: string): boolean;
  accepts(receipt: R): boolean;
  isSameInput(planned: InputStamp, made: InputStamp): boolean;
  /** Its outputs are not in the folder. */
  isAway(receipt: R): boolean;
  howToRun(units: readonly U[]): HowToRun;
  seal(unit: U, receipt: R, place: SealPlace): Promise<R>;
  /** Into a local folder. */
  finish(outDir: string, receipts: readonly R[]): Promise<void>;
}

/** Relative to the output folder. */
export interface RunFiles {
  readonly manifest: string;
  readonly rejects: string;
  readonly others: readonly string[];
}

export async function prepareRun<O extends JobOptions, U extends Unit, R extends Receipt, F>(
  job: Job<O, U, R, F>,
  options: O,
  settings: RunSettings,
): Promise<Run<U, R, F>> {
  const part = settings.units === undefined ? undefined : parsePart(settings.units);
  throwIfAborted(settings.signal);
  const scope = job.sharing?.scope(options);
  const output = await outputOf(options.outDir, stateName(job.name, scope));
  const { runUnits, onProgress, signal } = settings;
  const plan = await job.plan(options, { runUnits, output, onProgress, signal });
  refuseSharedOutputs(plan.units);
  const mine = takePart(plan.units, part).filter(({ id }) => settings.select?.(id) ?? true);
  const shared = createShared();
  const [manifest, ...others] = job.summaries;
  const named = (name: string) => scopedName(name, scope);
  const run: Run<U, R, F> = {
    job: withOptions(job, options, plan, output),
    settings,
    output,
    files: { manifest: named(manifest), rejects: named(REJECTS_FILE), others: others.map(named) },
    part,
    plan,
    mine,
    context: { shared, outDir: output.workDir, ...(output.uri === undefined ? {} : { upload: output.uri }) },
    sampler: new Sampler(job.name, mine.length, shared, settings.onProgress),
    notices: [],
    lost: [],
  };
  for (const text of plan.notices) notice(run, text);
  return run;
}

async function outputOf(outDir: string, job: string): Promise<Output> {
  if (isRemote(outDir)) return (await import('./remote-output.ts')).remoteOutput(outDir, job);
  const path = resolve(outDir);
  return localOutput({ outDir: path, stateDir: join(path, STATE_FOLDER), job });
}

function withOptions<O extends JobOptions, U extends Unit, R extends Receipt, F>(
  job: Job<O, U, R, F>,
  options: O,
  { findings }: Plan<U, F>,
  { uri }: Output,
): BoundJob<U, R> {
  const { sharing, policy, lightness } = job;
  const { durable, maxRejects } = options;
  // Whoever waits for a network or a disk shall not do so in the calling thread.
  const mayBeLight = uri === undefined && !durable;
  return {
    module: job.module,
    identity: job.identity(options),
    unitOptions: job.unitOptions(options),
    durable,
    maxRejects,
    isScoped: sharing !== undefined,
    hasParts: job.hasParts === true,
    isOfSet: (output) => sharing?.isOfSet?.(options, output) === true,
    accepts: (receipt) => policy?.accepts(receipt, options) ?? true,
    isSameInput: policy?.isSameInput ?? isSameStamp,
    isAway: (receipt) => policy?.isAway?.(receipt) ?? false,
    howToRun: (units) => ({
      work: mayBeLight && lightness?.isLight?.(options, units) === true ? 'light' : 'long',
      unitsAtOnce: lightness?.unitsAtOnce?.(options) ?? 1,
    }),
    seal: async (unit, receipt, place) => (await job.seal?.(options, unit, receipt, place)) ?? receipt,
    finish: (outDir, receipts) => job.finish({ ...options, outDir }, receipts, findings),
  };
}

export function notice(run: Pick<Run<Unit, Receipt>, 'notices' | 'settings'>, text: string): void {
  run.notices.push(text);
  run.settings.onNotice?.(text);
}
