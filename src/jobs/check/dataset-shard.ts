/** One shard of a dataset, checked as any LMDB file, and what metadata.json is held against. Runs in a worker. */

import { createHash } from 'node:crypto';
import { SharedStop } from '../../counters.ts';
import { openSource } from '../../storage/source.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import type { UnitContext } from '../engine/types.ts';
import { type LmdbContents, type VerifiedLmdb, verifyContents } from './lmdb-verify.ts';

export interface VerifiedShard {
  readonly file: VerifiedLmdb;
  readonly contents: LmdbContents;
  /** Of the bytes of the file, in hexadecimal digits. */
  readonly sha256: string;
}

const blockBytes = 1 << 20;

export async function verifyShard(input: InputStamp, context: UnitContext): Promise<VerifiedShard> {
  // First: then the pages are in memory, and progress counts what follows.
  const sha256 = await sha256Of(input, new SharedStop(context.shared));
  return { ...(await verifyContents(input, context)), sha256 };
}

async function sha256Of({ uri, size }: InputStamp, stop: SharedStop): Promise<string> {
  const hash = createHash('sha256');
  const file = await openSource(uri);
  try {
    for (let at = 0; at < size; at += blockBytes) {
      stop.throwIfAborted();
      hash.update(await file.read(at, blockBytes));
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}
