/** Regular files and what is none: the one way to open a local file for reading, and what no output may take the place of. */

import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { BowerbirdError, systemError } from '../../errors.ts';

export interface OpenedFile {
  readonly fd: number;
  readonly stats: BigIntStats;
}

// To open a pipe waits for somebody who writes to it: what took the place of a file since it was looked at must not hold us.
const openFlags = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Stays the caller's to close. Looked at first, since to open a device may do something. `name`: for messages.
 *
 * @throws BowerbirdError UNSUPPORTED for what is no regular file, NOT_FOUND, IO
 */
export function openFile(path: string, doing = 'open', name = path): OpenedFile {
  let fd: number | undefined;
  try {
    refuseIrregular(name, statSync(path));
    try {
      fd = openSync(path, openFlags);
    } catch (error) {
      if (!isLeased(error)) throw error;
      fd = openSync(path, 'r');
    }
    const stats = fstatSync(fd, { bigint: true });
    refuseIrregular(name, stats);
    if (stats.size === 0n && readSync(fd, new Uint8Array(1), 0, 1, 0) > 0) throw sizeless(name);
    return { fd, stats };
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw systemError(doing, name, error);
  }
}

/** The same for whoever does not wait for a disk. */
export async function openFileHandle(path: string, doing = 'open', name = path): Promise<[FileHandle, size: number]> {
  let file: FileHandle | undefined;
  try {
    refuseIrregular(name, await stat(path));
    file = await open(path, openFlags).catch((error) => {
      if (!isLeased(error)) throw error;
      return open(path, 'r');
    });
    const stats = await file.stat();
    refuseIrregular(name, stats);
    if (stats.size === 0 && (await file.read(new Uint8Array(1), 0, 1, 0)).bytesRead > 0) throw sizeless(name);
    return [file, stats.size];
  } catch (error) {
    // What went wrong before is the error to tell.
    await file?.close().catch(() => {});
    throw systemError(doing, name, error);
  }
}

/** For files that the addon or a stream opens. */
export function checkFile(path: string, doing = 'open'): void {
  closeSync(openFile(path, doing).fd);
}

/** Another program holds the file for its own cache (a Samba server does), and gives way to those who wait for it. */
function isLeased(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EAGAIN';
}

/** @throws BowerbirdError UNSUPPORTED that says what it is */
export function refuseIrregular(name: string, stats: Stats | BigIntStats, expected = 'a regular file'): void {
  if (stats.isFile()) return;
  const hint = stats.isDirectory() ? '' : '; copy what it gives into a file, and use that';
  const message = `Cannot read "${name}": it is ${kindOf(stats)}, expected ${expected}${hint}`;
  throw new BowerbirdError('UNSUPPORTED', message, { source: name });
}

export function kindOf(stats: Stats | BigIntStats): string {
  if (stats.isFile()) return 'a regular file';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  return stats.isBlockDevice() ? 'a block device' : 'a character device';
}

/** What the system makes as it is read has no size before. */
function sizeless(name: string): BowerbirdError {
  const message = `Cannot read "${name}": it gives bytes but says that it has none, as files of /proc do; copy it, and use the copy`;
  return new BowerbirdError('UNSUPPORTED', message, { source: name });
}

/** A finished file is renamed to `path`: that must not remove a device or a pipe. A folder refuses by itself. */
export function refuseReplacing(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isFile() || stats.isSymbolicLink() || stats.isDirectory()) return;
  const message = `Cannot write "${path}": it is ${kindOf(stats)}, expected a regular file or a new name`;
  throw new BowerbirdError('EXISTS', message, { source: path });
}
