/** Local files as their readers see them: random access, and blocks in order. */

import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { ByteBlocks, ByteSource, Stop } from '../../bytes.ts';
import { BowerbirdError, systemError } from '../../errors.ts';
import { takenUpLater } from '../../promises.ts';
import { openFileHandle } from './regular-file.ts';

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
