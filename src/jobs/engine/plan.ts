/** Which units of a plan a run takes, and what no plan may hold. */

import { BowerbirdError } from '../../errors.ts';
import { usage } from '../../options.ts';
import type { Part } from './lock.ts';
import type { Unit } from './types.ts';

/** Reads "M/N". */
export function parsePart(text: string): Part {
  const match = /^(\d{1,9})\/(\d{1,9})$/.exec(text);
  const index = Number(match?.[1]);
  const of = Number(match?.[2]);
  if (match === null || index >= of) {
    throw usage(`Cannot use "${text}" for option "units": expected M/N with 0 <= M < N, such as 0/4, 1/4, 2/4 and 3/4`);
  }
  return { index, of };
}

export function takePart<U extends Unit>(units: readonly U[], part: Part | undefined): readonly U[] {
  return part === undefined ? units : units.filter((_, i) => i % part.of === part.index);
}

/** Two units with one output, or of one name, would overwrite each other: no job may plan that. */
export function refuseSharedOutputs(units: readonly Unit[]): void {
  const owners = new Map<string, string>();
  const ids = new Set<string>();
  for (const { id, outputs } of units) {
    if (ids.has(id)) throw new BowerbirdError('USAGE', `Cannot plan "${id}" twice`);
    ids.add(id);
    for (const name of outputs) {
      const owner = owners.get(name);
      if (owner !== undefined) {
        throw new BowerbirdError('USAGE', `Cannot make "${name}" of both "${owner}" and "${id}"`);
      }
      owners.set(name, id);
    }
  }
}
