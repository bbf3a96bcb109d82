/** Temporary files of processes that were killed. Whoever makes one holds a lock on it, which the kernel frees however the process ends. */

import { closeSync, fstatSync, lstatSync, openSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { native } from '../../native/native.ts';
import { TEMP_SUFFIX } from './temp-name.ts';

/** Of a process, a thread and a number. Outputs of jobs never end so, and their temporaries, which nobody locks, have no tag. */
const tagged = /\.\d+(-\d+){1,2}$/;

const wouldBlock = constants.errno.EWOULDBLOCK;
const tidied = new Set<string>();

/** Removes those in a folder that nobody holds; once for each folder and thread, since folders may be large. */
export function removeLeftovers(folder: string): void {
  const place = resolve(folder);
  if (tidied.has(place)) return;
  tidied.add(place);
  for (const name of namesIn(place)) {
    if (!name.endsWith(TEMP_SUFFIX) || !tagged.test(name.slice(0, -TEMP_SUFFIX.length))) continue;
    const path = join(place, name);
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) continue;
    const lock = native().lockFile(path, false);
    // Held by who makes it; or not ours to touch, or on a file system without locks: then it stays.
    if (lock >= 0) native().unlockFile(path, lock);
  }
}

/** A lock on a file that is being made, until `release()`. Undefined when somebody took the file for a leftover just before. */
export function holdTemporary(path: string): { release(): void } | undefined {
  const fd = openIfThere(path);
  if (fd === undefined) return undefined;
  // Where locks do not work nobody removes anything either.
  const isRemoved = native().shareLock(fd) === -wouldBlock || fstatSync(fd).nlink === 0;
  if (!isRemoved) return { release: () => closeSync(fd) };
  closeSync(fd);
  return undefined;
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // What is wrong with it is told by whoever makes a file in it.
    return [];
  }
}
