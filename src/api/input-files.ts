/** The files that a reader goes through: what its inputs name, one after the other. */

import { checkArgument, isPath } from '../options.ts';
import { type Inputs, resolveInputs } from '../storage/inputs.ts';
import { linkOf } from '../storage/links.ts';

export interface NamedFile {
  /** What may be shown. */
  readonly uri: string;
  /** What to open. */
  readonly path: string;
}

/** In the order in which they are named, and as often: an epoch may read a file twice. */
export async function* inputFiles(inputs: Inputs, caller: string): AsyncGenerator<NamedFile> {
  checkArgument(inputs, isInputs, 'a path, folder, glob or URI, or a list of them', caller);
  for (const name of typeof inputs === 'string' ? [inputs] : inputs) {
    for (const file of await resolveInputs(name)) yield { uri: file.uri, path: linkOf(file) };
  }
}

function isInputs(value: unknown): value is Inputs {
  return isPath(value) || (Array.isArray(value) && value.every(isPath));
}
