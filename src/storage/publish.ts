/** A single file that appears whole or not at all, under a path or a URI: on a disk by way of a draft, in an object store by itself. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteBlocks, Stop } from '../bytes.ts';
import { pathOf } from '../file-uri.ts';
import { type PublishOptions, publishFile, withDrafts } from './drafts.ts';
import { taken } from './failures.ts';
import { blocksOf, openLocal } from './local/local.ts';
import { writableStorageOf } from './registry.ts';
import type { Storage } from './storage.ts';
import { isRemote } from './uri.ts';
import { type Written, WrittenCount } from './written.ts';

/** Objects are flushed when they are there: `durable` asks nothing more of them. */
export async function publishBlocks(uri: string, blocks: ByteBlocks, options: PublishOptions = {}): Promise<Written> {
  if (!isRemote(uri)) return publishFile(pathOf(uri), blocks, options);
  const storage = await writableFor(uri, options);
  const count = new WrittenCount();
  await storage.write(uri, count.through(blocks), { ifAbsent: options.overwrite !== true });
  return count.total();
}

/**
 * The same for a file that is not written in order: `fill` has its descriptor until its promise ends. An object cannot be written so: it is
 * made as a local file first.
 */
export async function publishFilled<T>(
  uri: string,
  fill: (descriptor: number) => Promise<T>,
  options: PublishOptions = {},
): Promise<T> {
  const filled = (path: string, terms: PublishOptions) => withDrafts([path], terms, (drafts) => fill(drafts.fd(0)));
  if (!isRemote(uri)) return filled(pathOf(uri), options);
  const storage = await writableFor(uri, options);
  const folder = await mkdtemp(join(tmpdir(), 'bowerbird-'));
  try {
    const path = join(folder, 'whole');
    const result = await filled(path, {});
    await upload(path, storage, uri, { ifAbsent: options.overwrite !== true });
    return result;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A finished local file becomes an object. */
export async function upload(
  path: string,
  storage: Storage,
  uri: string,
  { ifAbsent = false, stop }: { readonly ifAbsent?: boolean; readonly stop?: Stop | undefined } = {},
): Promise<void> {
  const file = await openLocal(path);
  try {
    await storage.write(uri, blocksOf(file, stop), { size: file.byteLength, ifAbsent, stop });
  } finally {
    await file.close();
  }
}

/** That a name is taken is told before the work, not only at its end. */
async function writableFor(uri: string, { overwrite }: PublishOptions): Promise<Storage> {
  const storage = await writableStorageOf(uri);
  if (overwrite !== true && (await storage.stat(uri)) !== undefined) throw taken(uri);
  return storage;
}
