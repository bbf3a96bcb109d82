/** Runs units in threads of this process. The only importer of piscina. */

import type { Piscina } from 'piscina';
import { BowerbirdError } from '../errors.ts';
import type { Outcome, RunUnits } from '../jobs/run.ts';
import { requestStop } from '../jobs/shared.ts';
import type { UnitContext } from '../jobs/types.ts';
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
): AsyncGenerator<Outcome<U, R>> {
  if (units.length === 0) return;
  const threads = poolSize(workers, units.length);
  const pool = await openPool(threads);
  const ended: Outcome<U, R>[] = [];
  let wake = () => {};
  let running = 0;
  let next = 0;
  const start = async (unit: U) => {
    running++;
    ended.push(await runUnit<U, R>(pool, { module: compiled(module), unit, options, context }));
    running--;
    wake();
  };
  try {
    while (next < units.length || running > 0 || ended.length > 0) {
      // One unit waits behind each that runs, so that no thread idles while its last receipt is taken.
      while (running + ended.length < 2 * threads && next < units.length) void start(units[next++]!);
      const outcome = ended.shift();
      if (outcome !== undefined) yield outcome;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    if (running > 0) requestStop(context.shared);
    await pool.close();
  }
}

/** runUnits() in so many threads; all cores by default. */
export function runUnitsIn(workers: number | undefined): RunUnits {
  return (module, units, options, context) => runUnits(module, units, options, context, workers);
}

async function openPool(threads: number): Promise<Piscina> {
  const { Piscina } = await import('piscina');
  const pool = new Piscina({
    filename: compiled(new URL('./worker.js', import.meta.url).href),
    name: 'runTask',
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    // What threads make and drop is blocks of compressed input: with room for 48 MiB of them, V8 would use it.
    resourceLimits: { maxYoungGenerationSizeMb: 3 },
  });
  // A thread that breaks while it has no unit takes nothing with it, and the pool starts another.
  pool.on('error', () => {});
  return pool;
}

async function runUnit<U extends Task['unit'], R>(
  pool: Piscina,
  task: Task & { readonly unit: U },
): Promise<Outcome<U, R>> {
  const { unit } = task;
  try {
    const end: TaskEnd = await pool.run(task);
    if (end.kind === 'done') return { unit, receipt: end.receipt as R };
    return { unit, error: end.kind === 'failed' ? BowerbirdError.fromJSON(end.error) : end.error };
  } catch (error) {
    const { uri } = unit.input;
    const message = `Cannot finish "${uri}": the thread that worked on it broke (${(error as Error).message})`;
    return { unit, error: new BowerbirdError('IO', message, { source: uri }, { cause: error }) };
  }
}

/** Threads run compiled code, also when this file itself runs as TypeScript, under the tests. */
function compiled(url: string): string {
  const sources = new URL('..', import.meta.url).href;
  if (!sources.endsWith('/src/') || !url.startsWith(sources)) return url;
  return new URL(`../dist/${url.slice(sources.length).replace(/\.ts$/, '.js')}`, sources).href;
}
