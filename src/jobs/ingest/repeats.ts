/** Rows that name a recording again: which say the same of it as the first row that names it, and which contradict that one. */

import { HashIndex, hashBins } from '../rows/hash.ts';
import { sightingWidth } from '../rows/objects.ts';
import type { Bins } from '../rows/spill.ts';

export interface Repeats {
  /** Rows that say again what the first one said, and rows that contradict it. */
  readonly repeats: number;
  readonly conflicts: number;
  /** The first conflicts in the order of the rows, with the row that each contradicts. */
  readonly listed: readonly (readonly [earlier: number, row: number])[];
}

/** REQUIRES: the rows of a bin are in order. `breathe` lets others work. */
export async function findRepeats(sightings: Bins, mostListed: number, breathe: () => Promise<void>): Promise<Repeats> {
  const found: [number, number][] = [];
  let [repeats, conflicts] = [0, 0];
  // The same memory for every bin: what is dropped stays for a while.
  const most = sightings.most();
  const index = new HashIndex(most);
  // Of the first row of each recording: its number + 1, 0 before it comes, and its label.
  const [rows, labels] = [new Float64Array(most), new Uint32Array(most)];
  for (let bin = 0; bin < hashBins; bin++) {
    await breathe();
    index.clear();
    rows.fill(0);
    let listed = 0;
    for (const entries of sightings.blocks(bin)) {
      for (let i = 0; i < entries.length; i += sightingWidth) {
        const [row, label] = [entries[i + 1]!, entries[i + 2]!];
        const at = index.add(entries[i]!);
        if (rows[at] === 0) {
          rows[at] = row + 1;
          labels[at] = label;
        } else if (labels[at] === label) repeats++;
        else {
          conflicts++;
          if (listed++ < mostListed) found.push([rows[at]! - 1, row]);
        }
      }
    }
  }
  return { repeats, conflicts, listed: found.sort((a, b) => a[1] - b[1]).slice(0, mostListed) };
}
