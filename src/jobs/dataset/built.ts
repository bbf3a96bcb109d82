/**
 * Chunks that were built and are not in the repository yet: their receipts, kept beside the journal until the commit. A run whose upload failed, or that
 * was killed in it, need not download the episodes again.
 */

import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Stop } from '../../bytes.ts';
import { isVerdict, systemError } from '../../errors.ts';
import { native } from '../../native/native.ts';
import { removeFile, STATE_FOLDER, writeFileAtomic } from '../../storage/drafts.ts';
import { crcText } from '../../storage/written.ts';
import { seal } from '../engine/journal.ts';
import type { DatasetUnit } from './choices.ts';
import type { DatasetReceipt } from './receipt.ts';

const folder = `${STATE_FOLDER}/built`;
/** A receipt holds notes of a hundred kinds at most, and names of parts. */
const mostBytes = 4 << 20;

function pathOf(outDir: string, id: string): string {
  return join(outDir, folder, `${createHash('sha256').update(id).digest('hex').slice(0, 32)}.json`);
}

export async function keepBuilt(outDir: string, receipt: DatasetReceipt, durable: boolean): Promise<void> {
  await writeFileAtomic(pathOf(outDir, receipt.unit), [seal({ receipt })], durable);
}

export function forgetBuilt(outDir: string, id: string): void {
  removeFile(pathOf(outDir, id));
}

/** The receipt, where all its files are here with the bytes that it tells of. */
export async function builtBefore(outDir: string, unit: DatasetUnit, stop: Stop): Promise<DatasetReceipt | undefined> {
  const receipt = readReceipt(pathOf(outDir, unit.id));
  if (receipt === undefined || receipt.unit !== unit.id || receipt.input.version !== unit.input.version)
    return undefined;
  const { files, outputs, rejected } = receipt;
  const stamps = rejected === undefined ? outputs : [...outputs, rejected];
  for (const { name, bytes } of stamps) if (sizeOf(join(outDir, name)) !== bytes) return undefined;
  for (const [i, { name, crc32c }] of stamps.entries()) {
    const sums = await sumsOf(join(outDir, name), stop);
    const sha256 = files[i]?.sha256 ?? sums.sha256;
    if (sums.crc32c !== crc32c || sums.sha256 !== sha256) return undefined;
  }
  return receipt;
}

function readReceipt(path: string): DatasetReceipt | undefined {
  const size = sizeOf(path);
  if (size === undefined || size > mostBytes) return undefined;
  try {
    const text = readFileSync(path, 'utf8');
    const { receipt } = JSON.parse(text) as { receipt: DatasetReceipt };
    // What bears our seal is what we wrote.
    return seal({ receipt }) === text ? receipt : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || isVerdict(error)) return undefined;
    throw systemError('read', path, error);
  }
}

function sizeOf(path: string): number | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.isFile() === true ? found.size : undefined;
  } catch (error) {
    throw systemError('look at', path, error);
  }
}

async function sumsOf(path: string, stop: Stop): Promise<{ crc32c: string; sha256: string }> {
  const hash = createHash('sha256');
  let crc = 0;
  try {
    for await (const block of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      stop.throwIfAborted();
      hash.update(block);
      crc = native().crc32c(block, crc);
    }
  } catch (error) {
    throw systemError('read', path, error);
  }
  return { crc32c: crcText(crc), sha256: hash.digest('hex') };
}
