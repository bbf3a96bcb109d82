/** Whether an output would be its own input: one file may have several names. */

import { statSync } from 'node:fs';
import { isRemote } from '../uri.ts';

export function isSameFile(a: string, b: string): boolean {
  if (isRemote(a) || isRemote(b)) return a === b;
  const [first, second] = [a, b].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return first !== undefined && second !== undefined && first.dev === second.dev && first.ino === second.ino;
}
