/**
 * The output folder of a run, as the steps of a run see it: where its journals and locks are, what is already there, and where units
 * write. A local folder is all of that itself; one in an object store (remote-output.ts) gets the outputs of a unit when it has ended.
 */

import {
  closeSync,
  constants,
  createReadStream,
  fdatasync,
  ftruncateSync,
  lstatSync,
  openSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ByteBlocks } from '../../bytes.ts';
import { systemError } from '../../errors.ts';
import { cleanTemps, namesIn, removeFile, removeTemps, writeFileAtomic } from '../../storage/drafts.ts';
import { makeFolders } from '../../storage/local/folders.ts';
import { syncFolder } from '../../storage/local/naming.ts';
import { writeFully } from '../../storage/local/sink.ts';
import type { Written } from '../../storage/written.ts';
import { type LockPlace, lockPart, lockWhole, type OutputLock, type Part, partIsRunning, throughGate } from './lock.ts';

export type Pieces = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** A file that grows. What is appended is there after flush(). */
export interface Appender {
  append(text: string): void;
  flush(): Promise<void>;
  close(): Promise<void> | void;
}

/** Small files of a run's state, by whole path or URI. */
export interface StateFiles {
  join(folder: string, name: string): string;
  /** Names directly in it; none when it is not there. */
  names(folder: string): Promise<readonly string[]> | readonly string[];
  /** Fails with NOT_FOUND or ENOENT. */
  read(path: string): ByteBlocks;
  /** Old content or new, never half. */
  write(path: string, pieces: Pieces, durable: boolean): Promise<Written>;
  /** REQUIRES: it was written just now, and is `bytes` long. */
  append(path: string, bytes: number): Promise<Appender> | Appender;
  /** Fine when it is not there. */
  remove(path: string): Promise<void> | void;
}

export interface Output {
  /** For messages: the path or URI of the folder. */
  readonly name: string;
  /** How the files of the state begin. */
  readonly job: string;
  readonly stateDir: string;
  /** Absolute path of the local folder in which units write. */
  readonly workDir: string;
  /** Set when what they write goes elsewhere. */
  readonly uri?: string;
  readonly files: StateFiles;
  /** Path or URI of an output. */
  pathOf(name: string): string;
  /** To be called first; makes ready what locks and journals need. */
  open(): Promise<void>;
  /** Looks again at what is there. */
  refresh(): Promise<void>;
  /** Of a regular file or object; undefined when it is not there. */
  sizeOf(name: string): number | undefined;
  /** Whatever it is. */
  exists(name: string): boolean;
  /** What is directly in a folder of outputs; none when it is not there. */
  names(folder: string): readonly string[];
  lockWhole(onLost: (error: Error) => void): Promise<OutputLock>;
  lockPart(part: Part, terms: string, onLost: (error: Error) => void): Promise<OutputLock>;
  throughGate<T>(signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T>;
  partIsRunning(part: Part): Promise<boolean>;
  /** Makes folders of outputs, relative to this one. */
  makeFolders(folders: Iterable<string>, durable: boolean): void;
  /** Makes the names of the state survive a power cut. */
  sync(): void;
  removeTemps(names: Iterable<string>): void;
  cleanTemps(folders: Iterable<string>, start?: string): void;
  /** Files that this thread, not a unit, wrote into `workDir`. */
  deliver(names: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export const localFiles: StateFiles = {
  join,
  names: namesIn,
  read: (path) => createReadStream(path, { highWaterMark: 256 * 1024 }),
  write: writeFileAtomic,
  append: (path, bytes) => new LocalAppender(path, bytes),
  remove: removeFile,
};

class LocalAppender implements Appender {
  readonly #path: string;
  #fd: number | undefined;
  #bytes: number;

  constructor(path: string, bytes: number) {
    this.#path = path;
    this.#bytes = bytes;
    try {
      this.#fd = openSync(path, constants.O_WRONLY | constants.O_APPEND);
    } catch (error) {
      throw systemError('open', path, error);
    }
  }

  append(text: string): void {
    const block = Buffer.from(text);
    try {
      writeFully(this.#path, this.#fd!, block);
      this.#bytes += block.length;
    } catch (error) {
      // A full disk takes half a line; what was there before must stay whole.
      ftruncateSync(this.#fd!, this.#bytes);
      throw error;
    }
  }

  async flush(): Promise<void> {
    try {
      await promisify(fdatasync)(this.#fd!);
    } catch (error) {
      throw systemError('write', this.#path, error);
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

export function localOutput(place: LockPlace): Output {
  const { outDir, stateDir } = place;
  return {
    name: outDir,
    job: place.job,
    stateDir,
    workDir: outDir,
    files: localFiles,
    pathOf: (name) => join(outDir, name),
    open: async () => makeFolder(stateDir),
    refresh: async () => {},
    sizeOf(name) {
      const found = lookAt(() => statSync(join(outDir, name), { throwIfNoEntry: false }), join(outDir, name));
      return found?.isFile() === true ? found.size : undefined;
    },
    exists: (name) =>
      lookAt(() => lstatSync(join(outDir, name), { throwIfNoEntry: false }), join(outDir, name)) !== undefined,
    names: (folder) => namesIn(join(outDir, folder)),
    lockWhole: async () => lockWhole(place),
    lockPart: async (part, terms) => lockPart(place, part, terms),
    throughGate: (signal, action) => throughGate(place, signal, action),
    partIsRunning: async (part) => partIsRunning(place, part),
    makeFolders(folders, durable) {
      if (durable) syncFolder(dirname(outDir));
      for (const folder of folders) {
        makeFolder(join(outDir, folder));
        if (durable) syncFolder(dirname(join(outDir, folder)));
      }
    },
    sync() {
      syncFolder(stateDir);
      syncFolder(outDir);
    },
    removeTemps: (names) => removeTemps(outDir, names),
    cleanTemps: (folders, start) => cleanTemps(outDir, folders, start),
    deliver: async () => {},
    close: async () => {},
  };
}

function makeFolder(path: string): void {
  try {
    makeFolders(path);
  } catch (error) {
    throw systemError('make the folder', path, error);
  }
}

function lookAt<T>(look: () => T, path: string): T {
  try {
    return look();
  } catch (error) {
    throw systemError('look at', path, error);
  }
}
