/** Local files as a storage. Jobs over local files do not come this way: native code reads and writes those itself. */

import { copyFile, readdir, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BowerbirdError, systemError } from '../../errors.ts';
import { pathOf } from '../../file-uri.ts';
import { publishFile } from '../drafts.ts';
import type { Listed, ListOptions, ObjectStat, ReadOptions, Storage, StreamOptions } from '../storage.ts';
import { makeFolders } from './folders.ts';
import { blocksOf, openLocal } from './local.ts';
import { openFileHandle } from './regular-file.ts';

const pageLength = 1000;

export const localStorage: Storage = {
  scheme: 'file',
  list,
  stat: (uri) => statLocal(uri),
  async read(uri, options = {}) {
    await expect(uri, options);
    const [file] = await openFileHandle(pathOf(uri), 'read', uri);
    const bytes = await file
      .readFile()
      .catch((error) => {
        throw systemError('read', uri, error);
      })
      .finally(() => file.close());
    await expect(uri, options);
    return bytes;
  },
  async readRange(uri, offset, length, options = {}) {
    const file = await openLocal(pathOf(uri));
    try {
      await expect(uri, options);
      return await file.read(offset, length);
    } finally {
      await file.close();
    }
  },
  readStream,
  async write(uri, content, { ifAbsent = false, ifVersion } = {}) {
    const path = pathOf(uri);
    if (ifVersion !== undefined) await expect(uri, { version: ifVersion });
    const blocks = content instanceof Uint8Array ? once(content) : content;
    await publishFile(path, blocks, { overwrite: !ifAbsent });
    return (await statLocal(uri))!;
  },
  async copy(from, to) {
    const path = pathOf(to);
    try {
      makeFolders(resolve(path, '..'));
      await copyFile(pathOf(from), path);
    } catch (error) {
      throw systemError('copy', from, error);
    }
    return (await statLocal(to))!;
  },
  async delete(uri) {
    await rm(pathOf(uri), { force: true }).catch((error) => {
      throw systemError('remove', uri, error);
    });
  },
};

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* readStream(
  uri: string,
  { offset = 0, stop, ...options }: StreamOptions = {},
): AsyncGenerator<Uint8Array> {
  const file = await openLocal(pathOf(uri));
  try {
    await expect(uri, options);
    yield* blocksOf(file, stop, offset);
  } finally {
    await file.close();
  }
}

async function statLocal(uri: string): Promise<ObjectStat | undefined> {
  try {
    const { size, mtimeNs } = await stat(pathOf(uri), { bigint: true });
    return { uri, size: Number(size), version: String(mtimeNs) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw systemError('look at', uri, error);
  }
}

async function expect(uri: string, { version }: ReadOptions): Promise<void> {
  if (version === undefined) return;
  const found = await statLocal(uri);
  if (found?.version === version) return;
  const message = `Cannot use "${uri}": it changed while the run was going on; run the same command again when nothing writes to it`;
  throw new BowerbirdError('IO', message, { source: uri });
}

/** A prefix is of the path, as in a bucket: "data/a" finds "data/a1" and "data/ab/c". */
async function* list(prefix: string, { delimiter, stop }: ListOptions = {}): AsyncGenerator<readonly Listed[]> {
  const path = pathOf(prefix);
  const cut = path.lastIndexOf('/') + 1;
  let page: Listed[] = [];
  for await (const one of walk(path.slice(0, cut), path.slice(cut), delimiter !== undefined)) {
    stop?.throwIfAborted();
    page.push(one);
    if (page.length < pageLength) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

async function* walk(folder: string, start: string, flat: boolean): AsyncGenerator<Listed> {
  const entries = await readdir(folder === '' ? '.' : folder, { withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw systemError('list', folder, error);
  });
  const keyed = entries.filter(({ name }) => name.startsWith(start));
  // As in a bucket, where a folder sorts with its slash.
  const sortKey = (entry: (typeof keyed)[number]) => Buffer.from(entry.isDirectory() ? `${entry.name}/` : entry.name);
  for (const entry of keyed.sort((a, b) => Buffer.compare(sortKey(a), sortKey(b)))) {
    const uri = folder + entry.name;
    if (entry.isDirectory()) {
      if (flat) yield { kind: 'prefix', uri: `${uri}/` };
      else yield* walk(`${uri}/`, '', false);
    } else {
      const found = await statLocal(uri);
      if (found !== undefined) yield { kind: 'object', ...found };
    }
  }
}
