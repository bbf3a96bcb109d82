// A unit that takes a moment and says which thread did it, and how many it might have kept busy.
import { setTimeout } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';

export async function run(unit, _options, { threads }) {
  await setTimeout(5);
  return { unit: unit.id, thread: threadId, threads };
}
