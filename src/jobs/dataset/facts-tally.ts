/** What the rows of a file add up to, for its footer. */

import { dnsmosBins, mostSpeakers, type ShardFacts, speakerHashes } from '../../samples/parquet/write/shard-facts.ts';
import type { ChunkRow } from './chunk-source.ts';

type Counted = Pick<ShardFacts, 'seconds' | 'speakers' | 'dnsmos' | 'unknownSeconds'>;

const binsEachOne = 10;
/** All but the speakers: fifty bins of up to seven digits, names and the rest. */
const roomForNumbers = 1400;
/** Of six bytes in base64. */
const hashText = 8;

export class FactsTally {
  readonly #hasScores: boolean;
  readonly #speakers = new Set<string>();
  readonly #bins = new Array<number>(dnsmosBins).fill(0);
  #seconds = 0;
  #unknown = 0;
  #scores = 0;
  #sum = 0;
  #nonFinite = 0;

  /** `hasScores`: there is a column dnsmos. */
  constructor(hasScores: boolean) {
    this.#hasScores = hasScores;
  }

  add({ seconds, speaker, dnsmos }: Pick<ChunkRow, 'seconds' | 'speaker' | 'dnsmos'>): void {
    if (Number.isFinite(seconds) && seconds >= 0) this.#seconds += seconds;
    else this.#unknown++;
    // "UNKNOWN" is nobody.
    if (speaker !== null && speaker !== 'UNKNOWN') this.#speakers.add(speaker);
    if (dnsmos === null) return;
    if (!Number.isFinite(dnsmos)) {
      this.#nonFinite++;
      return;
    }
    this.#scores++;
    this.#sum += dnsmos;
    const bin = Math.max(0, Math.min(dnsmosBins - 1, Math.floor(dnsmos * binsEachOne)));
    this.#bins[bin]!++;
  }

  /** Bytes that the facts take in a footer, at most, when one more row has come. */
  get room(): number {
    return roomForNumbers + hashText * Math.min(mostSpeakers, this.#speakers.size + 1);
  }

  facts(): Counted {
    const count = this.#speakers.size;
    const hashes = count > mostSpeakers ? null : speakerHashes(this.#speakers);
    const scores = { count: this.#scores, sum: this.#sum, bins: this.#bins, nonFinite: this.#nonFinite };
    return {
      seconds: this.#seconds,
      speakers: { count, hashes },
      dnsmos: this.#hasScores ? scores : null,
      unknownSeconds: this.#unknown,
    };
  }
}
