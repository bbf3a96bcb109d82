/** metadata.json, as AudioMDB writes and reads it, and beyond that the number of samples of each shard. */

import type { OutputStamp } from '../engine/types.ts';
import type { PackReceipt } from './receipt.ts';

export const METADATA = 'metadata.json';

/** One shard in the report and in the manifest pack.json. */
export interface PackedShard extends OutputStamp {
  readonly samples: number;
  readonly rejects: number;
  /** Of the samples' sound. */
  readonly seconds: number;
  /** Of the file, 64 lower-case hex digits. */
  readonly sha256: string;
}

export function packedShard({
  outputs: [{ name, bytes, crc32c }],
  records,
  rejects,
  seconds,
  sha256,
}: PackReceipt): PackedShard {
  return { name, bytes, crc32c, samples: records, rejects, seconds, sha256 };
}

export interface MetadataTerms {
  readonly datasetName: string;
  /** Of the processor's class. */
  readonly processor: string | undefined;
}

/** Without a date: equal samples give an equal file. */
export function metadataOf(receipts: readonly PackReceipt[], { datasetName, processor }: MetadataTerms) {
  const samples = receipts.map(({ records }) => records);
  const head = {
    dataset_name: datasetName,
    version: 'unknown',
    dataset_size: samples.reduce((sum, count) => sum + count, 0),
    total_duration: receipts.reduce((sum, { seconds }) => sum + seconds, 0),
    num_shards: receipts.length,
    max_item_in_shard: Math.max(0, ...samples),
    features: receipts.find(({ features }) => features !== null)?.features ?? null,
    processors_applied: processor === undefined ? [] : [processor],
  };
  const shards = receipts.map(({ unit, outputs, records, sha256 }, id) => {
    return { id, path: unit, samples: records, size_bytes: outputs[0].bytes, checksum_sha256: sha256 };
  });
  return { head, shards };
}
