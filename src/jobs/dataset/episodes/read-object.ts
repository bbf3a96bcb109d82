/** An object that was listed, whole: what it was then, or an error. Only one that is really gone is told as missing. */

import type { Stop } from '../../../bytes.ts';
import { BowerbirdError } from '../../../errors.ts';
import { notThere } from '../../../storage/failures.ts';
import { storageOf } from '../../../storage/registry.ts';
import { usualPatience, waitBefore } from '../../../storage/retry.ts';
import type { ObjectStat, ReadableStorage } from '../../../storage/storage.ts';
import { shown } from '../../../storage/uri.ts';

/** Each stands on the tries of the storage. */
const mostTries = 3;

/**
 * `room`: gives memory of so many bytes or more.
 *
 * @throws BowerbirdError NOT_FOUND: it is gone, and the place where it was can be looked at; ACCESS, IO: nobody could say, or it is another one now
 */
export async function readListed(
  object: ObjectStat,
  stop: Stop,
  room?: (bytes: number) => Uint8Array,
): Promise<Uint8Array> {
  const { uri, size } = object;
  const storage = await storageOf(uri);
  // Without a version the length is all that tells.
  const version = object.version === '' ? undefined : object.version;
  for (let tries = 1; ; tries++) {
    let failure: BowerbirdError;
    try {
      const bytes = await storage.read(uri, {
        version,
        stop,
        room: room && ((length) => room(length).subarray(0, length)),
      });
      if (bytes.length === size) return bytes;
      failure = otherLength(uri, size, bytes.length);
    } catch (error) {
      if (!(error instanceof BowerbirdError) || (error.code !== 'IO' && error.code !== 'NOT_FOUND')) throw error;
      failure = error;
    }
    const now = await listedNow(storage, uri, stop);
    if (now === undefined) throw notThere('read', uri);
    const isSame = now.size === size && now.version === object.version;
    if (!isSame || tries >= mostTries) throw failure;
    // The list still has it as it was: what answered was old, or broke off.
    await waitBefore(tries, usualPatience, undefined, stop);
  }
}

/** By a list, which fails where a bucket or a right is missing: a request for the object itself would call all of that "not there". */
export async function listedNow(storage: ReadableStorage, uri: string, stop: Stop): Promise<ObjectStat | undefined> {
  try {
    for await (const page of storage.list(uri, { delimiter: '/', stop })) {
      for (const one of page) if (one.kind === 'object' && one.uri === uri) return one;
    }
    return undefined;
  } catch (error) {
    // Of the bucket.
    if (!(error instanceof BowerbirdError) || error.code !== 'NOT_FOUND') throw error;
    throw new BowerbirdError('IO', error.message, { source: uri }, { cause: error });
  }
}

function otherLength(uri: string, expected: number, found: number): BowerbirdError {
  const message = `Cannot read "${shown(uri)}": expected ${expected} bytes, as the list of its folder says, found ${found}; run the same command again when nothing writes to it`;
  return new BowerbirdError('IO', message, { source: uri });
}
