/** What a unit made in its working folder, moved to an output folder that is elsewhere. Runs where the unit ran. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SharedStop } from '../../counters.ts';
import { systemError } from '../../errors.ts';
import { upload } from '../../storage/publish.ts';
import { writableStorageOf } from '../../storage/registry.ts';
import { joinUri } from '../../storage/uri.ts';
import type { Receipt, UnitContext } from './types.ts';

/** Objects appear one by one, each whole, in the order of the receipt. The local ones go: the folder holds no more than what is under way. */
export async function deliverUnit(receipt: Receipt, context: UnitContext): Promise<void> {
  const { upload, outDir, shared } = context;
  if (upload === undefined) return;
  const { rejected, outputs } = receipt;
  const names = (rejected === undefined ? outputs : [rejected, ...outputs]).map(({ name }) => name);
  await deliverFiles(names, outDir, upload, new SharedStop(shared));
}

export async function deliverFiles(
  names: readonly string[],
  folder: string,
  uri: string,
  stop?: SharedStop,
): Promise<void> {
  const storage = await writableStorageOf(uri);
  for (const name of names) {
    const path = join(folder, name);
    await upload(path, storage, joinUri(uri, name), { stop });
    await rm(path, { force: true }).catch((error) => {
      throw systemError('remove', path, error);
    });
  }
}
