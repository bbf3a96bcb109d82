/** The inputs of a job, as most of them find theirs: files of folders, globs and names, and what the run does without. */

import { type Inputs, leftOutSentence, resolveInputs } from '../../storage/inputs.ts';
import type { IsOwn } from '../../storage/remote-inputs.ts';
import type { InputStamp } from '../../storage/stamp.ts';

/** Findings of a plan: what it leaves out is told at once, and kept in the manifest. */
export interface LeftOut {
  /** A sentence each. */
  readonly leftOut: readonly string[];
}

/** `isOwn`: what this job itself makes is none of its inputs. */
export async function findInputs(
  patterns: Inputs,
  isOwn?: IsOwn,
): Promise<LeftOut & { readonly inputs: readonly InputStamp[] }> {
  const leftOut: string[] = [];
  const inputs = await resolveInputs(patterns, isOwn, (left) => leftOut.push(leftOutSentence(left)));
  return { inputs, leftOut };
}
