/** What stands in the folder of a packed dataset, by names alone, as AudioMDB and pack() lay it out: metadata.json, shard_00000/data.mdb and so on. */

import { readdir } from 'node:fs/promises';
import { systemError } from '../errors.ts';
import { type Metadata, shardOf } from './dataset-metadata.ts';

export const dataFile = 'data.mdb';
export const metadataFile = 'metadata.json';

const shardName = /^shard_\d+$/;
const lockFile = 'lock.mdb';
/** What pack() leaves beside the shards. */
const ownNames: ReadonlySet<string> = new Set([metadataFile, 'pack.json', 'rejects.jsonl']);

/** What has a place in such a folder, or in a shard, and holds no samples. */
export function isBesideSamples(name: string): boolean {
  return name === lockFile || ownNames.has(name);
}

export interface DatasetListing {
  /** With a slash at its end. */
  readonly folder: string;
  /** data.mdb stands in the folder itself: it is one shard. */
  readonly hasData: boolean;
  readonly hasMetadata: boolean;
  /** Names of the folders of shards, in the order of their bytes. */
  readonly shards: readonly string[];
  /** Folders that are called like one, and have no data.mdb. */
  readonly empty: readonly string[];
  /** Names of what is no part of a dataset, in shards too; none that begins with a dot. */
  readonly others: readonly string[];
}

/**
 * Undefined where there is no such folder.
 *
 * @throws BowerbirdError IO
 */
export async function listDataset(path: string): Promise<DatasetListing | undefined> {
  const names = await namesIn(path);
  if (names === undefined) return undefined;
  const folder = path.replace(/\/*$/, '/');
  const [shards, empty, others]: string[][] = [[], [], []];
  for (const name of names.sort(byBytes)) {
    // In a folder that may not be listed a file may be read all the same; if not, whoever reads it says so.
    const inside = shardName.test(name) ? await namesIn(folder + name).catch(() => [dataFile]) : undefined;
    if (inside === undefined) {
      if (!ownNames.has(name) && !name.startsWith('.')) others!.push(name);
      continue;
    }
    (inside.includes(dataFile) ? shards! : empty!).push(name);
    others!.push(...inside.filter((each) => each !== dataFile && each !== lockFile).map((each) => `${name}/${each}`));
  }
  const [hasData, hasMetadata] = [names.includes(dataFile), names.includes(metadataFile)];
  return { folder, hasData, hasMetadata, shards: shards!, empty: empty!, others: others! };
}

/** `folder` ends with a slash. */
export function shardFile(folder: string, shard: string): string {
  return `${folder}${shard}/${dataFile}`;
}

/** The name of a folder for each entry of metadata.json; undefined for one that names none. */
export function listedShards({ shards = [] }: Metadata): (string | undefined)[] {
  return shards.map(({ path }) => {
    const name = shardOf(path ?? '');
    return name === '' || name === '.' || name === '..' || name.includes('\0') ? undefined : name;
  });
}

async function namesIn(path: string): Promise<string[] | undefined> {
  try {
    return await readdir(path);
  } catch (error) {
    if (absent.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw systemError('list', path, error);
  }
}

const absent = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']);

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
