/** Runs units in threads of this process. The only importer of piscina. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Piscina } from 'piscina';
import { requestStop } from '../counters.ts';
import { BowerbirdError, unforeseen } from '../errors.ts';
import type { HowToRun, Outcome, RunUnits } from '../jobs/engine/job.ts';
import type { UnitContext } from '../jobs/engine/types.ts';
import { poolSize } from './pool-size.ts';
import type { Task, TaskEnd } from './worker.ts';

/**
 * Yields every unit when it has ended, in the order of ending. Threads take units in the order given, and only a few wait
 * in the pool at any time. To end early set the shared stop flag: units that wait are refused, those that run end at
 * their next look at it. (Piscina's own abort kills the thread, in the middle of whatever it writes.)
 */
export async function* runUnits<U extends Task['unit'], R>(
  module: string,
  units: readonly U[],
  options: unknown,
  context: UnitContext,
  workers?: number,
  { short = false, light = false, unitsAtOnce = 1 }: RunnerOptions = {},
): AsyncGenerator<Outcome<U, R>> {
  if (units.length === 0) return;
  const atOnce = light ? 1 : poolSize(workers, units.length);
  const unitContext = { ...context, threads: Math.floor(poolSize(workers, Number.POSITIVE_INFINITY) / atOnce) };
  const taskOf = (unit: U) => ({ module: compiled(module), unit, options, context: unitContext });
  if (light) {
    for (const unit of units) {
      yield await runHere<U, R>(taskOf(unit));
      // Units of local files may never have waited for anything.
      await nextTurn();
    }
    return;
  }
  const threads = Math.max(1, atOnce - (short ? 1 : 0));
  const pool = await (short ? keptPool(threads) : openPool(threads, { concurrentTasksPerWorker: unitsAtOnce }));
  const ended: Outcome<U, R>[] = [];
  let wake = () => {};
  let running = 0;
  let next = 0;
  const end = (outcome: Outcome<U, R>) => {
    ended.push(outcome);
    wake();
  };
  const start = async (unit: U) => {
    running++;
    const outcome = await runUnit<U, R>(pool, taskOf(unit));
    running--;
    end(outcome);
  };
  const work = async () => {
    while (next < units.length) end(await runHere<U, R>(taskOf(units[next++]!)));
  };
  let working = short;
  const own = working ? work().finally(() => (working = false)) : undefined;
  try {
    while (next < units.length || running > 0 || working || ended.length > 0) {
      // One unit waits behind each that runs, so that no thread idles while its last receipt is taken; but at the end of short work all would wait for it.
      while (running + ended.length < (short ? threads : (unitsAtOnce + 1) * threads) && next < units.length)
        void start(units[next++]!);
      const outcome = ended.shift();
      if (outcome !== undefined) yield outcome;
      else await Promise.race([new Promise<void>((resolve) => (wake = resolve)), ...(working ? [own] : [])]);
    }
  } finally {
    next = units.length;
    if (running > 0 || working) requestStop(context.shared);
    await own;
    if (!short) await pool.close();
    // Its threads stay: what they do still must end here.
    else while (running > 0) await new Promise<void>((resolve) => (wake = resolve));
  }
}

/** runUnits() in so many threads; all cores by default. */
export function runUnitsIn(workers: number | undefined): RunUnits {
  return (module, units, options, context, how) => runUnits(module, units, options, context, workers, how);
}

export interface RunnerOptions extends HowToRun {
  /**
   * For work of a few tenths of a second, in which the start of a thread matters: the calling thread does units too, as one of `workers`,
   * and the others stay for a while, for the next call.
   */
  readonly short?: boolean;
}

/** The calling thread too runs what other threads would. */
const workerModule = compiled(new URL('./worker.js', import.meta.url).href);

/** By their number of threads. Idle threads keep no process alive, and end after some seconds. */
const keptPools = new Map<number, Promise<Piscina>>();
/** Of each pool: who fails when it has no threads left. */
const waitingFor = new WeakMap<Piscina, Set<(error: unknown) => void>>();
const idleMilliseconds = 5000;

function keptPool(threads: number): Promise<Piscina> {
  const kept = keptPools.get(threads) ?? openPool(threads, { minThreads: 0, idleTimeout: idleMilliseconds });
  keptPools.set(threads, kept);
  kept.catch(() => keptPools.delete(threads));
  return kept;
}

async function openPool(
  threads: number,
  how: { minThreads?: number; idleTimeout?: number; concurrentTasksPerWorker?: number } = {},
): Promise<Piscina> {
  const { Piscina } = await import('piscina');
  const settings = {
    filename: workerModule,
    name: 'runTask',
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    // What threads make and drop is blocks of compressed input: with room for 48 MiB of them, V8 would use it.
    resourceLimits: { maxYoungGenerationSizeMb: 3 },
    ...how,
  };
  let pool: Piscina;
  try {
    pool = new Piscina(settings);
  } catch (error) {
    throw unforeseen(error, 'start threads') ?? error;
  }
  const waiting = new Set<(error: unknown) => void>();
  waitingFor.set(pool, waiting);
  // A thread that breaks while it has no unit takes nothing with it, and the others do its share.
  pool.on('error', (error) => failWithoutThreads(pool, error));
  return pool;
}

async function runUnit<U extends Task['unit'], R>(
  pool: Piscina,
  task: Task & { readonly unit: U },
): Promise<Outcome<U, R>> {
  try {
    return outcomeOf<U, R>(task.unit, await runTaskIn(pool, task));
  } catch (error) {
    const { unit } = task;
    const { uri } = unit.input;
    const refused = unforeseen(error, 'finish', uri);
    if (refused !== undefined) return { unit, error: refused };
    const message = `Cannot finish "${uri}": the thread that worked on it broke (${(error as Error).message})`;
    return { unit, error: new BowerbirdError('IO', message, { source: uri }, { cause: error }) };
  }
}

function runTaskIn(pool: Piscina, task: Task): Promise<TaskEnd> {
  const waiting = waitingFor.get(pool)!;
  return new Promise((resolve, reject) => {
    waiting.add(reject);
    pool
      .run(task)
      .then(resolve, (error) => {
        reject(error);
        failWithoutThreads(pool, error);
      })
      .finally(() => waiting.delete(reject));
  });
}

/** The pool starts no more threads when one broke as it began: without any, what waits would wait for ever. */
function failWithoutThreads(pool: Piscina, error: unknown): void {
  if (pool.threads.length === 0) for (const fail of [...waitingFor.get(pool)!]) fail(error);
}

async function runHere<U extends Task['unit'], R>(task: Task & { readonly unit: U }): Promise<Outcome<U, R>> {
  const { runTask } = (await import(workerModule)) as typeof import('./worker.ts');
  return outcomeOf<U, R>(task.unit, await runTask(task));
}

function outcomeOf<U, R>(unit: U, end: TaskEnd): Outcome<U, R> {
  if (end.kind === 'done') return { unit, receipt: end.receipt as R };
  return { unit, error: end.kind === 'failed' ? BowerbirdError.fromJSON(end.error) : end.error };
}

/** Units run as compiled code, also when this file itself runs as TypeScript, under the tests. */
function compiled(url: string): string {
  const sources = new URL('..', import.meta.url).href;
  if (!sources.endsWith('/src/') || !url.startsWith(sources)) return url;
  return new URL(`../dist/${url.slice(sources.length).replace(/\.ts$/, '.js')}`, sources).href;
}
