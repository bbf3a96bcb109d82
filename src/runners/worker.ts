/** What every thread of the pool runs: loads the unit's module and does one unit. */

import { SharedStop } from '../counters.ts';
import { type SerializedError, unforeseen } from '../errors.ts';
import type { RunUnit } from '../jobs/engine/job.ts';
import type { Receipt, UnitContext } from '../jobs/engine/types.ts';
import type { InputStamp } from '../storage/stamp.ts';

export interface Task {
  /** URL of a module that exports `run(unit, options, context)`. */
  readonly module: string;
  readonly unit: { readonly id: string; readonly input: InputStamp };
  readonly options: unknown;
  readonly context: UnitContext;
}

/** Failures come back as values: a task that throws instead means a thread that broke. */
export type TaskEnd =
  | { readonly kind: 'done'; readonly receipt: unknown }
  /** `errno`: what the system said, for whoever may do without what it refused. */
  | { readonly kind: 'failed'; readonly error: SerializedError; readonly errno?: string }
  | { readonly kind: 'bug'; readonly error: Error };

export async function runTask(task: Task): Promise<TaskEnd> {
  try {
    new SharedStop(task.context.shared).throwIfAborted();
    const { run } = (await import(task.module)) as { run: RunUnit<Task['unit'], unknown, Receipt> };
    const receipt = await run(task.unit, task.options, task.context);
    if (task.context.upload !== undefined) {
      const { deliverUnit } = await import('../jobs/engine/delivery.ts');
      await deliverUnit(receipt, task.context);
    }
    return { kind: 'done', receipt };
  } catch (error) {
    return failure(error, task.unit.input.uri);
  }
}

function failure(error: unknown, uri: string): TaskEnd {
  const told = unforeseen(error, 'process', uri);
  if (told !== undefined) {
    const { code } = (told.cause ?? {}) as NodeJS.ErrnoException;
    return { kind: 'failed', error: told.toJSON(), ...(code === undefined ? {} : { errno: code }) };
  }
  return { kind: 'bug', error: error instanceof Error ? error : new Error(String(error)) };
}
