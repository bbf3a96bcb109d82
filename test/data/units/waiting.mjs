// A unit that waits; its receipt says how many of them its thread had in hand at most.
import { setTimeout as sleep } from 'node:timers/promises';

let now = 0;
let most = 0;

export async function run(unit) {
  now += 1;
  most = Math.max(most, now);
  await sleep(50);
  now -= 1;
  return { unit: unit.id, most };
}
