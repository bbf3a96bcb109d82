/** The plan of a job, and which units of it a run takes. */

import { BowerbirdError } from '../../errors.ts';
import { usage } from '../../options.ts';
import type { Part } from './lock.ts';
import type { Unit } from './types.ts';

export interface Plan {
  readonly units: readonly Unit[];
  /** Things about the plan that a user should know. */
  readonly notices: readonly string[];
  /** Inputs that the run does without, a sentence each: notices that the manifest keeps. */
  readonly leftOut?: readonly string[];
  /** What the plan took long to find out: kept in the state folder, for the plan of the next run. */
  readonly memory?: StateFile;
  /** What units look up, in the state folder of the local folder in which they write: every run makes it anew. */
  readonly table?: StateFile;
}

export interface StateFile {
  readonly name: string;
  readonly lines: Iterable<string>;
}

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

export function takePart(units: readonly Unit[], part: Part | undefined): readonly Unit[] {
  return part === undefined ? units : units.filter((_, i) => i % part.of === part.index);
}

/** Two units with one output, or of one name, would overwrite each other: no job may plan that. */
export function refuseSharedOutputs(units: readonly Unit[]): void {
  const owners = new Map<string, string>();
  const ids = new Set<string>();
  for (const { id, outputs } of units) {
    if (ids.has(id)) throw new BowerbirdError('USAGE', `Cannot plan "${id}" twice`, { source: id });
    ids.add(id);
    for (const name of outputs) {
      const owner = owners.get(name);
      if (owner !== undefined) {
        throw new BowerbirdError('USAGE', `Cannot make "${name}" of both "${owner}" and "${id}"`, { source: id });
      }
      owners.set(name, id);
    }
  }
}
