/** Uploader: what takes the files of a packed dataset to where they are wanted. */

import { BowerbirdError } from '../../errors.ts';
import { pathOf } from '../../file-uri.ts';
import { checkPath, optional, readOptions, usage } from '../../options.ts';
import { bareCause } from '../../secrets.ts';
import { type UploadFile, uploadFiles } from './files.ts';

export type { UploadFile };

export interface UploadOptions {
  /** Stops between files, and where an uploader hears of it within a file. */
  readonly signal?: Pick<AbortSignal, 'throwIfAborted'> | undefined;
}

/** What upload() did. */
export interface Uploaded {
  /** Files that were sent. */
  readonly files: number;
  /** Files that were there already, with the same bytes. */
  readonly skipped: number;
  /** Of the files that were sent. */
  readonly bytes: number;
}

/**
 * Subclass it with `put()`, which sends one file. pack() calls it for each file of a shard when the shard is done, and at the end for
 * pack.json and metadata.json. One that overrides `upload()` and has no `put()` gets the whole folder at the end. Options are plain JSON where
 * threads are to make an uploader of their own.
 *
 * @example
 * import { cp } from 'node:fs/promises';
 * import { Uploader } from 'bowerbird';
 *
 * export class FolderUploader extends Uploader {
 *   async put(path, name) {
 *     await cp(path, `${this.options.folder}/${name}`);
 *   }
 * }
 * await new FolderUploader({ folder: '/mnt/datasets/speech' }).upload('ds/');
 */
export abstract class Uploader {
  readonly options: { readonly [name: string]: unknown };

  constructor(options: { readonly [name: string]: unknown } = {}) {
    this.options = options;
  }

  /** Comes before the first file: connections are made here, and a wrong address is told. */
  async open(): Promise<void> {}

  /** Comes after the last file, also when one failed. The uploader may be opened again. */
  async close(): Promise<void> {}

  /**
   * Sends one file under `name`, which has "/" between folders, and replaces what is there. It is there when the promise is kept. `{ skipped:
   * true }`: it was there already.
   */
  put?(path: string, name: string, options?: UploadOptions): Promise<unknown>;

  /** Sends every file below a folder, one after another, in the order of `iterFiles()`. */
  async upload(localDir: string, options: UploadOptions = {}): Promise<Uploaded> {
    const { signal } = readUploadOptions(options, 'upload()');
    checkPath(localDir, 'upload()', 'a folder');
    const told = { files: 0, skipped: 0, bytes: 0 };
    await whileOpen(
      this,
      async () => {
        for await (const file of this.iterFiles(localDir)) {
          signal?.throwIfAborted();
          count(told, file, await putFile(this, file, options));
        }
      },
      { signal },
    );
    return told;
  }

  /**
   * The files below a folder: in the order of their names, then pack.json, and metadata.json last, so that whoever finds that finds all. The
   * state of a run (`.bowerbird/`) and files that are being made are left out.
   */
  iterFiles(localDir: string): AsyncGenerator<UploadFile, void, void> {
    checkPath(localDir, 'iterFiles()', 'a folder');
    return uploadFiles(pathOf(localDir));
  }
}

const shape = {
  signal: optional<NonNullable<UploadOptions['signal']>>(
    'an AbortSignal',
    (v) => typeof Object(v).throwIfAborted === 'function',
  ),
};

export function readUploadOptions(options: UploadOptions, caller: string) {
  return readOptions(options, shape, caller);
}

/** Whether it takes files one by one; else the whole folder at the end. */
export function takesFiles(uploader: Uploader): boolean {
  return typeof uploader.put === 'function';
}

/** Opens an uploader of anybody for `work`, and closes it whatever comes. What went wrong first is told. */
export async function whileOpen<T>(
  uploader: Uploader,
  work: () => Promise<T>,
  { signal }: UploadOptions = {},
): Promise<T> {
  let result: T;
  try {
    await uploader.open?.();
    result = await work();
  } catch (error) {
    await Promise.resolve(uploader.close?.()).catch(() => {});
    signal?.throwIfAborted();
    throw inWords(error, 'upload');
  }
  try {
    await uploader.close?.();
  } catch (error) {
    throw inWords(error, 'end the upload');
  }
  return result;
}

/** One file by an uploader of anybody: whether it was there already. What goes wrong is told with the name of the file. */
export async function putFile(
  uploader: Uploader,
  { path, name }: Pick<UploadFile, 'path' | 'name'>,
  options: UploadOptions = {},
): Promise<boolean> {
  if (uploader.put === undefined) {
    throw usage(
      `Cannot upload with ${uploader.constructor.name}: expected a class with put(path, name), or with an upload(localDir) of its own`,
    );
  }
  try {
    const result = await uploader.put(path, name, options);
    return typeof result === 'object' && result !== null && (result as { skipped?: unknown }).skipped === true;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw inWords(error, `upload "${name}"`, path);
  }
}

/** The error of a user's class may be anything. Ours say enough. */
function inWords(error: unknown, doing: string, source?: string): unknown {
  if (error instanceof BowerbirdError) return error;
  const cause = bareCause(error);
  const what = cause.message || (error as { readonly code?: unknown }).code;
  return new BowerbirdError('IO', `Cannot ${doing}: ${what}`, source === undefined ? {} : { source }, { cause });
}

export function count(
  told: { files: number; skipped: number; bytes: number },
  file: UploadFile,
  skipped: boolean,
): void {
  if (skipped) told.skipped++;
  else {
    told.files++;
    told.bytes += file.size;
  }
}
