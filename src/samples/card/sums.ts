/** What files have in common, added up: rows, hours, speakers, dnsmos. What is not known is counted, and never guessed. */

import { dnsmosBins } from '../parquet/write/shard-facts.ts';
import type { CardShard } from './shards.ts';

export interface Dnsmos {
  readonly count: number;
  readonly sum: number;
  readonly bins: readonly number[];
  readonly nonFinite: number;
}

export interface Sums {
  readonly files: number;
  /** In bytes. */
  readonly size: number;
  readonly rows: number;
  /** Of rows whose length is known. */
  readonly seconds: number;
  /** Rows of files that tell lengths, without one. */
  readonly rowsWithout: number;
  /** Files that tell nothing of lengths, speakers and dnsmos, and their rows. */
  readonly silentFiles: number;
  readonly silentRows: number;
  /** Distinct names without "UNKNOWN". `isLeast`: there are as many at least. */
  readonly speakers: { readonly count: number; readonly isLeast: boolean };
  readonly dnsmos: Dnsmos;
  /** What Arrow holds of all rows; undefined where a file does not tell. */
  readonly arrowBytes: number | undefined;
}

const hashBytes = 6;
/** Distinct speakers that are told apart. */
const mostSpeakers = 1_000_000;

/** In the order in which they are given, so that sums of fractions are the same each time. */
export function sumsOf(shards: readonly CardShard[]): Sums {
  let [size, rows, seconds, rowsWithout, silentFiles, silentRows, arrow] = [0, 0, 0, 0, 0, 0, 0];
  let [count, sum, nonFinite, most, isLeast] = [0, 0, 0, 0, false];
  const bins = new Array<number>(dnsmosBins).fill(0);
  const speakers = new Set<number>();
  for (const { size: bytes, rows: own, facts } of shards) {
    size += bytes;
    rows += own;
    if (facts === undefined) {
      silentFiles++;
      silentRows += own;
      continue;
    }
    seconds += facts.seconds;
    rowsWithout += facts.unknownSeconds;
    arrow += facts.arrowBytes;
    if (facts.speakers.hashes === null) {
      isLeast = true;
      most = Math.max(most, facts.speakers.count);
    } else if (!addSpeakers(speakers, facts.speakers.hashes)) isLeast = true;
    if (facts.dnsmos === null) continue;
    count += facts.dnsmos.count;
    sum += facts.dnsmos.sum;
    nonFinite += facts.dnsmos.nonFinite;
    for (const [i, value] of facts.dnsmos.bins.entries()) bins[i] = bins[i]! + value;
  }
  return {
    files: shards.length,
    size,
    rows,
    seconds,
    rowsWithout,
    silentFiles,
    silentRows,
    speakers: { count: Math.max(speakers.size, most), isLeast },
    dnsmos: { count, sum, bins, nonFinite },
    arrowBytes: silentFiles === 0 ? arrow : undefined,
  };
}

/** False when there are too many to tell apart. */
function addSpeakers(speakers: Set<number>, hashes: string): boolean {
  const bytes = Buffer.from(hashes, 'base64');
  for (let at = 0; at + hashBytes <= bytes.length; at += hashBytes) {
    const speaker = bytes.readUIntBE(at, hashBytes);
    if (speakers.size >= mostSpeakers) return speakers.has(speaker);
    speakers.add(speaker);
  }
  return true;
}
