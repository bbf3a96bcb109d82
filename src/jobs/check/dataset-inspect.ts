/** A dataset in a folder, looked into: what metadata.json says, what shards there are, and the fields of the first samples. */

import { readMetadata, shardOf } from '../../records/dataset-metadata.ts';
import { LmdbReader } from '../../records/lmdb-reader.ts';
import type { DatasetFolder } from './dataset-folder.ts';
import { type InspectedLmdb, lookAtValues } from './lmdb.ts';
import { FieldStats, type FieldSummary } from './lmdb-fields.ts';
import type { Inspected, InspectSettings } from './work.ts';

export interface InspectedDataset extends Inspected {
  /** `source` is the folder, `size` that of all shards together. */
  readonly format: 'dataset';
  readonly datasetName: string | null;
  readonly version: string | null;
  /** By metadata.json; null where it does not say. */
  readonly samples: number | null;
  /** The same, in seconds. */
  readonly totalDuration: number | null;
  readonly processors: readonly string[];
  /** Those that are there. */
  readonly shards: number;
  /** Entries of all that are there, as each says of itself. */
  readonly records: number;
  /** Named in metadata.json, and not there. */
  readonly missing: readonly string[];
  /** Values looked at, of the first shards. */
  readonly inspected: number;
  readonly complete: boolean;
  /** Of those. */
  readonly payloadBytes: number;
  readonly firstKey: string | null;
  /** As of a single file. */
  readonly forms: InspectedLmdb['forms'];
  readonly unread: number;
  readonly fields: readonly FieldSummary[];
  readonly moreFields?: true;
  /** Why some shards could not be looked into; verify() says more. */
  readonly unlooked?: string;
}

export async function inspectDataset(dataset: DatasetFolder, settings: InspectSettings): Promise<InspectedDataset> {
  const { folder: source, shards } = dataset;
  const metadata = await readMetadata(dataset.metadata.uri);
  const names = new Set(shards.map(({ name }) => name));
  const named = (metadata.shards ?? []).flatMap(({ path }) => (path === undefined ? [] : [shardOf(path)]));
  const stats = new FieldStats();
  const size = shards.reduce((total, { data }) => total + data.size, 0);
  let [records, firstKey]: [number, string | null] = [0, null];
  let unlooked: string | undefined;
  for (const { data } of shards) {
    settings.signal?.throwIfAborted();
    const reader = await LmdbReader.open(data.uri);
    try {
      records += reader.count;
      if (!settings.all && stats.values >= settings.limit) continue;
      const looked = await lookAtValues(reader, stats, settings);
      firstKey ??= looked.firstKey;
      unlooked ??= looked.unlooked ?? looked.damage?.reason;
    } finally {
      await reader.close();
    }
  }
  const { datasetName = null, version = null, datasetSize: samples = null, totalDuration = null } = metadata;
  return {
    ...{ source, format: 'dataset', size, datasetName, version, samples, totalDuration },
    ...{ processors: metadata.processors, shards: shards.length, records },
    missing: [...new Set(named)].filter((name) => !names.has(name)),
    ...{ inspected: stats.values, complete: stats.values === records, firstKey, ...stats.summary() },
    ...(unlooked !== undefined && { unlooked }),
  };
}
