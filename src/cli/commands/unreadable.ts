/** Files that inspect and repair could not use, beside others that they could. */

import { BowerbirdError } from '../../errors.ts';
import type { UnreadableFile } from '../../index.ts';
import { exit, exitCodeOf } from '../failure.ts';

export function asError({ error }: UnreadableFile): BowerbirdError {
  return BowerbirdError.fromJSON(error);
}

/** The first failure decides; `otherwise` stands for a run without one. */
export function exitCodeFor(files: readonly { readonly format: string }[], otherwise: number = exit.done): number {
  const failed = files.find((file): file is UnreadableFile => file.format === 'unknown');
  return failed === undefined ? otherwise : exitCodeOf(asError(failed));
}
