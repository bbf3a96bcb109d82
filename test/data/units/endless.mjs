// Never ends by itself; ends when the run is told to stop.

import { setTimeout as sleep } from 'node:timers/promises';
import { addCount, SharedStop } from '../../../dist/counters.js';

export async function run(_unit, _options, { shared }) {
  const stop = new SharedStop(shared);
  for (;;) {
    stop.throwIfAborted();
    addCount(shared, 'records', 1);
    await sleep(5);
  }
}
