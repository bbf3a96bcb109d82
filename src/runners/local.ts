/** Runs units in threads of this process, or in the calling one. The only importer of piscina. */

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
  { work = 'long', unitsAtOnce = 1 }: HowToRun = {},
): AsyncGenerator<Outcome<U, R>> {
  if (units.length === 0) return;
  const atOnce = work === 'light' ? 1 : poolSize(workers, units.length);
  const unitContext = { ...context, threads: Math.floor(poolSize(workers, Number.POSITIVE_INFINITY) / atOnce) };
  const job: Work<U> = {
    units,
    shared: context.shared,
    taskOf: (unit) => ({ module: compiled(module), unit, options, context: unitContext }),
  };
  switch (work) {
    case 'light':
      return yield* inline<U, R>(job);
    case 'short':
      return yield* kept<U, R>(job, atOnce);
    case 'long':
      return yield* pooled<U, R>(job, atOnce, unitsAtOnce);
    default:
      return work satisfies never;
  }
}

/** runUnits() in so many threads; all cores by default. */
export function runUnitsIn(workers: number | undefined): RunUnits {
  return (module, units, options, context, how) => runUnits(module, units, options, context, workers, how);
}

interface Work<U> {
  readonly units: readonly U[];
  readonly shared: SharedArrayBuffer;
  readonly taskOf: (unit: U) => Task & { readonly unit: U };
}

/** The calling thread does one unit after another. */
async function* inline<U extends Task['unit'], R>({ units, taskOf }: Work<U>): AsyncGenerator<Outcome<U, R>> {
  for (const unit of units) {
    yield await runHere<U, R>(taskOf(unit));
    // Units of local files may never have waited for anything.
    await nextTurn();
  }
}

/** Threads of their own do the units, and end with the last. */
async function* pooled<U extends Task['unit'], R>(
  { units, shared, taskOf }: Work<U>,
  threads: number,
  unitsAtOnce: number,
): AsyncGenerator<Outcome<U, R>> {
  const pool = await openPool(threads, { concurrentTasksPerWorker: unitsAtOnce });
  const going = new UnitsGoing<U, R>(units);
  try {
    for (;;) {
      // One unit waits behind each that runs, so that no thread idles while its last receipt is taken.
      going.start((unitsAtOnce + 1) * threads, (unit) => runUnit<U, R>(pool, taskOf(unit)));
      const outcome = await going.next();
      if (outcome === undefined) return;
      yield outcome;
    }
  } finally {
    if (going.running > 0) requestStop(shared);
    await pool.piscina.close();
  }
}

/** The calling thread does units as one of `threads`; the others were there, or stay for the next call. */
async function* kept<U extends Task['unit'], R>(
  { units, shared, taskOf }: Work<U>,
  threads: number,
): AsyncGenerator<Outcome<U, R>> {
  const others = Math.max(1, threads - 1);
  const pool = await keptPool(others);
  const going = new UnitsGoing<U, R>(units);
  going.startOneByOne((unit) => runHere<U, R>(taskOf(unit)));
  try {
    for (;;) {
      // No unit waits behind one that runs: at the end all would wait for it. One runs here.
      going.start(others + 1, (unit) => runUnit<U, R>(pool, taskOf(unit)));
      const outcome = await going.next();
      if (outcome === undefined) return;
      yield outcome;
    }
  } finally {
    if (going.running > 0) requestStop(shared);
    // The threads stay: what they do still must end here.
    await going.end();
  }
}

/** Units in the order in which they are taken, and their outcomes in the order in which they come. */
class UnitsGoing<U, R> {
  readonly #units: readonly U[];
  readonly #ended: Outcome<U, R>[] = [];
  #taken = 0;
  #running = 0;
  #wake = () => {};

  constructor(units: readonly U[]) {
    this.#units = units;
  }

  get running(): number {
    return this.#running;
  }

  /** Until so many run, or have ended and were not asked for. */
  start(most: number, run: (unit: U) => Promise<Outcome<U, R>>): void {
    while (this.#running + this.#ended.length < most) {
      const unit = this.#take();
      if (unit === undefined) return;
      void this.#follow(run(unit));
    }
  }

  /** The next one as soon as one has ended, without being asked. */
  startOneByOne(run: (unit: U) => Promise<Outcome<U, R>>): void {
    const unit = this.#take();
    if (unit !== undefined) void this.#follow(run(unit), () => this.startOneByOne(run));
  }

  /** Undefined when all have ended and were asked for. */
  async next(): Promise<Outcome<U, R> | undefined> {
    while (this.#ended.length === 0 && this.#running > 0) await this.#change();
    return this.#ended.shift();
  }

  /** Takes no more units, and waits for those that run. */
  async end(): Promise<void> {
    this.#taken = this.#units.length;
    while (this.#running > 0) await this.#change();
  }

  #take(): U | undefined {
    return this.#units[this.#taken++];
  }

  async #follow(running: Promise<Outcome<U, R>>, then = () => {}): Promise<void> {
    this.#running++;
    const outcome = await running;
    this.#running--;
    this.#ended.push(outcome);
    then();
    this.#wake();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }
}

/** The calling thread too runs what other threads would. */
const workerModule = compiled(new URL('./worker.js', import.meta.url).href);

/** By their number of threads. Idle threads keep no process alive, and end after some seconds. */
const keptPools = new Map<number, Promise<Pool>>();
const idleMilliseconds = 5000;

interface Pool {
  readonly piscina: Piscina;
  /** Who fails when it has no threads left. */
  readonly waiting: Set<(error: unknown) => void>;
}

function keptPool(threads: number): Promise<Pool> {
  const kept = keptPools.get(threads) ?? openPool(threads, { minThreads: 0, idleTimeout: idleMilliseconds });
  keptPools.set(threads, kept);
  kept.catch(() => keptPools.delete(threads));
  return kept;
}

async function openPool(
  threads: number,
  how: { minThreads?: number; idleTimeout?: number; concurrentTasksPerWorker?: number } = {},
): Promise<Pool> {
  // So that this thread can do alone, without another file handle, what threads could not for want of them.
  await import(workerModule);
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
  try {
    const pool: Pool = { piscina: new Piscina(settings), waiting: new Set() };
    // A thread that breaks while it has no unit takes nothing with it, and the others do its share.
    pool.piscina.on('error', (error) => failWithoutThreads(pool, error));
    return pool;
  } catch (error) {
    throw unforeseen(error, 'start threads') ?? error;
  }
}

async function runUnit<U extends Task['unit'], R>(
  pool: Pool,
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

function runTaskIn(pool: Pool, task: Task): Promise<TaskEnd> {
  const { piscina, waiting } = pool;
  return new Promise((resolve, reject) => {
    waiting.add(reject);
    piscina
      .run(task)
      .then(resolve, (error) => {
        reject(error);
        failWithoutThreads(pool, error);
      })
      .finally(() => waiting.delete(reject));
  });
}

/** The pool starts no more threads when one broke as it began: without any, what waits would wait for ever. */
function failWithoutThreads({ piscina, waiting }: Pool, error: unknown): void {
  if (piscina.threads.length === 0) for (const fail of [...waiting]) fail(error);
}

async function runHere<U extends Task['unit'], R>(task: Task & { readonly unit: U }): Promise<Outcome<U, R>> {
  const { unit } = task;
  try {
    const { runTask } = (await import(workerModule)) as typeof import('./worker.ts');
    return outcomeOf<U, R>(unit, await runTask(task));
  } catch (error) {
    return { unit, error: unforeseen(error, 'process', unit.input.uri) ?? (error as Error) };
  }
}

/** That the receipt is an `R` the module says: nothing that crosses threads has a type of its own. */
function outcomeOf<U, R>(unit: U, end: TaskEnd): Outcome<U, R> {
  if (end.kind === 'done') return { unit, receipt: end.receipt as R };
  if (end.kind === 'bug') return { unit, error: end.error };
  const { error, errno } = end;
  const cause = errno === undefined ? {} : { cause: Object.assign(new Error(error.message), { code: errno }) };
  return { unit, error: new BowerbirdError(error.code, error.message, error, cause) };
}

/** Units run as compiled code, also when this file itself runs as TypeScript, under the tests. */
function compiled(url: string): string {
  const sources = new URL('..', import.meta.url).href;
  if (!sources.endsWith('/src/') || !url.startsWith(sources)) return url;
  return new URL(`../dist/${url.slice(sources.length).replace(/\.ts$/, '.js')}`, sources).href;
}
