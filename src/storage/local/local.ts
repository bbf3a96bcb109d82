/** Local files: random access for readers, and outputs that appear whole or not at all. */

import { readSync } from 'node:fs';
import { type FileHandle, link, lstat, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { ByteBlocks, ByteSource, Stop } from '../../bytes.ts';
import { BowerbirdError, systemError } from '../../errors.ts';
import { native } from '../../native/native.ts';
import { named } from '../../options.ts';
import { takenUpLater } from '../../promises.ts';
import { makeFolders } from './folders.ts';
import { holdTemporary, removeLeftovers } from './leftovers.ts';
import { openFileHandle, refuseReplacing } from './regular-file.ts';
import { tempName } from './temp-name.ts';

/** Opens a regular file. Its length is taken once: what is appended later is not seen. */
export async function openLocal(path: string): Promise<ByteSource> {
  const [file, size] = await openFileHandle(path);
  return {
    name: path,
    byteLength: size,
    read: (offset, length) => readAt(file, path, offset, length, size),
    readInto: (offset, bytes) => readInto(file, path, bytes, offset),
    readNow: (offset, bytes) => readNow(file.fd, path, bytes, offset),
    close: () => file.close(),
  };
}

async function readAt(
  file: FileHandle,
  path: string,
  offset: number,
  length: number,
  size: number,
): Promise<Uint8Array> {
  const wanted = Math.max(0, Math.min(length, size - offset));
  const bytes = new Uint8Array(wanted);
  await readInto(file, path, bytes, offset);
  return bytes;
}

/** Node refuses reads of 2 GiB and more. */
const mostAtOnce = 1 << 30;

/** Fills `bytes` from `offset` on; a file that has become shorter is an error, not a short answer. */
async function readInto(file: FileHandle, path: string, bytes: Uint8Array, offset: number): Promise<void> {
  try {
    for (let done = 0; done < bytes.length; ) {
      const length = Math.min(bytes.length - done, mostAtOnce);
      const { bytesRead } = await file.read(bytes, done, length, offset + done);
      if (bytesRead === 0) throw becameShorter(path, offset + done);
      done += bytesRead;
    }
  } catch (error) {
    throw systemError('read', path, error);
  }
}

function readNow(fd: number, path: string, bytes: Uint8Array, offset: number): void {
  try {
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(fd, bytes, done, Math.min(bytes.length - done, mostAtOnce), offset + done);
      if (count === 0) throw becameShorter(path, offset + done);
      done += count;
    }
  } catch (error) {
    throw systemError('read', path, error);
  }
}

function becameShorter(path: string, offset: number): BowerbirdError {
  const message = `Cannot read "${path}" beyond byte ${offset}: it became shorter while it was read`;
  return new BowerbirdError('IO', message, { source: path });
}

const blockBytes = 1024 * 1024;

/** A source from `offset` to its end, block by block; the next block is on its way while the caller works on this one. */
export async function* blocksOf(source: ByteSource, stop?: Stop, offset = 0): ByteBlocks {
  const read = (at: number) => (at < source.byteLength ? takenUpLater(source.read(at, blockBytes)) : undefined);
  let next = read(offset);
  for (let at = offset; next !== undefined; ) {
    stop?.throwIfAborted();
    const block = await next;
    at += block.length;
    next = read(at);
    yield block;
  }
}

export interface PublishOptions {
  /** Replace a file that is there. Default false: EXISTS. */
  readonly overwrite?: boolean;
  /** Flush the bytes, then the name, to the disk before it is done. Default false. */
  readonly durable?: boolean;
}

export interface Published {
  readonly bytes: number;
  /** Eight lower-case hex digits. */
  readonly crc32c: string;
}

let publications = 0;

/** Other threads of this process have counters of their own, and one that was terminated has left its file. */
function ownTag(): string {
  return `${process.pid}-${threadId}-${publications++}`;
}

/**
 * Writes beside `path` under a name of its own (hidden, so that no glob takes it for data) and renames at the end: readers see the old
 * file or the whole new one. Missing folders are made. On any failure the unfinished file is removed.
 */
export async function publishFile(path: string, blocks: ByteBlocks, options: PublishOptions = {}): Promise<Published> {
  return publish(path, (file) => writeBlocks(file, path, blocks), options);
}

/** The same for a file that is not written in order: `fill` has its descriptor until its promise ends. */
export async function publishWith<T>(
  path: string,
  fill: (descriptor: number) => Promise<T>,
  options: PublishOptions = {},
): Promise<T> {
  return publish(path, ({ fd }) => fill(fd), options);
}

async function publish<T>(path: string, fill: (file: FileHandle) => Promise<T>, options: PublishOptions): Promise<T> {
  const folder = dirname(path);
  const [temporary, file, held] = await openTemporary(path, folder);
  try {
    const filled = await fill(file);
    try {
      if (options.durable) await file.datasync();
      await file.close();
      if (options.overwrite) {
        refuseReplacing(path);
        await rename(temporary, path);
      } else await linkNew(temporary, path);
      if (options.durable) await syncFolder(folder);
    } catch (error) {
      throw systemError('write', path, error);
    }
    return filled;
  } catch (error) {
    // Closed already, or as broken as what went wrong before, which is the error to tell.
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  } finally {
    held.release();
  }
}

/** Other threads, and processes that once had our number, may have taken a name: then the next one is tried. */
const mostTries = 1000;

/** What a killed process left here before is removed. */
async function openTemporary(path: string, folder: string): Promise<[string, FileHandle, { release(): void }]> {
  let file: FileHandle | undefined;
  try {
    makeFolders(folder);
    removeLeftovers(folder);
    for (let tries = 1; ; tries++) {
      const temporary = join(folder, tempName(basename(path), ownTag()));
      file = await openNew(temporary, tries < mostTries);
      if (file === undefined) continue;
      const held = holdTemporary(temporary);
      if (held !== undefined) return [temporary, file, held];
      // Somebody took it for a leftover just before.
      await file.close();
      file = undefined;
    }
  } catch (error) {
    await file?.close().catch(() => {});
    throw systemError('create', path, error);
  }
}

/** Undefined when the name is taken, where that may be. */
async function openNew(path: string, mayBeTaken: boolean): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'wx');
  } catch (error) {
    if (mayBeTaken && (error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}

async function writeBlocks(file: FileHandle, path: string, blocks: ByteBlocks): Promise<Published> {
  let bytes = 0;
  let crc = 0;
  for await (const block of blocks) {
    crc = native().crc32c(block, crc);
    for (let done = 0; done < block.length; ) {
      try {
        done += (await file.write(block, done, Math.min(block.length - done, 1 << 30))).bytesWritten;
      } catch (error) {
        throw systemError('write', path, error);
      }
    }
    bytes += block.length;
  }
  return { bytes, crc32c: (crc >>> 0).toString(16).padStart(8, '0') };
}

/** A hard link fails when the name is taken, so nobody's file is lost, not even one that appeared a moment ago. */
async function linkNew(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
    await rm(temporary);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw exists(path);
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EMLINK' && code !== 'ENOSYS') throw error;
    await renameNew(temporary, path);
  }
}

/** For file systems without hard links (FAT, some network shares): look, then rename. */
async function renameNew(temporary: string, path: string): Promise<void> {
  try {
    await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return rename(temporary, path);
  }
  throw exists(path);
}

/** For outputs that take long to make: EXISTS at the start instead of the end, where publishFile() looks again. */
export async function refuseTaken(path: string): Promise<void> {
  // Whatever else is wrong there is told by whoever creates it.
  const taken = await lstat(path).catch(() => undefined);
  if (taken !== undefined) throw exists(path);
}

function exists(path: string): BowerbirdError {
  return new BowerbirdError(
    'EXISTS',
    `Cannot write "${path}": it exists; choose another name, or replace it with ${named('overwrite')}`,
    {
      source: path,
    },
  );
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
