/** The shards that inputs name: of a dataset all, of the folder of a shard its file. */

import { readdirSync, statSync } from 'node:fs';
import { BowerbirdError, systemError } from '../../errors.ts';
import { pathOf } from '../../file-uri.ts';
import { readMetadata, shardName, shardOf } from '../../records/dataset-metadata.ts';
import type { Inputs } from '../../storage/inputs.ts';
import { isFolder } from '../../storage/local/folders.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { fileNameOf, isRemote, placeIn } from '../../storage/uri.ts';
import { findInputs } from '../engine/inputs.ts';

const dataFile = 'data.mdb';
const metadataFile = 'metadata.json';
/** What stands beside the data of a shard or a dataset and holds no samples. */
const beside: ReadonlySet<string> = new Set(['lock.mdb', metadataFile, 'pack.json']);

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
  const { inputs, leftOut } = await findInputs(names, (path) => beside.has(fileNameOf(path)));
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
async function shardsIn(folder: string, datasets: Dataset[], missing: string[]): Promise<string[] | undefined> {
  const own = isThere(placeIn(folder, dataFile)) ? [placeIn(folder, dataFile)] : [];
  const names = list(folder).filter((name) => shardName.test(name) && isFolder(placeIn(folder, name)));
  const metadata = isThere(placeIn(folder, metadataFile)) ? await metadataOf(folder, missing) : undefined;
  const listed = metadata?.shards ?? [];
  if (names.length === 0 && listed.length === 0) return own.length === 0 ? undefined : own;
  for (const name of new Set([...names, ...listed])) {
    if (isThere(placeIn(placeIn(folder, name), dataFile))) continue;
    const why = listed.includes(name) ? `${metadataFile} lists it, and it is not there` : 'its folder is empty';
    missing.push(`"${placeIn(placeIn(folder, name), dataFile)}" is left out: ${why}`);
  }
  const all = [...new Set([...names, ...listed])].map((name) => placeIn(placeIn(folder, name), dataFile));
  const shards = [...own, ...all.filter(isThere)];
  if (shards.length === 0) throw noShards(folder);
  datasets.push({ folder, shards, ...(metadata?.samples === undefined ? {} : { samples: metadata.samples }) });
  return shards;
}

function noShards(folder: string): BowerbirdError {
  const message = `Cannot find input "${folder}": none of its shards is there (expected shard_00000/${dataFile} and so on)`;
  return new BowerbirdError('NOT_FOUND', message, { source: folder });
}

async function metadataOf(
  folder: string,
  notices: string[],
): Promise<{ shards: string[]; samples?: number } | undefined> {
  const path = placeIn(folder, metadataFile);
  try {
    const { shards = [], datasetSize } = await readMetadata(path);
    // What would lead elsewhere is no name of a shard.
    const own = shards.map((entry) => shardOf(entry.path ?? '')).filter((name) => /^[\w-][\w.-]*$/.test(name));
    return { shards: own, ...(datasetSize === undefined ? {} : { samples: datasetSize }) };
  } catch (error) {
    notices.push(`"${path}" is left out: it cannot be read (${(error as Error).message})`);
    return undefined;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    throw systemError('list', folder, error);
  }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
