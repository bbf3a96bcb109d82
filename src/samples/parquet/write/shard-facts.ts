/**
 * What a file of a dataset says of itself under the key "bowerbird" of its footer: which part of the plan it is, and what a card adds up. So whoever
 * holds the file needs no list beside it.
 */

import { createHash } from 'node:crypto';

export const factsKey = 'bowerbird';

export interface ShardFacts {
  readonly version: 1;
  /** "en-12". */
  readonly chunk: string;
  /** From 0. */
  readonly part: number;
  readonly parts: number;
  /** SHA-256 in hex of all that decides about the bytes of the chunk. */
  readonly identity: string;
  readonly config: string;
  readonly split: string;
  readonly rows: number;
  /** Of the chunk, told by its first part; 0 in others. */
  readonly rejects: number;
  /** As FinishedShard tells it. */
  readonly arrowBytes: number;
  /** Of all rows whose duration is known. */
  readonly seconds: number;
  /** `hashes`: {@link speakerHashes}; null where they would take too much of a footer. */
  readonly speakers: { readonly count: number; readonly hashes: string | null };
  /** `bins`: 50, each of 0.1, from 0 to 5; what is below is in the first, what is above in the last. `sum` and `bins` are of `count` values. */
  readonly dnsmos: {
    readonly count: number;
    readonly sum: number;
    readonly bins: readonly number[];
    readonly nonFinite: number;
  } | null;
  /** Rows whose duration is not finite, or not there. */
  readonly unknownSeconds: number;
}

export const dnsmosBins = 50;
export const mostSpeakers = 4096;
/** Two names in 300,000 share one, once in 6,000 datasets. */
const hashBytes = 6;
/** Far more than the largest facts take. */
const mostText = 1 << 20;

/** The first 6 bytes of the SHA-256 of each name, sorted, in base64: what two files have in common is counted by it, and no name is told. */
export function speakerHashes(names: Iterable<string>): string {
  const hashes = Array.from(new Set(names), (name) =>
    createHash('sha256').update(name).digest().subarray(0, hashBytes),
  );
  return Buffer.concat(hashes.sort(Buffer.compare)).toString('base64');
}

/** Keys in one order: the same facts are the same text. */
export function factsText(facts: ShardFacts): string {
  const { version, chunk, part, parts, identity, config, split, rows, rejects, arrowBytes, seconds } = facts;
  const { speakers, dnsmos, unknownSeconds } = facts;
  return JSON.stringify({
    version,
    chunk,
    part,
    parts,
    identity,
    config,
    split,
    rows,
    rejects,
    arrowBytes,
    seconds,
    speakers: { count: speakers.count, hashes: speakers.hashes },
    dnsmos:
      dnsmos === null ? null : { count: dnsmos.count, sum: dnsmos.sum, bins: dnsmos.bins, nonFinite: dnsmos.nonFinite },
    unknownSeconds,
  });
}

/** Undefined where the key is missing or holds anything else: another program may use it, and no file is damaged for that. */
export function readFacts(keyValues: ReadonlyMap<string, string>): ShardFacts | undefined {
  const text = keyValues.get(factsKey);
  if (text === undefined || text.length > mostText) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isFacts(value) ? value : undefined;
}

type Told = { readonly [key: string]: unknown };

function isFacts(value: unknown): value is ShardFacts {
  if (!isTold(value)) return false;
  const { version, chunk, part, parts, identity, config, split, rows, rejects, arrowBytes, seconds } = value;
  const { speakers, dnsmos, unknownSeconds } = value;
  return (
    version === 1 &&
    [chunk, config, split].every((text) => typeof text === 'string' && text !== '') &&
    typeof identity === 'string' &&
    /^[0-9a-f]{64}$/.test(identity) &&
    [part, parts, rows, rejects, arrowBytes, unknownSeconds].every(isCount) &&
    (part as number) < (parts as number) &&
    (unknownSeconds as number) <= (rows as number) &&
    typeof seconds === 'number' &&
    seconds >= 0 &&
    areSpeakers(speakers, rows as number) &&
    (dnsmos === null || areScores(dnsmos, rows as number))
  );
}

function areSpeakers(value: unknown, rows: number): boolean {
  if (!isTold(value)) return false;
  const { count, hashes } = value;
  if (!isCount(count) || count > rows) return false;
  if (hashes === null) return true;
  if (typeof hashes !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(hashes)) return false;
  const bytes = Buffer.from(hashes, 'base64');
  return bytes.length === hashBytes * count && count <= mostSpeakers && areSorted(bytes);
}

/** Not always each once: two names may share a hash. */
function areSorted(bytes: Buffer): boolean {
  for (let at = hashBytes; at < bytes.length; at += hashBytes) {
    if (bytes.compare(bytes, at, at + hashBytes, at - hashBytes, at) > 0) return false;
  }
  return true;
}

function areScores(value: unknown, rows: number): boolean {
  if (!isTold(value)) return false;
  const { count, sum, bins, nonFinite } = value;
  return (
    isCount(count) &&
    isCount(nonFinite) &&
    count + nonFinite <= rows &&
    typeof sum === 'number' &&
    Array.isArray(bins) &&
    bins.length === dnsmosBins &&
    bins.every(isCount) &&
    bins.reduce((all: number, bin) => all + bin, 0) === count
  );
}

function isTold(value: unknown): value is Told {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
