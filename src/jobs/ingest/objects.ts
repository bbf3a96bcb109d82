/**
 * What the objects of a bucket are while an ingest is planned, so that the next run sees which of them were replaced. From a listing: one
 * request for a thousand, where looking at each would be as many requests as rows.
 */

import type { Stop } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { storageOf } from '../../storage/registry.ts';
import { isRemote, joinUri } from '../../storage/uri.ts';
import { hash53 } from './hash.ts';
import { LongNumbers, type Recordings } from './row-table.ts';

export interface ObjectStates {
  /** A hash of size and version of the recording of a row; 0 where the listing has none. */
  of(row: number): number;
}

/** A bucket that holds many more objects than there are rows is not listed to its end. */
const mostObjects = (rows: number) => 10_000 + 4 * rows;
/** A listing that is refused, or that there is none of (https://): then objects are read without being known before. */
const withoutListing = new Set(['ACCESS', 'NOT_FOUND', 'UNSUPPORTED']);

/** Undefined where objects are not listed. */
export async function objectStates(
  audio: string,
  recordings: Recordings,
  stop: Stop,
): Promise<ObjectStates | undefined> {
  if (!isRemote(audio)) return undefined;
  const states = new LongNumbers('float64');
  try {
    const prefix = joinUri(audio, '');
    let listed = 0;
    for await (const page of (await storageOf(prefix)).list(prefix, { stop })) {
      // Memory for them when it is known that there are any.
      while (states.length < recordings.length) states.push(0);
      listed += page.length;
      if (listed > mostObjects(recordings.length)) return undefined;
      for (const object of page) {
        const row = recordings.find(hash53(object.uri));
        if (object.kind === 'object' && row !== undefined) states.set(row, hash53(`${object.size}\0${object.version}`));
      }
    }
  } catch (error) {
    if (error instanceof BowerbirdError && withoutListing.has(error.code)) return undefined;
    throw error;
  }
  return { of: (row) => (states.length === 0 ? 0 : states.at(recordings.firstOf(row))) };
}
