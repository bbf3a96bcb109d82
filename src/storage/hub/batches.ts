/** As much of what is to be done as one commit takes. */

import { type Changes, type LocalAdd, mostInline, type SmallAdd } from './changes.ts';

export interface Batch extends Changes {
  /** Files that are added or removed. */
  readonly count: number;
  /** Nothing is left then. */
  readonly isLast: boolean;
}

export interface BatchTerms {
  /** What goes up by its hash, and weighs nothing in the commit itself. */
  readonly isLarge: (path: string) => boolean;
  readonly most: number;
}

/**
 * Files first, in their order. What depends on them, small files and removals, comes with the last of them: until then a reader finds the old
 * state, told as it was.
 */
export function batchOf({ files, small, remove }: Changes, { isLarge, most }: BatchTerms): Batch {
  const taken: LocalAdd[] = [];
  let inline = 0;
  for (const file of files) {
    const weight = isLarge(file.path) ? 0 : file.size;
    if (taken.length >= most || (taken.length > 0 && inline + weight > mostInline)) break;
    inline += weight;
    taken.push(file);
  }
  if (taken.length < files.length) return batch(taken, [], [], false);
  const weight = small.reduce((sum, { content }) => sum + content.length, 0);
  const isRoom = taken.length === 0 || (taken.length + small.length <= most && inline + weight <= mostInline);
  if (!isRoom) return batch(taken, [], [], false);
  return batch(taken, small, remove, true);
}

function batch(
  files: readonly LocalAdd[],
  small: readonly SmallAdd[],
  remove: readonly string[],
  isLast: boolean,
): Batch {
  return { files, small, remove, isLast, count: files.length + small.length + remove.length };
}
