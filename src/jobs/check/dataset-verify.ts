/** metadata.json of a dataset against its shards. */

import { BowerbirdError, type ErrorCode } from '../../errors.ts';
import type { Damage } from '../../records/damage.ts';
import { shardFile } from '../../records/dataset-listing.ts';
import { type Metadata, readMetadata, type ShardEntry, shardOf } from '../../records/dataset-metadata.ts';
import type { DatasetFolder, FoundShard } from './dataset-folder.ts';
import type { VerifiedShard } from './dataset-shard.ts';
import type { Verified } from './work.ts';

/** What can be wrong with a dataset beyond its files. */
export type DatasetFault =
  | 'metadata'
  | 'missing-shard'
  | 'extra-shard'
  | 'shard-twice'
  | 'size'
  | 'checksum'
  | 'samples'
  | 'dataset-size'
  | 'num-shards'
  | 'max-item-in-shard'
  | 'total-duration'
  | 'key-order';

/** What metadata.json says, and the shards do not bear out. It has no place of its own in a file: offset and length are 0. */
export interface DatasetDamage extends Damage {
  readonly fault: DatasetFault;
  /** The name of its folder, where it is about one shard. */
  readonly shard: string | null;
}

/** What is odd about a dataset that is sound. */
export interface DatasetNote {
  readonly fault: 'num-shards' | 'shard-path' | 'unsaid' | 'other-files' | 'no-duration' | 'key-order';
  readonly reason: string;
}

export interface VerifiedDataset extends Verified {
  /** `source` is metadata.json; the shards are files of their own beside it. */
  readonly format: 'dataset';
  readonly datasetName: string | null;
  readonly shards: number;
  /** Entries of all shards, as far as they could be reached. */
  readonly samples: number;
  /** Seconds: the sum of the field "duration". */
  readonly totalDuration: number;
  readonly damaged: readonly DatasetDamage[];
  readonly notes: readonly DatasetNote[];
}

interface Shard extends FoundShard {
  readonly verified: VerifiedShard | undefined;
}

/** `verified`: by the path of data.mdb. */
export async function verifyDataset(
  { folder, metadata: { uri: source, size }, shards: found, others }: DatasetFolder,
  verified: ReadonlyMap<string, VerifiedShard>,
): Promise<VerifiedDataset> {
  const shards = found.map((shard): Shard => ({ ...shard, verified: verified.get(shard.data.uri) }));
  const comparison = new Comparison(folder);
  let datasetName: string | undefined;
  try {
    const metadata = await readMetadata(source);
    datasetName = metadata.datasetName;
    comparison.shards(metadata, shards);
    comparison.totals(metadata, shards);
  } catch (error) {
    if (!(error instanceof BowerbirdError) || error.code !== 'CORRUPT') throw error;
    comparison.add('metadata', null, error.message, 'CORRUPT');
  }
  comparison.order(shards);
  if (others.length > 0) comparison.note('other-files', `No part of the dataset: ${someOf(others)}`);
  const { damaged, notes } = comparison;
  const told = { samples: sum(shards, entriesOf), totalDuration: sum(shards, durationOf), shards: shards.length };
  return {
    ...{ source, format: 'dataset', size, datasetName: datasetName ?? null, ...told },
    ...{ ok: damaged.length === 0, damaged, notes },
  };
}

class Comparison {
  readonly damaged: DatasetDamage[] = [];
  readonly notes: DatasetNote[] = [];
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  add(fault: DatasetFault, shard: string | null, reason: string, code: ErrorCode = 'CORRUPT'): void {
    this.damaged.push({ fault, shard, offset: 0, length: 0, code, reason });
  }

  note(fault: DatasetNote['fault'], reason: string): void {
    this.notes.push({ fault, reason });
  }

  #expect(
    fault: DatasetFault,
    shard: string | null,
    what: string,
    said: number | string,
    found: number | string,
  ): void {
    if (said !== found) this.add(fault, shard, `${what}: expected ${said} by metadata.json, found ${found}`);
  }

  /** Each that metadata.json names, and each that is there. */
  shards({ shards: entries = [] }: Metadata, shards: readonly Shard[]): void {
    const there = new Map(shards.map((shard) => [shard.name, shard]));
    const named = new Set<string>();
    const moved: string[] = [];
    for (const [i, entry] of entries.entries()) {
      if (entry.path === undefined) {
        this.add('metadata', null, `Entry ${i} of "shards" has no path`, 'BAD_SCHEMA');
        continue;
      }
      const name = shardOf(entry.path);
      if (name !== entry.path) moved.push(entry.path);
      if (named.has(name)) this.add('shard-twice', name, `metadata.json names it more than once`, 'BAD_SCHEMA');
      else this.#entry(name, entry, there.get(name));
      named.add(name);
    }
    if (moved.length > 0) {
      this.note('shard-path', `Paths of shards with folders in them, whose last part is taken: ${someOf(moved)}`);
    }
    for (const { name } of shards) {
      if (!named.has(name)) this.add('extra-shard', name, 'A shard that metadata.json does not name');
    }
  }

  #entry(name: string, { samples, size, sha256 }: ShardEntry, shard: Shard | undefined): void {
    if (shard === undefined) {
      const path = shardFile(this.#folder, name);
      this.add('missing-shard', name, `metadata.json names it, and there is no "${path}"`, 'NOT_FOUND');
      return;
    }
    if (size === undefined) this.add('metadata', name, 'Its entry has no size_bytes', 'BAD_SCHEMA');
    else this.#expect('size', name, 'Bytes', size, shard.data.size);
    const { verified } = shard;
    if (sha256 === undefined) this.add('metadata', name, 'Its entry has no checksum_sha256', 'BAD_SCHEMA');
    else if (verified !== undefined) this.#expect('checksum', name, 'SHA-256', sha256.toLowerCase(), verified.sha256);
    if (samples !== undefined && verified !== undefined) {
      this.#expect('samples', name, 'Samples', samples, verified.contents.entries);
    }
  }

  totals(metadata: Metadata, shards: readonly Shard[]): void {
    const { datasetSize, numShards, maxItemInShard, totalDuration, shards: entries } = metadata;
    const unsaid: string[] = [];
    const compare = (fault: DatasetFault, name: string, said: number | undefined, found: number) => {
      if (said === undefined) unsaid.push(name);
      else this.#expect(fault, null, name, said, found);
    };
    if (entries === undefined) this.add('metadata', null, 'It has no list "shards"', 'BAD_SCHEMA');
    compare('dataset-size', 'dataset_size', datasetSize, sum(shards, entriesOf));
    compare('max-item-in-shard', 'max_item_in_shard', maxItemInShard, Math.max(0, ...shards.map(entriesOf)));
    const named = entries?.length ?? shards.length;
    if (numShards !== undefined && numShards === named - 1) {
      this.note('num-shards', `num_shards is ${numShards}, one less than there are, as AudioMDB writes it`);
    } else {
      compare('num-shards', 'num_shards', numShards, named);
    }
    if (totalDuration === undefined) unsaid.push('total_duration');
    else this.#duration(totalDuration, shards);
    if (unsaid.length > 0) this.note('unsaid', `metadata.json does not say: ${unsaid.join(', ')}`);
  }

  #duration(said: number, shards: readonly Shard[]): void {
    if (shards.every(({ verified }) => (verified?.contents.withDuration ?? 0) === 0)) {
      // With a processor the field need not be kept.
      if (said > 0) this.note('no-duration', `total_duration is ${said} s, and no sample says how long it is`);
      return;
    }
    const found = sum(shards, durationOf);
    // Sums of floating-point numbers depend on their order.
    if (Math.abs(said - found) <= 1e-6 * Math.max(1, said, found)) return;
    this.add('total-duration', null, `total_duration: expected ${said} s by metadata.json, found ${found} s`);
  }

  /** Sorted inside each shard, so that the ends of shards tell of all keys. */
  order(shards: readonly Shard[]): void {
    let before: { readonly name: string; readonly key: string } | undefined;
    for (const { name, verified } of shards) {
      const { firstKey = null, lastKey = null } = verified?.contents ?? {};
      if (firstKey === null || lastKey === null) continue;
      if (before !== undefined && Buffer.compare(Buffer.from(before.key), Buffer.from(firstKey)) >= 0) {
        const reason = `Its first key "${firstKey}" is not behind the last of ${before.name}, "${before.key}": keys may come twice`;
        // Numbers are ours to keep in order; shards of a converter's own keys are sorted each in itself.
        if (isNumbered(before.key) && isNumbered(firstKey)) this.add('key-order', name, reason);
        else this.note('key-order', `${name}: ${reason}`);
      }
      before = { name, key: lastKey };
    }
  }
}

function isNumbered(key: string): boolean {
  return /^sample_\d+$/.test(key);
}

function entriesOf({ verified }: Shard): number {
  return verified?.contents.entries ?? 0;
}

function durationOf({ verified }: Shard): number {
  return verified?.contents.duration ?? 0;
}

function sum(shards: readonly Shard[], of: (shard: Shard) => number): number {
  return shards.reduce((total, shard) => total + of(shard), 0);
}

function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => JSON.stringify(name));
  return `${shown.join(', ')}${names.length > shown.length ? ` and ${names.length - shown.length} more` : ''}`;
}
