// A unit that takes a moment and says which thread did it.
import { setTimeout } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';

export async function run(unit) {
  await setTimeout(5);
  return { unit: unit.id, thread: threadId };
}
