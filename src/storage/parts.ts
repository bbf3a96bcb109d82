/** Large uploads in parts: how large, and several at a time. */

import type { ByteBlocks, Stop } from '../bytes.ts';
import { blocksOfSize } from './reading.ts';

const MIB = 1 << 20;
/** Below it one request does. Servers want at least 5 MiB, and all parts but the last of one size. */
export const leastPart = 8 * MIB;
export const mostParts = 10_000;
/** Parts in flight; each is memory. */
const atOnce = 4;

export function partSizeFor(size: number | undefined): number {
  const least = Math.ceil((size ?? 0) / mostParts);
  return Math.max(leastPart, Math.ceil(least / MIB) * MIB);
}

/** Takes the first part off, to see whether there is a second. */
export async function splitFirst(
  blocks: ByteBlocks,
  size: number,
): Promise<{ readonly first: Uint8Array; readonly rest: AsyncGenerator<Uint8Array> | undefined }> {
  const parts = blocksOfSize(blocks, size);
  const first = await parts.next();
  if (first.done === true) return { first: new Uint8Array(0), rest: undefined };
  if (first.value.length < size) return { first: first.value, rest: undefined };
  const second = await parts.next();
  if (second.done === true) return { first: first.value, rest: undefined };
  async function* others(): AsyncGenerator<Uint8Array> {
    yield second.value as Uint8Array;
    yield* parts;
  }
  return { first: first.value, rest: others() };
}

/** Calls `send` for each part, a few at a time; results in order. At the first failure no more are begun, and those on the way are awaited. */
export async function sendParts<T>(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
  send: (part: Uint8Array, number: number) => Promise<T>,
  stop?: Stop,
): Promise<T[]> {
  const sent: T[] = [];
  const running = new Set<Promise<void>>();
  let failed: { readonly error: unknown } | undefined;
  const begin = (part: Uint8Array, n: number) => {
    const one: Promise<void> = send(part, n + 1)
      .then(
        (result) => {
          sent[n] = result;
        },
        (error) => {
          failed ??= { error };
        },
      )
      .finally(() => running.delete(one));
    running.add(one);
  };
  try {
    begin(first, 0);
    let n = 1;
    for await (const part of rest) {
      stop?.throwIfAborted();
      if (failed !== undefined) break;
      begin(part, n++);
      while (running.size >= atOnce) await Promise.race(running);
    }
  } finally {
    await Promise.all(running);
  }
  if (failed !== undefined) throw failed.error;
  return sent;
}
