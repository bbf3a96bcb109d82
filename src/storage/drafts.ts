/**
 * How files appear: written under a temporary name beside the final one, then given that name. Complete files or none. Every file that is
 * made for somebody to keep comes this way; publish.ts adds what is different about objects.
 */

import { close, closeSync, constants, fdatasync, fdatasyncSync, openSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { threadId } from 'node:worker_threads';
import type { ByteBlocks } from '../bytes.ts';
import { systemError } from '../errors.ts';
import { makeFolders } from './local/folders.ts';
import { holdTemporary, removeLeftovers } from './local/leftovers.ts';
import { appearAs, replaceWith, syncFolder, syncFolderAside } from './local/naming.ts';
import { StagedSink, writeBlocks } from './local/sink.ts';
import { TEMP_SUFFIX, tempName } from './local/temp-name.ts';
import type { Written } from './written.ts';

/** Inside the output folder: journals, locks, rejects of each unit. */
export const STATE_FOLDER = '.bowerbird';

// A leftover may be a link that someone planted; it must not lead the writing elsewhere.
const OPEN_FRESH = constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
const OPEN_NEW = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** Other threads, and processes that once had our number, may have taken a name: then the next one is tried. */
const mostTries = 1000;

export interface PublishOptions {
  /** Replace a file that is there. Default false: EXISTS. */
  readonly overwrite?: boolean;
  /** Flush the bytes, then the name, to the disk before it is done. Default false. */
  readonly durable?: boolean;
}

export interface DraftTerms extends PublishOptions {
  /**
   * A run holds the folder, so that nobody else makes the same files: temporaries are called after them, and the next run knows those of
   * a killed one by their names. Otherwise each has a name of its own, and a lock by which leftovers are told. Default false.
   */
  readonly inRun?: boolean;
}

/** Those of whatever a unit or a run makes in its folder. */
export function runTerms(durable: boolean): DraftTerms {
  return { inRun: true, overwrite: true, durable };
}

interface Draft {
  path: string;
  readonly temporary: string;
  /** Undefined once it is closed. */
  fd: number | undefined;
  readonly lock?: { release(): void };
}

/** The temporary of a file that a run makes. */
export function tempPath(path: string): string {
  return join(dirname(path), tempName(basename(path)));
}

/**
 * Opens files, has them made, and gives them their names; when anything goes wrong nothing of them stays. All are open from the start, so
 * that a missing permission costs nothing. `make` may discard them itself, and return.
 */
export async function withDrafts<T>(
  paths: readonly string[],
  terms: DraftTerms,
  make: (drafts: Drafts) => Promise<T>,
): Promise<T> {
  const drafts = new Drafts(paths, terms);
  try {
    const made = await make(drafts);
    // A run has threads for waiting, and many small files; whoever is in none may have others to look after.
    if (terms.inRun === true) drafts.publish();
    else await drafts.publishAside();
    return made;
  } finally {
    drafts.discard();
  }
}

/** For those whose files live longer than a call: publishing or `discard()` ends it, and `discard()` after publishing does nothing. */
export class Drafts {
  readonly #terms: DraftTerms;
  readonly #drafts: Draft[] = [];

  /** In the order in which they shall appear. */
  constructor(paths: readonly string[], terms: DraftTerms) {
    this.#terms = terms;
    try {
      for (const path of paths) this.open(path);
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /** Of the n-th file, open for reading and writing at 0. Stays owned here. */
  fd(n: number): number {
    const fd = this.#drafts[n]?.fd;
    if (fd === undefined) throw new RangeError(`No file ${n} is being made`);
    return fd;
  }

  /** Where the n-th file is until it has its name, for a library that opens files itself. */
  temporary(n: number): string {
    const draft = this.#drafts[n];
    if (draft === undefined) throw new RangeError(`No file ${n} is being made`);
    return draft.temporary;
  }

  /** Flushes first where that was asked for: a name must not outlive a power cut that its data does not. */
  publish(): void {
    const { durable = false } = this.#terms;
    for (const draft of this.#drafts) closeNow(draft, durable);
    this.#giveNames();
    if (durable) for (const folder of this.#folders()) syncFolder(folder);
    this.#end();
  }

  /** The same, but this thread does not wait for the disk. */
  async publishAside(): Promise<void> {
    const { durable = false } = this.#terms;
    for (const draft of this.#drafts) await closeAside(draft, durable);
    this.#giveNames();
    if (durable) for (const folder of this.#folders()) await syncFolderAside(folder);
    this.#end();
  }

  /** One more, whose number is returned. */
  open(path: string): number {
    return this.#drafts.push(this.#terms.inRun === true ? openInRun(path) : openAlone(path)) - 1;
  }

  /** What the n-th file shall be called in the end. */
  rename(n: number, path: string): void {
    const draft = this.#drafts[n];
    if (draft === undefined) throw new RangeError(`No file ${n} is being made`);
    draft.path = path;
  }

  discard(): void {
    for (const { temporary, fd } of this.#drafts) {
      // What went wrong before is the error to tell; a failing close adds nothing.
      if (fd !== undefined) ignoringErrors(() => closeSync(fd));
      ignoringErrors(() => rmSync(temporary, { force: true }));
    }
    this.#end();
  }

  #giveNames(): void {
    const giveName = this.#terms.overwrite === true ? replaceWith : appearAs;
    for (const { temporary, path } of this.#drafts) giveName(temporary, path);
  }

  #folders(): ReadonlySet<string> {
    return new Set(this.#drafts.map(({ path }) => dirname(path)));
  }

  #end(): void {
    for (const { lock } of this.#drafts) lock?.release();
    this.#drafts.length = 0;
  }
}

function openInRun(path: string): Draft {
  const temporary = tempPath(path);
  try {
    makeFolders(dirname(path));
    return { path, temporary, fd: openSync(temporary, OPEN_FRESH, 0o666) };
  } catch (error) {
    throw systemError('create', path, error);
  }
}

let drafts = 0;

/** What a killed process left in the folder before is removed. */
function openAlone(path: string): Draft {
  const folder = dirname(path);
  let fd: number | undefined;
  try {
    makeFolders(folder);
    removeLeftovers(folder);
    for (let tries = 1; ; tries++) {
      // Other threads of this process have counters of their own, and one that was terminated has left its file.
      const temporary = join(folder, tempName(basename(path), `${process.pid}-${threadId}-${drafts++}`));
      fd = openNew(temporary, tries < mostTries);
      if (fd === undefined) continue;
      const lock = holdTemporary(temporary);
      if (lock !== undefined) return { path, temporary, fd, lock };
      // Somebody took it for a leftover just before.
      closeSync(fd);
      fd = undefined;
    }
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw systemError('create', path, error);
  }
}

/** Undefined when the name is taken, where that may be. */
function openNew(path: string, mayBeTaken: boolean): number | undefined {
  try {
    return openSync(path, OPEN_NEW, 0o666);
  } catch (error) {
    if (mayBeTaken && (error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}

function closeNow(draft: Draft, durable: boolean): void {
  const { path, fd } = draft;
  if (fd === undefined) return;
  try {
    if (durable) fdatasyncSync(fd);
    draft.fd = undefined;
    closeSync(fd);
  } catch (error) {
    throw systemError('write', path, error);
  }
}

async function closeAside(draft: Draft, durable: boolean): Promise<void> {
  const { path, fd } = draft;
  if (fd === undefined) return;
  try {
    if (durable) await promisify(fdatasync)(fd);
    draft.fd = undefined;
    await promisify(close)(fd);
  } catch (error) {
    throw systemError('write', path, error);
  }
}

/** Replaces a small or streamed file of a run at once: old content or new, never half. */
export async function writeFileAtomic(
  path: string,
  pieces: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  durable: boolean,
): Promise<Written> {
  return withDrafts([path], runTerms(durable), async (draft) => {
    const sink = new StagedSink(path, draft.fd(0));
    for await (const piece of pieces) sink.write(typeof piece === 'string' ? Buffer.from(piece) : piece);
    return sink.end();
  });
}

/** A single file that no run makes, of blocks that may be large. */
export async function publishFile(path: string, blocks: ByteBlocks, options: PublishOptions = {}): Promise<Written> {
  return withDrafts([path], options, (draft) => writeBlocks(path, draft.fd(0), blocks));
}

/** Removes a file that may not be there. */
export function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw systemError('remove', path, error);
  }
}

/** Removes the temporaries of the named outputs: what a part may clean while other parts work beside it. */
export function removeTemps(outDir: string, names: Iterable<string>): void {
  for (const name of names) removeFile(tempPath(join(outDir, name)));
}

/** Removes every temporary in these folders whose name starts so. For whoever holds the whole output. */
export function cleanTemps(outDir: string, folders: Iterable<string>, start = '.'): void {
  for (const folder of folders) {
    for (const name of namesIn(join(outDir, folder))) {
      if (name.startsWith(start) && name.endsWith(TEMP_SUFFIX)) removeFile(join(outDir, folder, name));
    }
  }
}

/** What is directly in a folder; none when it is not there. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw systemError('list', folder, error);
  }
}

/** For what is tidied up on the way out of a failure: the failure is the error to tell, and the next run tidies up again. */
function ignoringErrors(action: () => void): void {
  try {
    action();
  } catch {}
}
