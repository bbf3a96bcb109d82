/** The shards that inputs name: of a dataset all, of the folder of a shard its file. */

import { statSync } from 'node:fs';
import { BowerbirdError } from '../../errors.ts';
import { pathOf } from '../../file-uri.ts';
import {
  dataFile,
  isBesideSamples,
  listDataset,
  listedShards,
  metadataFile,
  shardFile,
} from '../../records/dataset-listing.ts';
import { readMetadata } from '../../records/dataset-metadata.ts';
import type { Inputs } from '../../storage/inputs.ts';
import { isFolder } from '../../storage/local/folders.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { fileNameOf, isRemote, placeIn } from '../../storage/uri.ts';
import { findInputs } from '../engine/inputs.ts';

/** A folder whose samples are told of by one metadata.json. */
export interface Dataset {
  readonly folder: string;
  /** Paths of its shards' files, as they are in the stamps. */
  readonly shards: readonly string[];
  /** By metadata.json; absent where it does not say. */
  readonly samples?: number;
}

export interface FoundShards {
  readonly inputs: readonly InputStamp[];
  readonly datasets: readonly Dataset[];
  /** A sentence each. */
  readonly leftOut: readonly string[];
}

/** @throws BowerbirdError UNSUPPORTED for shards that are not on this machine; what resolveInputs() throws */
export async function findShards(given: Inputs): Promise<FoundShards> {
  const datasets: Dataset[] = [];
  const missing: string[] = [];
  const names: string[] = [];
  for (const name of typeof given === 'string' ? [given] : given) {
    if (isRemote(name)) throw elsewhere(name);
    names.push(...(await shardsOf(pathOf(name), datasets, missing)));
  }
  const { inputs, leftOut } = await findInputs(names, (path) => isBesideSamples(fileNameOf(path)));
  return { inputs, datasets, leftOut: [...leftOut, ...missing] };
}

function elsewhere(uri: string): BowerbirdError {
  const message = `Cannot unpack "${uri}": expected LMDB files of this machine, whose pages are read in no order; copy them here first`;
  return new BowerbirdError('UNSUPPORTED', message, { source: uri });
}

/** The name itself where it names no folder of shards. */
async function shardsOf(name: string, datasets: Dataset[], missing: string[]): Promise<string[]> {
  if (isFolder(name)) return (await shardsIn(name, datasets, missing)) ?? [name];
  const found: string[] = [];
  for (const folder of await foldersOf(name)) found.push(...((await shardsIn(folder, datasets, missing)) ?? []));
  return found.length > 0 ? found : [name];
}

/** Of a pattern such as "ds/shard_*": those of its folders that hold a shard. */
async function foldersOf(pattern: string): Promise<string[]> {
  const { globFiles, isPattern } = await import('../../storage/local/globbing.ts');
  if (pattern === '' || !isPattern(pattern) || isThere(pattern)) return [];
  const { paths } = await globFiles(`${pattern.replace(/\/+$/, '')}/${dataFile}`);
  return paths.map((path) => path.slice(0, -dataFile.length - 1)).sort();
}

/** Undefined: a folder of anything else. */
async function shardsIn(path: string, datasets: Dataset[], missing: string[]): Promise<string[] | undefined> {
  const listing = await listDataset(path);
  if (listing === undefined) return undefined;
  const { folder } = listing;
  const own = listing.hasData ? [placeIn(path, dataFile)] : [];
  const metadata = listing.hasMetadata ? await metadataOf(`${folder}${metadataFile}`, missing) : undefined;
  const listed = new Set(metadata?.names);
  const names = [...new Set([...listing.shards, ...listing.empty, ...listed])];
  if (names.length === 0) return own.length === 0 ? undefined : own;
  for (const name of names.filter((each) => !isThere(shardFile(folder, each)))) {
    const why = listed.has(name) ? `${metadataFile} lists it, and it is not there` : 'its folder is empty';
    missing.push(`"${shardFile(folder, name)}" is left out: ${why}`);
  }
  const shards = [...own, ...names.map((name) => shardFile(folder, name)).filter(isThere)];
  if (shards.length === 0) throw noShards(path);
  datasets.push({ folder: path, shards, ...(metadata?.samples === undefined ? {} : { samples: metadata.samples }) });
  return shards;
}

function noShards(folder: string): BowerbirdError {
  const message = `Cannot find input "${folder}": none of its shards is there (expected shard_00000/${dataFile} and so on)`;
  return new BowerbirdError('NOT_FOUND', message, { source: folder });
}

async function metadataOf(
  path: string,
  notices: string[],
): Promise<{ names: string[]; samples: number | undefined } | undefined> {
  try {
    const metadata = await readMetadata(path);
    const names = listedShards(metadata);
    if (names.includes(undefined)) notices.push(`"${path}" lists a shard without the path of a folder`);
    return { names: names.filter((name) => name !== undefined), samples: metadata.datasetSize };
  } catch (error) {
    notices.push(`"${path}" is left out: it cannot be read (${(error as Error).message})`);
    return undefined;
  }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
