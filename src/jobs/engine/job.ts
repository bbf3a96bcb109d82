/** What a job is, what a run of it is given, and what the steps of a run share. */

import { join, resolve } from 'node:path';
import { createShared, interrupted } from '../../counters.ts';
import { STATE_FOLDER } from '../../storage/drafts.ts';
import { shortened } from '../../storage/local/temp-name.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { isRemote } from '../../storage/uri.ts';
import type { JsonObject } from './journal.ts';
import type { Part } from './lock.ts';
import { localOutput, type Output } from './output.ts';
import { type Plan, parsePart, refuseSharedOutputs, takePart } from './plan.ts';
import { Sampler } from './progress.ts';
import { REJECTS_FILE } from './rejects.ts';
import type { Progress, Receipt, Unit, UnitContext } from './types.ts';

/** What the options of every job hold. */
export interface JobOptions {
  readonly outDir: string;
  readonly durable: boolean;
  readonly maxRejects?: number | undefined;
}

/** A kind of work. `options` is plain JSON throughout. */
export interface Job<O extends JobOptions, R extends Receipt> {
  readonly name: string;
  /** URL of the module whose `run(unit, unitOptions, context)` does a unit and returns its receipt. */
  readonly module: string;
  /** The file that `finish` writes, relative to the output folder. It is there only while the output is complete. */
  readonly summary: string;
  /** Others that `finish` may write, and that are there only while the output is complete. */
  readonly alsoWrites?: readonly string[];
  plan(options: O, planning: Planning): Promise<Plan>;
  /**
   * For a job that shares its output folder with other files: the beginning of the names of all that it makes, '' for none. Runs of
   * different scopes know nothing of each other, and only files known by name are ever cleaned up.
   */
  scope?(options: O): string;
  /** Whether the outputs are the parts of one whole: then those that a plan under other options made must not stay among them. */
  isOneSet?(options: O): boolean;
  /** The options on which the bytes of every output depend: outputs of others do not mix with these. */
  identity(options: O): JsonObject;
  /** What a unit needs of the options; sent with each. */
  unitOptions(options: O): JsonObject;
  /** Whether an earlier receipt, good in all else, may stand under these options. */
  accepts(receipt: R, options: O): boolean;
  /** Whether these units, should they write to a local folder, cost less than the start of threads. Absent: they never do. */
  isLight?(options: O, units: readonly Unit[]): boolean;
  /** HowToRun.unitsAtOnce. */
  unitsAtOnce?(options: O): number;
  /** Gets the receipts of all units in plan order, and what the plan left out; `outDir` is a local folder. */
  finish(options: O, receipts: readonly R[], leftOut: readonly string[]): Promise<void>;
}

/** What a plan may use when names and sizes do not tell enough. */
export interface Planning {
  readonly runUnits: RunUnits;
  /** Where an earlier run may have kept `Plan.memory`. */
  readonly output: Pick<Output, 'stateDir' | 'files'>;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type Outcome<U, R> = { readonly unit: U; readonly receipt: R } | { readonly unit: U; readonly error: Error };

/** Does units in any order and yields each when it has ended. The shared flag makes it end early, but never torn. */
export type RunUnits = <U extends { readonly id: string; readonly input: InputStamp }, R>(
  module: string,
  units: readonly U[],
  options: unknown,
  context: UnitContext,
  how?: HowToRun,
) => AsyncIterable<Outcome<U, R>>;

export interface HowToRun {
  /** All of it costs less than the start of threads: the calling thread does one unit after another. */
  readonly light?: boolean;
  /** How many units a thread has in hand at once, where they wait for a network: one goes on while another begins or ends. Default 1. */
  readonly unitsAtOnce?: number;
}

export interface RunSettings {
  readonly runUnits: RunUnits;
  readonly dryRun?: boolean | undefined;
  readonly overwrite?: boolean | undefined;
  /** "M/N". */
  readonly units?: string | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly onNotice?: ((notice: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** All that the steps of a run share. */
export interface Run<O extends JobOptions, R extends Receipt> {
  readonly job: Job<O, R>;
  readonly options: O;
  readonly settings: RunSettings;
  readonly output: Output;
  readonly files: RunFiles;
  readonly identity: JsonObject;
  readonly part: Part | undefined;
  readonly plan: Plan;
  /** The units of this run: all, or those of its part. */
  readonly mine: readonly Unit[];
  readonly context: UnitContext;
  readonly sampler: Sampler;
  readonly notices: string[];
  /** Why the run must not go on, when it must not. */
  readonly lost: Error[];
}

/** Relative to the output folder. */
export interface RunFiles {
  readonly summary: string;
  readonly rejects: string;
  readonly others: readonly string[];
}

export function runFiles(summary: string, scope: string | undefined, others: readonly string[] = []): RunFiles {
  const named = (name: string) => (scope === undefined || scope === '' ? name : `${scope}.${name}`);
  return { summary: named(summary), rejects: named(REJECTS_FILE), others: others.map(named) };
}

/** Escaped, a name may be three times as long. */
const mostStateBytes = 200;

/** How the files of a run begin in the state folder. No two scopes share one, nor is one the beginning of another's followed by a dot. */
export function stateName(job: string, scope: string | undefined): string {
  if (scope === undefined || scope === '') return job;
  // A file of the state has up to 44 bytes more while it is made.
  return shortened(`${job}-${encodeURIComponent(scope).replaceAll('.', '%2E')}`, mostStateBytes);
}

export async function prepareRun<O extends JobOptions, R extends Receipt>(
  job: Job<O, R>,
  options: O,
  settings: RunSettings,
): Promise<Run<O, R>> {
  const part = settings.units === undefined ? undefined : parsePart(settings.units);
  throwIfAborted(settings.signal);
  const scope = job.scope?.(options);
  const output = await outputOf(options.outDir, stateName(job.name, scope));
  const { runUnits, onProgress, signal } = settings;
  const plan = await job.plan(options, { runUnits, output, onProgress, signal });
  refuseSharedOutputs(plan.units);
  const mine = takePart(plan.units, part);
  const shared = createShared();
  const run: Run<O, R> = {
    job,
    options,
    settings,
    output,
    files: runFiles(job.summary, scope, job.alsoWrites),
    identity: job.identity(options),
    part,
    plan,
    mine,
    context: { shared, outDir: output.workDir, ...(output.uri === undefined ? {} : { upload: output.uri }) },
    sampler: new Sampler(job.name, mine.length, shared, settings.onProgress),
    notices: [],
    lost: [],
  };
  for (const text of [...(plan.leftOut ?? []), ...plan.notices]) notice(run, text);
  return run;
}

async function outputOf(outDir: string, job: string): Promise<Output> {
  if (isRemote(outDir)) return (await import('./remote-output.ts')).remoteOutput(outDir, job);
  const path = resolve(outDir);
  return localOutput({ outDir: path, stateDir: join(path, STATE_FOLDER), job });
}

export function notice(run: Pick<Run<never, never>, 'notices' | 'settings'>, text: string): void {
  run.notices.push(text);
  run.settings.onNotice?.(text);
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw interrupted(signal.reason);
}
