/** Folders that are one dataset: metadata.json beside shard_00000/data.mdb, shard_00001/data.mdb and so on, as AudioMDB and pack() write them. */

import { BowerbirdError } from '../../errors.ts';
import { pathOf } from '../../file-uri.ts';
import type { Inputs } from '../../options.ts';
import { type DatasetListing, listDataset, metadataFile, shardFile } from '../../records/dataset-listing.ts';
import { type Metadata, readMetadata } from '../../records/dataset-metadata.ts';
import { type InputFile, resolveInputs } from '../../storage/inputs.ts';
import { absolute, isRemote } from '../../storage/uri.ts';

export interface DatasetFolder {
  /** As the user spelled it, with a slash at its end. */
  readonly folder: string;
  readonly metadata: InputFile;
  /** In the order of their names, which is that of their numbers. */
  readonly shards: readonly FoundShard[];
  /** Names of what is no part of a dataset. */
  readonly others: readonly string[];
}

export interface FoundShard {
  /** Of its folder: "shard_00000". */
  readonly name: string;
  /** data.mdb in it. */
  readonly data: InputFile;
}

/** Takes the folders that are datasets out of `inputs`, each once. */
export async function splitDatasets(
  inputs: Inputs,
): Promise<{ readonly datasets: readonly DatasetFolder[]; readonly rest: readonly string[] }> {
  const datasets = new Map<string, DatasetFolder>();
  const rest: string[] = [];
  for (const input of typeof inputs === 'string' ? [inputs] : inputs) {
    const dataset = await datasetAt(input);
    if (dataset === undefined) rest.push(input);
    else if (!datasets.has(absolute(dataset.folder))) datasets.set(absolute(dataset.folder), dataset);
  }
  return { datasets: [...datasets.values()], rest };
}

/** The dataset that a folder of this machine is; undefined for anything else. */
export async function datasetAt(input: string): Promise<DatasetFolder | undefined> {
  if (input === '' || isRemote(input)) return undefined;
  // What is wrong with a folder that may not be listed is told by whoever reads it.
  const listing = await listDataset(pathOf(input)).catch(() => undefined);
  if (listing === undefined) return undefined;
  const { folder, others } = listing;
  if (!listing.hasMetadata) {
    refuseUnfinished(listing);
    return undefined;
  }
  const shards: FoundShard[] = [];
  for (const name of listing.shards) {
    const [data] = await resolveInputs(shardFile(folder, name));
    if (data !== undefined) shards.push({ name, data });
  }
  const [metadata] = await resolveInputs(folder + metadataFile);
  if (metadata === undefined) return undefined;
  // A metadata.json alone may be anybody's.
  if (shards.length === 0 && !(await namesShards(metadata.uri))) return undefined;
  return { folder, metadata, shards, others: [...others, ...listing.empty].sort() };
}

/** @throws BowerbirdError NOT_FOUND: shards, and nothing that tells of them, as a run leaves them that was stopped */
function refuseUnfinished({ folder, shards, empty, others }: DatasetListing): void {
  const count = shards.length + empty.length;
  if (count === 0 || others.some((name) => !name.includes('/'))) return;
  const message =
    `Cannot find "${folder}${metadataFile}": there are ${count} folders of shards, and the run that makes them has not finished; ` +
    `run it again, or name "${folder}shard_*/data.mdb"`;
  throw new BowerbirdError('NOT_FOUND', message, { source: folder });
}

async function namesShards(path: string): Promise<boolean> {
  const metadata: Metadata | undefined = await readMetadata(path).catch(() => undefined);
  return metadata?.shards !== undefined && metadata.datasetSize !== undefined;
}
