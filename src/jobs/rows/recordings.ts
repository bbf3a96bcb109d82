/** The recordings of rows: where each is, what it is now, and its bytes, the next ones on their way while one is worked on. */

import { closeSync, readSync, statSync } from 'node:fs';
import type { Stop } from '../../bytes.ts';
import { BowerbirdError, systemError } from '../../errors.ts';
import { pathOf } from '../../file-uri.ts';
import { takenUpLater } from '../../promises.ts';
import { readKept } from '../../storage/kept/kept.ts';
import { openFile } from '../../storage/local/regular-file.ts';
import { storageOf } from '../../storage/registry.ts';
import { isRemote, shown } from '../../storage/uri.ts';
import { SimilarNames } from './similar-names.ts';

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
  /** Its bytes are needed no longer. */
  readonly done?: () => void;
}

/**
 * Hands out recordings in order. Objects are asked for before they are needed, `ahead` of them at most; local files are read when their
 * turn comes: the system reads ahead by itself, and threads for it would cost more than they save. What is refused is not asked for.
 * `keepInputs`: the folder of copies of objects.
 */
export async function* inOrder<T extends { readonly uri: string; readonly isRefused: boolean }>(
  items: AsyncIterable<readonly T[]>,
  ahead: number,
  stop: Stop,
  keepInputs?: string,
): AsyncGenerator<Coming<T>, void, void> {
  const local = new LocalReader();
  const bodies = new BodyMemory();
  const queue: Coming<T>[] = [];
  async function* first(): AsyncGenerator<Coming<T>, void, void> {
    const next = queue.shift()!;
    yield next;
    next.done?.();
  }
  for await (const batch of items) {
    for (const item of batch) {
      stop.throwIfAborted();
      const isObject = isRemote(item.uri);
      if (item.isRefused) {
        const take = () => {
          throw new Error(`"${shown(item.uri)}" is not to be read`);
        };
        queue.push({ item, take });
      } else if (isObject) {
        const { coming, done } = download(item.uri, stop, bodies, keepInputs);
        queue.push({ item, take: () => coming, done });
      } else queue.push({ item, take: () => local.read(item.uri) });
      while (queue.length > (isObject ? ahead : 0)) yield* first();
    }
  }
  while (queue.length > 0) yield* first();
}

function download(
  uri: string,
  stop: Stop,
  memory: BodyMemory,
  keepInputs: string | undefined,
): { coming: Promise<Recording>; done: () => void } {
  let held: Uint8Array | undefined;
  const room = (bytes: number) => {
    held = memory.take(bytes);
    return held.subarray(0, bytes);
  };
  const read = async () => {
    const how = { stop, room };
    const bytes =
      keepInputs === undefined ? await (await storageOf(uri)).read(uri, how) : await readKept(keepInputs, uri, how);
    return { bytes, size: bytes.length, version: '' };
  };
  const coming = takenUpLater(read());
  const giveBack = () => held !== undefined && memory.give(held);
  // A row may be refused before its recording is there.
  return { coming, done: () => void coming.then(giveBack, () => {}) };
}

/**
 * Memory for the bodies of objects, as much as was ever in use at once. Left to V8, those that wait for their turn grow old, and it is a full
 * collection for every few of them that frees them: a quarter of the CPU time of a run.
 */
class BodyMemory {
  readonly #free: Uint8Array[] = [];

  take(bytes: number): Uint8Array {
    const fitting = this.#free.findIndex(({ length }) => length >= bytes);
    // One that is too small makes room for a larger one.
    const [memory] = this.#free.splice(fitting, 1);
    return memory !== undefined && memory.length >= bytes ? memory : new Uint8Array(Math.ceil(bytes * 1.25));
  }

  give(memory: Uint8Array): void {
    this.#free.push(memory);
  }
}

/** Reads files of this machine into memory that is used again. */
export class LocalReader {
  #memory = new Uint8Array(0);
  readonly #similar = new SimilarNames();

  read(uri: string): Recording {
    let fd: number | undefined;
    try {
      const opened = openFile(pathOf(uri), 'read', uri);
      fd = opened.fd;
      const { stats } = opened;
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
      throw this.#withHint(uri, systemError('read', uri, error));
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  #withHint(uri: string, error: BowerbirdError): BowerbirdError {
    const similar = error.code === 'NOT_FOUND' ? this.#similar.find(pathOf(uri)) : undefined;
    if (similar === undefined) return error;
    const message = `${error.message}; there is "${similar}", whose name differs in case, blanks, slashes or the form of its letters`;
    return new BowerbirdError(error.code, message, { source: uri }, { cause: error.cause });
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
