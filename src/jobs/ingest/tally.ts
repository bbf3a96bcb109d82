/** What a shard counts while it is made, and how the counts of many shards add up. */

import {
  addTo,
  type Counts,
  mergedCounts,
  RecordingTally,
  type RecordingTotals,
  sorted,
  sumRecordings,
} from '../rows/tally.ts';
import type { Labels } from './labels.ts';

export interface IngestTotals extends RecordingTotals {
  readonly records: number;
  /** Records of each label id. */
  readonly classes: Counts;
}

export class Tally extends RecordingTally {
  #records = 0;
  readonly #classes = new Map<string, number>();

  record({ ids }: Labels): void {
    this.#records++;
    for (const id of ids) addTo(this.#classes, String(id), 1);
  }

  totals(): IngestTotals {
    const { rows, sampleRates, channels, notes, ...counts } = this.recordingTotals();
    return { rows, records: this.#records, ...counts, classes: sorted(this.#classes), sampleRates, channels, notes };
  }
}

export function sumTotals(shards: readonly IngestTotals[]): IngestTotals {
  const { rows, sampleRates, channels, notes, ...counts } = sumRecordings(shards);
  const records = shards.reduce((total, shard) => total + shard.records, 0);
  const classes = mergedCounts(shards.map((shard) => shard.classes));
  return { rows, records, ...counts, classes, sampleRates, channels, notes };
}
