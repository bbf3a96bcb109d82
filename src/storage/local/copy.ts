/** A local copy of an object for as long as it is needed, for the few readers that can only look into files. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BowerbirdError } from '../../errors.ts';
import { publishFile } from '../drafts.ts';
import { storageOf } from '../registry.ts';
import type { ReadOptions } from '../storage.ts';
import { fileNameOf, isRemote, shown } from '../uri.ts';
import { shortened } from './temp-name.ts';

/** A key may be longer than any name. */
const mostNameBytes = 100;

/** Calls `use` with a path. What goes wrong is told of the object, not of its copy. */
export async function withLocalCopy<T>(
  uri: string,
  options: ReadOptions,
  use: (path: string) => Promise<T>,
): Promise<T> {
  if (!isRemote(uri)) return use(uri);
  const storage = await storageOf(uri);
  const folder = await mkdtemp(join(tmpdir(), 'bowerbird-'));
  const path = join(folder, shortened(fileNameOf(uri), mostNameBytes) || 'copy');
  try {
    await publishFile(path, storage.readStream(uri, options));
    return await use(path);
  } catch (error) {
    if (!(error instanceof BowerbirdError) || error.source !== path) throw error;
    const { record, offset, seconds } = error;
    const message = error.message.replaceAll(path, shown(uri));
    throw new BowerbirdError(error.code, message, { source: uri, record, offset, seconds }, { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
