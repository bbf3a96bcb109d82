/** A file or object as a unit reads it: what is read counts as progress, and a run that is told to stop ends at the next read. */

import type { ByteSource } from '../bytes.ts';
import { addCount, SharedStop } from '../counters.ts';
import { linkOf } from '../storage/links.ts';
import { openSource } from '../storage/source.ts';
import type { InputStamp } from '../storage/stamp.ts';

export interface CountOptions {
  /** The bytes that count, for a unit that others share the file with. */
  readonly from?: number;
  readonly to?: number;
  /** Local files are read by the thread itself, block after block, instead of ahead by another. */
  readonly blocking?: boolean;
}

export async function openCounted(
  input: InputStamp,
  shared: SharedArrayBuffer,
  { from = 0, to = input.size, blocking = false }: CountOptions = {},
): Promise<ByteSource> {
  const stop = new SharedStop(shared);
  const file = await openSource(linkOf(input), { version: input.version, size: input.size, stop });
  // Headers are read more than once; a byte counts the first time the reading gets beyond it.
  let reached = from;
  const count = (at: number) => {
    const end = Math.min(at, to);
    if (end > reached) addCount(shared, 'bytes', end - reached);
    reached = Math.max(reached, end);
  };
  return {
    name: file.name,
    byteLength: file.byteLength,
    async read(offset, length) {
      stop.throwIfAborted();
      const bytes = await file.read(offset, length);
      count(offset + bytes.length);
      return bytes;
    },
    async readInto(offset, bytes) {
      stop.throwIfAborted();
      // Local files can.
      await file.readInto!(offset, bytes);
      count(offset + bytes.length);
    },
    readNow(offset, bytes) {
      stop.throwIfAborted();
      file.readNow!(offset, bytes);
      count(offset + bytes.length);
    },
    blocking: blocking && file.readNow !== undefined,
    close: () => file.close(),
  };
}
