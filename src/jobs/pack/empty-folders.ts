/** Folders of shards that an earlier plan had: their files are gone, and readers who list "shard_*" would open nothing. */

import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackReceipt } from './receipt.ts';

/** Of a folder that holds anything nothing is taken. */
export async function removeEmptyShards(outDir: string, receipts: readonly PackReceipt[]): Promise<void> {
  const ours = new Set(receipts.map(({ unit }) => unit));
  const names = await readdir(outDir);
  for (const name of names.filter((each) => /^shard_\d{5,}$/.test(each) && !ours.has(each))) {
    await rmdir(join(outDir, name)).catch(() => {});
  }
}
