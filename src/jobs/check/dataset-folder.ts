/** Folders that are one dataset: metadata.json beside shard_00000/data.mdb, shard_00001/data.mdb and so on, as AudioMDB and pack() write them. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BowerbirdError, systemError } from '../../errors.ts';
import { pathOf } from '../../file-uri.ts';
import type { Inputs } from '../../options.ts';
import { type Metadata, readMetadata, shardName } from '../../records/dataset-metadata.ts';
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

/** What pack() leaves beside the shards. */
const ownNames = new Set(['metadata.json', 'pack.json', 'rejects.jsonl']);

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
  const path = pathOf(input);
  const names = await namesIn(path);
  const folder = path.replace(/\/*$/, '/');
  if (names?.includes('metadata.json') === false) await refuseUnfinished(folder, names);
  if (!names?.includes('metadata.json')) return undefined;
  const shards: FoundShard[] = [];
  const others: string[] = [];
  for (const name of names.sort()) {
    const inside = shardName.test(name) ? await namesIn(folder + name) : undefined;
    const [data] = inside?.includes('data.mdb') ? await resolveInputs(`${folder}${name}/data.mdb`) : [];
    if (inside === undefined || data === undefined) {
      if (!ownNames.has(name) && !name.startsWith('.')) others.push(name);
      continue;
    }
    shards.push({ name, data });
    others.push(...inside.filter((each) => !/^(data|lock)\.mdb$/.test(each)).map((each) => `${name}/${each}`));
  }
  const [metadata] = await resolveInputs(`${folder}metadata.json`);
  if (metadata === undefined) return undefined;
  // A metadata.json alone may be anybody's.
  if (shards.length === 0 && !(await namesShards(metadata.uri))) return undefined;
  return { folder, metadata, shards, others };
}

/** @throws BowerbirdError NOT_FOUND: shards, and nothing that tells of them, as a run leaves them that was stopped */
async function refuseUnfinished(folder: string, names: readonly string[]): Promise<void> {
  const shards = names.filter((name) => shardName.test(name));
  if (
    shards.length === 0 ||
    names.some((name) => !name.startsWith('.') && !ownNames.has(name) && !shardName.test(name))
  )
    return;
  const message =
    `Cannot find "${folder}metadata.json": there are ${shards.length} folders of shards, and the run that makes them has not finished; ` +
    `run it again, or name "${folder}shard_*/data.mdb"`;
  throw new BowerbirdError('NOT_FOUND', message, { source: folder });
}

async function namesIn(path: string): Promise<string[] | undefined> {
  try {
    return await readdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    // Who may not list a folder is told by whoever reads it.
    if ((await stat(path).catch(() => undefined))?.isDirectory()) return undefined;
    throw systemError('list', path, error);
  }
}

async function namesShards(path: string): Promise<boolean> {
  const metadata: Metadata | undefined = await readMetadata(path).catch(() => undefined);
  return metadata?.shards !== undefined && metadata.datasetSize !== undefined;
}

export function dataOf(folder: string, shard: string): string {
  return join(folder, shard, 'data.mdb');
}
