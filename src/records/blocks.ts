/** The bytes of a file as a pass takes them: its beginning, which tells what it is, and streams of blocks put together and cut. */

import { closeSync, readSync } from 'node:fs';
import { systemError } from '../errors.ts';
import { openFile } from '../storage/local/regular-file.ts';

/** To see the next frame of MPEG audio. */
export const headBytes = 4096;

/** A stream whose beginning was looked at already. */
export async function* rejoined(
  first: readonly Uint8Array[],
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

export function readHead(path: string): Uint8Array {
  try {
    const { fd } = openFile(path, 'read');
    try {
      const head = new Uint8Array(headBytes);
      return head.subarray(0, readSync(fd, head, 0, headBytes, 0));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw systemError('read', path, error);
  }
}

/** What comes after the first `bytes` of all. */
export async function* behind(blocks: AsyncGenerator<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let left = bytes;
  for await (const block of blocks) {
    if (block.length > left) yield left === 0 ? block : block.subarray(left);
    left = Math.max(0, left - block.length);
  }
}
