/** How a finished temporary gets its name: over what is there, or only where nothing is; and how the name survives a power cut. */

import { closeSync, fsyncSync, linkSync, lstatSync, openSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { BowerbirdError, systemError } from '../../errors.ts';
import { named } from '../../options.ts';
import { refuseReplacing } from './regular-file.ts';

export function replaceWith(temporary: string, path: string): void {
  try {
    refuseReplacing(path);
    renameSync(temporary, path);
  } catch (error) {
    throw systemError('rename the finished file to', path, error);
  }
}

/** A hard link fails when the name is taken, so nobody's file is lost, not even one that appeared a moment ago. */
export function appearAs(temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
    rmSync(temporary);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw exists(path);
    if (!['EPERM', 'ENOTSUP', 'EMLINK', 'ENOSYS'].includes(code)) throw systemError('write', path, error);
    // FAT and some network shares have no links: look, then rename.
    refuseTaken(path);
    replaceWith(temporary, path);
  }
}

/** For outputs that take long to make: EXISTS at the start instead of the end, where it is looked at again. */
export function refuseTaken(path: string): void {
  if (isThere(path)) throw exists(path);
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // Whatever is wrong there is told by whoever creates it.
    return false;
  }
}

function exists(path: string): BowerbirdError {
  const message = `Cannot write "${path}": it exists; choose another name, or replace it with ${named('overwrite')}`;
  return new BowerbirdError('EXISTS', message, { source: path });
}

/** Makes the names in a folder survive a power cut, where the file system can. */
export function syncFolder(folder: string): void {
  try {
    const fd = openSync(folder, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    refuseUnlessUnable(folder, error);
  }
}

/** The same without waiting for the disk. */
export async function syncFolderAside(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    refuseUnlessUnable(folder, error);
  }
}

/** Some network and FUSE file systems know no fsync of a folder, and a parent folder may be closed to us. */
const unable = ['EINVAL', 'ENOTSUP', 'ENOSYS', 'EACCES', 'EPERM'];

function refuseUnlessUnable(folder: string, error: unknown): void {
  if (unable.includes((error as NodeJS.ErrnoException).code ?? '')) return;
  throw systemError('flush the folder', folder, error);
}
