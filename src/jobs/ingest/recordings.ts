/** The recordings of rows: where each is, what it is now, and its bytes, the next ones on their way while one is worked on. */

import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { Stop } from '../../bytes.ts';
import { BowerbirdError, systemError } from '../../errors.ts';
import { takenUpLater } from '../../promises.ts';
import { pathOf } from '../../storage/local-storage.ts';
import { storageOf } from '../../storage/registry.ts';
import { isRemote, joinUri, schemeOf } from '../../storage/uri.ts';

/** A recording as it is now. */
export interface RecordingStamp {
  readonly size: number;
  /** As in InputStamp. '' for objects: each would cost a request more. */
  readonly version: string;
}

export interface Recording extends RecordingStamp {
  /** Valid until the next recording is taken. */
  readonly bytes: Uint8Array;
}

/** What a row says, as a URI: a complete one stands for itself. */
export function recordingUri(audio: string, path: string): string {
  if (schemeOf(path) !== undefined || audio === '') return path;
  return isRemote(audio) || !isAbsolute(path) ? joinUri(audio, path) : path;
}

/** Undefined when it is not there, or nobody may look at it. */
export function stampLocal(uri: string): RecordingStamp | undefined {
  try {
    const stats = statSync(pathOf(uri), { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? undefined : { size: Number(stats.size), version: String(stats.mtimeNs) };
  } catch {
    // What is wrong is told by whoever reads it.
    return undefined;
  }
}

/** A recording that was asked for. */
interface Coming<T> {
  readonly item: T;
  take(): Recording | Promise<Recording>;
}

/**
 * Hands out recordings in order. Objects are asked for before they are needed, `ahead` of them at most; local files are read when their
 * turn comes, into memory that is used again: the system reads ahead by itself, and threads for it would cost more than they save.
 */
export async function* inOrder<T extends { readonly uri: string }>(
  items: AsyncIterable<readonly T[]>,
  ahead: number,
  stop: Stop,
): AsyncGenerator<Coming<T>, void, void> {
  const local = new LocalReader();
  const queue: Coming<T>[] = [];
  for await (const batch of items) {
    for (const item of batch) {
      stop.throwIfAborted();
      const isObject = isRemote(item.uri);
      if (isObject) {
        const coming = takenUpLater(download(item.uri, stop));
        queue.push({ item, take: () => coming });
      } else queue.push({ item, take: () => local.read(item.uri) });
      while (queue.length > (isObject ? ahead : 0)) yield queue.shift()!;
    }
  }
  yield* queue;
}

async function download(uri: string, stop: Stop): Promise<Recording> {
  const bytes = await (await storageOf(uri)).read(uri, { stop });
  return { bytes, size: bytes.length, version: '' };
}

class LocalReader {
  #memory = new Uint8Array(0);

  read(uri: string): Recording {
    let fd: number | undefined;
    try {
      fd = openSync(pathOf(uri), 'r');
      const stats = fstatSync(fd, { bigint: true });
      if (!stats.isFile()) {
        const message = `Cannot read "${uri}": it is ${stats.isDirectory() ? 'a folder' : 'no regular file'}`;
        throw new BowerbirdError('IO', message, { source: uri });
      }
      const size = Number(stats.size);
      const bytes = this.#room(size, uri);
      for (let done = 0; done < size; ) {
        const count = readSync(fd, bytes, done, Math.min(size - done, 1 << 30), done);
        if (count === 0) {
          throw new BowerbirdError('IO', `Cannot read "${uri}": it became shorter while it was read`, { source: uri });
        }
        done += count;
      }
      return { bytes, size, version: String(stats.mtimeNs) };
    } catch (error) {
      throw systemError('read', uri, error);
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  #room(size: number, uri: string): Uint8Array {
    if (size > this.#memory.length) {
      // Let go first: two of the largest need not be there at once.
      this.#memory = new Uint8Array(0);
      try {
        this.#memory = new Uint8Array(Math.ceil(size * 1.25));
      } catch (cause) {
        const message = `Cannot hold "${uri}" in memory: it has ${size} bytes`;
        throw new BowerbirdError('UNSUPPORTED', message, { source: uri }, { cause });
      }
    }
    return this.#memory.subarray(0, size);
  }
}
