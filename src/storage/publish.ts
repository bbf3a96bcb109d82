/** A single file that appears whole or not at all, under a path or a URI. */

import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteBlocks } from '../bytes.ts';
import { systemError } from '../errors.ts';
import { native } from '../native/native.ts';
import { taken } from './failures.ts';
import { blocksOf, openLocal, type Published, type PublishOptions, publishFile, publishWith } from './local/local.ts';
import { pathOf } from './local/storage.ts';
import { writableStorageOf } from './registry.ts';
import type { Storage } from './storage.ts';
import { isRemote } from './uri.ts';

/** As publishFile(). Objects are flushed when they are there: `durable` asks nothing more of them. */
export async function publishBlocks(uri: string, blocks: ByteBlocks, options: PublishOptions = {}): Promise<Published> {
  if (!isRemote(uri)) return publishFile(pathOf(uri), blocks, options);
  const storage = await writableFor(uri, options);
  let [bytes, crc] = [0, 0];
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const block of blocks) {
      crc = native().crc32c(block, crc);
      bytes += block.length;
      yield block;
    }
  }
  await storage.write(uri, counted(), { ifAbsent: options.overwrite !== true });
  return { bytes, crc32c: (crc >>> 0).toString(16).padStart(8, '0') };
}

/** As publishWith(): an object cannot be written out of order, so that it is made as a local file first. */
export async function publishFilled<T>(
  uri: string,
  fill: (descriptor: number) => Promise<T>,
  options: PublishOptions = {},
): Promise<T> {
  if (!isRemote(uri)) return publishWith(pathOf(uri), fill, options);
  const storage = await writableFor(uri, options);
  const folder = await mkdtemp(join(tmpdir(), 'bowerbird-'));
  const path = join(folder, 'whole');
  try {
    const file = await open(path, 'wx', 0o600).catch((error) => {
      throw systemError('create', path, error);
    });
    const filled = await fill(file.fd).finally(() => file.close());
    const whole = await openLocal(path);
    try {
      await storage.write(uri, blocksOf(whole), { size: whole.byteLength, ifAbsent: options.overwrite !== true });
    } finally {
      await whole.close();
    }
    return filled;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** That a name is taken is told before the work, not only at its end. */
async function writableFor(uri: string, { overwrite }: PublishOptions): Promise<Storage> {
  const storage = await writableStorageOf(uri);
  if (overwrite !== true && (await storage.stat(uri)) !== undefined) throw taken(uri);
  return storage;
}
