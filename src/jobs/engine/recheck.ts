/** A unit module of every job: reads the outputs of a unit again and compares their CRC-32C, after a restart of the machine. */

import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { addCount, SharedStop } from '../../counters.ts';
import { BowerbirdError } from '../../errors.ts';
import { native } from '../../native/native.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { crcText } from '../../storage/written.ts';
import type { OutputStamp, UnitContext } from './types.ts';

const BLOCK_BYTES = 1024 * 1024;

export const RECHECK_MODULE = new URL('./recheck.js', import.meta.url).href;

export interface RecheckUnit {
  readonly id: string;
  readonly input: InputStamp;
  readonly stamps: readonly OutputStamp[];
}

export interface Rechecked {
  readonly intact: boolean;
}

export async function run(unit: RecheckUnit, _options: unknown, context: UnitContext): Promise<Rechecked> {
  return { intact: unit.stamps.every((stamp) => isIntact(stamp, context)) };
}

function isIntact(stamp: OutputStamp, context: UnitContext): boolean {
  const path = join(context.outDir, stamp.name);
  try {
    return crcText(crcOfFile(path, context)) === stamp.crc32c;
  } catch (error) {
    if (error instanceof BowerbirdError) throw error;
    // Gone or unreadable: either way it must be made again.
    return false;
  }
}

function crcOfFile(path: string, context: UnitContext): number {
  const stop = new SharedStop(context.shared);
  const block = new Uint8Array(BLOCK_BYTES);
  const fd = openSync(path, 'r');
  try {
    let crc = 0;
    for (;;) {
      stop.throwIfAborted();
      const length = readSync(fd, block);
      if (length === 0) return crc;
      crc = native().crc32c(block.subarray(0, length), crc);
      addCount(context.shared, 'bytes', length);
    }
  } finally {
    closeSync(fd);
  }
}
