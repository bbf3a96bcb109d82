/** Folders for outputs. */

import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isRemote } from '../uri.ts';

/** Whether there is such a folder on a disk: object stores have none. */
export function isFolder(path: string): boolean {
  return !isRemote(path) && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Makes a folder and those above it that are missing; one that is there is fine. Node's own recursive mkdir does not come back where a
 * parent is there and refuses with ENOENT, as /proc does.
 *
 * @throws the system's error, as Node words it
 */
export function makeFolders(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); !tryToMake(at); at = dirname(at)) missing.push(at);
  for (const folder of missing.reverse()) if (!tryToMake(folder)) mkdirSync(folder);
}

/** False when a folder above is missing. */
function tryToMake(path: string): boolean {
  try {
    mkdirSync(path);
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return true;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  return true;
}
