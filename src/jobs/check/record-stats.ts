/** What the first records of a file hold, for `inspect` of every format that holds records. */

import { payloadKind } from '../../formats/example/example.ts';
import { FeatureStats, type FeatureSummary } from './feature-stats.ts';

export interface RecordSummary {
  /** Records looked at. */
  readonly records: number;
  readonly payloadBytes: number;
  /** Shortest and longest. */
  readonly recordBytes: readonly [number, number];
  /** Records that are tf.train.Example, tf.train.SequenceExample, or neither. */
  readonly payloads: { readonly example: number; readonly sequenceExample: number; readonly other: number };
  readonly features: readonly FeatureSummary[];
  /** Set where names of features beyond the first thousand are left out of `features`. */
  readonly moreFeatures?: true;
}

export class RecordStats {
  readonly #features = new FeatureStats();
  readonly #payloads = { example: 0, sequenceExample: 0, other: 0 };
  #records = 0;
  #bytes = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = 0;

  get records(): number {
    return this.#records;
  }

  add(record: Uint8Array): void {
    this.#records += 1;
    this.#bytes += record.length;
    this.#least = Math.min(this.#least, record.length);
    this.#most = Math.max(this.#most, record.length);
    const kind = payloadKind(record);
    this.#payloads[kind] += 1;
    if (kind === 'example') this.#features.add(record);
  }

  summary(): RecordSummary {
    return {
      records: this.#records,
      payloadBytes: this.#bytes,
      recordBytes: this.#records === 0 ? [0, 0] : [this.#least, this.#most],
      payloads: { ...this.#payloads },
      features: this.#features.summaries(),
      ...(this.#features.hasMore && { moreFeatures: true }),
    };
  }
}
