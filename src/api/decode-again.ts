/** `decode()` to a file that is there: it is left alone, and is fine where it is what the call would make. */

import type { OutputStamp } from '../jobs/engine/types.ts';
import { blocksOf } from '../storage/local/local.ts';
import { openSource } from '../storage/source.ts';
import { WrittenCount } from '../storage/written.ts';

/** Whether it may be an output of decode() at all: what is none is told before the work. */
export async function isWav(out: string): Promise<boolean> {
  try {
    const file = await openSource(out);
    const head = await file.read(0, 12).finally(() => file.close());
    return /^(RIFF|RF64)....WAVE$/s.test(Buffer.from(head).toString('latin1'));
  } catch {
    // A folder, a device, a link to nothing: whatever it is, it is no output of ours.
    return false;
  }
}

/** Compared as outputs are after a restart of the machine: by length and CRC-32C. */
export async function isOutput(out: string, made: OutputStamp): Promise<boolean> {
  const file = await openSource(out);
  try {
    if (file.byteLength !== made.bytes) return false;
    const count = new WrittenCount();
    for await (const block of blocksOf(file)) count.add(block);
    return count.total().crc32c === made.crc32c;
  } finally {
    await file.close();
  }
}
