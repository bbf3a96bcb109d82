/** StorageUploader: the files of a folder to any scheme that can be written, by the storage layer. */

import { sep } from 'node:path';
import { pathOf } from '../../file-uri.ts';
import { checkPath, integer, readOptions, usage } from '../../options.ts';
import { upload } from '../publish.ts';
import { writableStorageOf } from '../registry.ts';
import type { Storage } from '../storage.ts';
import { absolute, isRemote, placeIn, shown } from '../uri.ts';
import { isLast, type UploadFile } from './files.ts';
import { hasSameBytes } from './same-bytes.ts';
import { count, putFile, readUploadOptions, type Uploaded, Uploader, type UploadOptions } from './uploader.ts';

export interface StorageUploaderOptions {
  /** Files of upload() that are on their way at a time. Default 4. */
  readonly concurrency?: number;
}

const shape = { concurrency: integer(1, 64, 4) };

/**
 * To `s3://`, `gs://` or a local folder. A file that is there with the same size and checksum (the MD5 or CRC-32C that the storage tells) is
 * not sent again, so a second upload sends what is new; requests are tried again as everywhere.
 *
 * @throws BowerbirdError USAGE, UNSUPPORTED for places that cannot be written; ACCESS, NOT_FOUND, IO
 * @example
 * import { StorageUploader } from 'bowerbird';
 *
 * const { files, skipped } = await new StorageUploader('s3://bucket/ds').upload('ds/');
 * console.log(`${files} sent, ${skipped} were there`);
 */
export class StorageUploader extends Uploader {
  /** Where files go; of what is secret in it nothing. */
  readonly uri: string;
  readonly #uri: string;
  readonly #concurrency: number;

  constructor(uri: string, options: StorageUploaderOptions = {}) {
    checkPath(uri, 'new StorageUploader()');
    const { concurrency } = readOptions(options, shape, 'new StorageUploader()');
    super({ ...options });
    this.#uri = isRemote(uri) ? uri : pathOf(uri);
    this.uri = shown(this.#uri);
    this.#concurrency = concurrency;
  }

  /** That the place cannot be written at all is told before the first file. */
  override async open(): Promise<void> {
    await this.#storage();
  }

  override async put(path: string, name: string, options: UploadOptions = {}): Promise<{ skipped: boolean }> {
    const { signal } = readUploadOptions(options, 'put()');
    checkPath(path, 'put()', 'the path of a file');
    checkPath(name, 'put()', 'a name below the folder');
    if (name.split('/').some((part) => part === '' || part === '.' || part === '..')) {
      throw usage(
        `Cannot upload "${path}" as "${name}": expected names of folders and of a file with "/" between them`,
      );
    }
    const storage = await this.#storage();
    const uri = placeIn(this.#uri, name);
    if (await hasSameBytes(storage, uri, path, signal)) return { skipped: true };
    await upload(path, storage, uri, { stop: signal });
    return { skipped: false };
  }

  /** Sends every file below a folder, a few at a time; pack.json and metadata.json when all others are there. */
  override async upload(localDir: string, options: UploadOptions = {}): Promise<Uploaded> {
    const { signal } = readUploadOptions(options, 'upload()');
    this.#refuseInside(localDir);
    await this.open();
    const told = { files: 0, skipped: 0, bytes: 0 };
    const running = new Set<Promise<void>>();
    let failed: { readonly error: unknown } | undefined;
    const begin = (file: UploadFile) => {
      const one: Promise<void> = putFile(this, file, options)
        .then(
          (skipped) => count(told, file, skipped),
          (error) => {
            failed ??= { error };
          },
        )
        .finally(() => running.delete(one));
      running.add(one);
    };
    try {
      for await (const file of this.iterFiles(localDir)) {
        const most = isLast(file.name) ? 1 : this.#concurrency;
        while (running.size >= most) await Promise.race(running);
        signal?.throwIfAborted();
        if (failed !== undefined) break;
        begin(file);
      }
    } finally {
      await Promise.all(running);
    }
    if (failed !== undefined) throw failed.error;
    return told;
  }

  #storage(): Promise<Storage> {
    return writableStorageOf(this.#uri);
  }

  /** A copy inside of what is copied would grow with every run. */
  #refuseInside(localDir: string): void {
    checkPath(localDir, 'upload()', 'a folder');
    if (isRemote(this.#uri)) return;
    const [from, to] = [absolute(pathOf(localDir)), absolute(this.#uri)];
    if (!`${to}${sep}`.startsWith(`${from}${sep}`)) return;
    throw usage(`Cannot upload "${localDir}" to "${this.uri}": expected a place outside of that folder`);
  }
}
