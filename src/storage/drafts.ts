/** How outputs appear: written under a temporary name beside the final one, then renamed. Complete files or none. */

import {
  closeSync,
  constants,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { systemError } from '../errors.ts';
import { native } from '../native/native.ts';
import { makeFolders } from './local/folders.ts';
import { refuseReplacing } from './local/regular-file.ts';
import { TEMP_SUFFIX, tempName } from './local/temp-name.ts';

/** Inside the output folder: journals, locks, rejects of each unit. */
export const STATE_FOLDER = '.bowerbird';

// A leftover may be a link that someone planted; it must not lead the writing elsewhere.
const OPEN_FRESH = constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
const STAGE_BYTES = 256 * 1024;

export function tempPath(path: string): string {
  return join(dirname(path), tempName(basename(path)));
}

interface Draft {
  readonly path: string;
  fd: number | undefined;
}

/**
 * The outputs of one unit while they are made. All are open from the start, so that a missing permission costs nothing;
 * `publish()` or `discard()` ends their life, and `discard()` after `publish()` does nothing.
 */
export class Drafts {
  readonly #drafts: Draft[] = [];

  /** `names` are relative to `outDir`, in the order in which they shall appear. */
  constructor(outDir: string, names: readonly string[]) {
    try {
      for (const name of names) this.#drafts.push(openDraft(join(outDir, name)));
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /** Descriptor of the n-th name, open for reading and writing at 0. Stays owned here. */
  fd(n: number): number {
    return this.#drafts[n]!.fd!;
  }

  /** Flushes first when `durable`: a name must not outlive a power cut that its data does not. */
  publish(durable: boolean): void {
    for (const draft of this.#drafts) closeDraft(draft, durable);
    for (const { path } of this.#drafts) renameInto(path);
    if (durable) for (const folder of new Set(this.#drafts.map(({ path }) => dirname(path)))) syncFolder(folder);
    this.#drafts.length = 0;
  }

  discard(): void {
    for (const { path, fd } of this.#drafts) {
      // What went wrong before is the error to tell; a failing close adds nothing.
      if (fd !== undefined) ignoringErrors(() => closeSync(fd));
      ignoringErrors(() => rmSync(tempPath(path), { force: true }));
    }
    this.#drafts.length = 0;
  }
}

function openDraft(path: string): Draft {
  try {
    makeFolders(dirname(path));
    return { path, fd: openSync(tempPath(path), OPEN_FRESH, 0o666) };
  } catch (error) {
    throw systemError('create', path, error);
  }
}

function closeDraft(draft: Draft, durable: boolean): void {
  const fd = draft.fd!;
  try {
    if (durable) fdatasyncSync(fd);
    draft.fd = undefined;
    closeSync(fd);
  } catch (error) {
    throw systemError('write', draft.path, error);
  }
}

function renameInto(path: string): void {
  try {
    refuseReplacing(path);
    renameSync(tempPath(path), path);
  } catch (error) {
    throw systemError('rename the finished file to', path, error);
  }
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
    // Some network and FUSE file systems know no fsync of a folder, and a parent folder may be closed to us.
    if (!['EINVAL', 'ENOTSUP', 'ENOSYS', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      throw systemError('flush the folder', folder, error);
    }
  }
}

export interface Written {
  readonly bytes: number;
  /** Eight lower-case hex digits. */
  readonly crc32c: string;
}

/** Replaces a small or streamed file at once: old content or new, never half. */
export async function writeFileAtomic(
  path: string,
  pieces: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  durable: boolean,
): Promise<Written> {
  const drafts = new Drafts(dirname(path), [basename(path)]);
  try {
    const written = await writeAll(path, drafts.fd(0), pieces);
    drafts.publish(durable);
    return written;
  } finally {
    drafts.discard();
  }
}

async function writeAll(
  path: string,
  fd: number,
  pieces: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<Written> {
  const sink = new StagedSink(path, fd);
  for await (const piece of pieces) sink.write(typeof piece === 'string' ? Buffer.from(piece) : piece);
  return sink.end();
}

/** Gathers small pieces into blocks of 256 KiB and keeps the CRC-32C of all of them. */
export class StagedSink {
  readonly #path: string;
  readonly #fd: number;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #bytes = 0;
  #crc = 0;
  readonly #from: number | undefined;

  /** Borrows `fd`; `path` is for messages. Writes from byte `from` on, or where the file is. */
  constructor(path: string, fd: number, from?: number) {
    this.#path = path;
    this.#fd = fd;
    this.#from = from;
  }

  /** Keeps `piece` until the next flush: the caller must not change it. */
  write(piece: Uint8Array): void {
    this.#waiting.push(piece);
    this.#waitingBytes += piece.byteLength;
    if (this.#waitingBytes >= STAGE_BYTES) this.#flush();
  }

  end(): Written {
    this.#flush();
    return { bytes: this.#bytes, crc32c: crcText(this.#crc) };
  }

  #flush(): void {
    const block = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#crc = native().crc32c(block, this.#crc);
    writeFully(this.#path, this.#fd, block, this.#from === undefined ? undefined : this.#from + this.#bytes);
    this.#bytes += block.length;
  }
}

/** write(2) may take less than it was given. `at`: to this byte of the file, instead of where it is. */
export function writeFully(path: string, fd: number, block: Uint8Array, at?: number): void {
  try {
    for (let done = 0; done < block.byteLength; ) {
      done += writeSync(fd, block, done, block.byteLength - done, at === undefined ? null : at + done);
    }
  } catch (error) {
    throw systemError('write', path, error);
  }
}

export function crcText(crc: number): string {
  return crc.toString(16).padStart(8, '0');
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

function namesIn(folder: string): string[] {
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
