/**
 * What the objects of a bucket are while an ingest is planned, so that the next run sees which of them were replaced. From a listing: one
 * request for a thousand, where looking at each would be as many requests as rows.
 */

import type { Stop } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { storageOf } from '../../storage/registry.ts';
import { isRemote, joinUri } from '../../storage/uri.ts';
import { binOf, HashIndex, hash53, hashBins } from './hash.ts';
import { Bins, Scattered, type Spill } from './spill.ts';

/** Of the table of sightings: hash of what a row names, row, and a number for the job's own use; in bins of the first. */
export const sightingWidth = 3;

/** A bucket that holds many more objects than there are rows is not listed to its end. */
const mostObjects = (rows: number) => 10_000 + 4 * rows;
/** A listing that is refused, or that there is none of (https://): then objects are read without being known before. */
const withoutListing = new Set(['ACCESS', 'NOT_FOUND', 'UNSUPPORTED']);

/** Hashes of URIs, and of size and version, in bins of the first. Undefined where objects are not listed. */
export async function listObjects(audio: string, rows: number, spill: Spill, stop: Stop): Promise<Bins | undefined> {
  if (!isRemote(audio)) return undefined;
  const objects = new Bins(spill, 2);
  try {
    const prefix = joinUri(audio, '');
    let listed = 0;
    for await (const page of (await storageOf(prefix)).list(prefix, { stop })) {
      listed += page.length;
      if (listed > mostObjects(rows)) return undefined;
      for (const object of page) {
        if (object.kind !== 'object') continue;
        const uri = hash53(object.uri);
        objects.add(binOf(uri), uri, hash53(`${object.size}\0${object.version}`));
      }
    }
  } catch (error) {
    if (error instanceof BowerbirdError && withoutListing.has(error.code)) return undefined;
    throw error;
  }
  return objects;
}

/** For every row the state of its recording, at the row's place; 0 where the listing has none. `breathe` lets others work. */
export async function statesOfRows(
  sightings: Bins,
  objects: Bins,
  placeOf: (row: number) => number,
  spill: Spill,
  breathe: () => Promise<void>,
): Promise<Scattered> {
  const found = new Scattered(spill);
  const index = new HashIndex(objects.most());
  const states = new Float64Array(objects.most());
  for (let bin = 0; bin < hashBins; bin++) {
    await breathe();
    index.clear();
    for (const entries of objects.blocks(bin)) {
      for (let i = 0; i < entries.length; i += 2) states[index.add(entries[i]!)] = entries[i + 1]!;
    }
    for (const entries of sightings.blocks(bin)) {
      for (let i = 0; i < entries.length; i += sightingWidth) {
        const at = index.find(entries[i]!);
        if (at >= 0) found.put(placeOf(entries[i + 1]!), states[at]!);
      }
    }
  }
  return found;
}
