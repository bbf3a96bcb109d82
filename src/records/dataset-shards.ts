/** The shards of a packed dataset on this machine: by its metadata.json, else by their names. */

import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { BowerbirdError } from '../errors.ts';
import { resolveInputs } from '../storage/inputs.ts';
import { isRemote, shown } from '../storage/uri.ts';
import { dataFile, listDataset, listedShards, metadataFile } from './dataset-listing.ts';
import { readMetadata } from './dataset-metadata.ts';

export interface DatasetShard {
  /** As the user named it or its dataset, for messages: "ds/shard_00000". */
  readonly shard: string;
  /** The LMDB file. */
  readonly path: string;
}

/**
 * `input`: a dataset folder, a folder of one shard, an LMDB file, or a glob of such files. The shards of a dataset come in the order in which
 * metadata.json lists them; where there is none, `shard_*` in the order of their names.
 *
 * @throws BowerbirdError NOT_FOUND, BAD_SCHEMA (of metadata.json), UNSUPPORTED for what is on a network, IO
 */
export async function datasetShards(input: string, onNotice?: (notice: string) => void): Promise<DatasetShard[]> {
  if (isRemote(input)) {
    const message = `Cannot read samples of "${shown(input)}": expected a folder or file of this machine; download the dataset first`;
    throw new BowerbirdError('UNSUPPORTED', message, { source: input });
  }
  const found = await stat(input).catch(() => undefined);
  if (found?.isDirectory() !== true) {
    const files = await resolveInputs(input, undefined, ({ path, reason }) =>
      onNotice?.(`"${path}" is left out: ${reason}`),
    );
    return files.map(({ uri }) => ({ shard: uri, path: uri }));
  }
  const listing = await listDataset(input);
  const folder = input.replace(/(?<=.)\/+$/, '');
  if (listing === undefined) throw nothing(folder);
  const leaveOut = (name: string, why: string) => onNotice?.(`"${posix.join(folder, name)}" is left out: ${why}`);
  if (listing.hasData) {
    for (const name of listing.shards) leaveOut(name, `${dataFile} stands beside it, and is read`);
    return [{ shard: folder, path: join(folder, dataFile) }];
  }
  const named = listing.hasMetadata ? await listedNames(join(folder, metadataFile)) : listing.shards;
  if (!listing.hasMetadata && named.length === 0) throw nothing(folder);
  const listed = new Set<string>();
  for (const name of named) {
    if (listed.has(name)) leaveOut(name, `${metadataFile} lists it again; it is read once`);
    listed.add(name);
  }
  for (const name of listing.shards.filter((each) => !listed.has(each))) {
    leaveOut(name, `${metadataFile} does not list it`);
  }
  return Array.from(listed, (name) => shardIn(folder, name));
}

function nothing(folder: string): BowerbirdError {
  const message = `Cannot find samples in "${folder}": expected metadata.json, shard_* or data.mdb in it`;
  return new BowerbirdError('NOT_FOUND', message, { source: folder });
}

function shardIn(folder: string, name: string): DatasetShard {
  const shard = posix.join(folder, name);
  const path = join(folder, name, dataFile);
  if (existsSync(path)) return { shard, path };
  const message = `Cannot find shard "${shard}": metadata.json lists it, and there is no data.mdb in it`;
  throw new BowerbirdError('NOT_FOUND', message, { source: shard });
}

async function listedNames(path: string): Promise<string[]> {
  const metadata = await readMetadata(path);
  const wrong = (what: string) => new BowerbirdError('BAD_SCHEMA', `Cannot read "${path}": ${what}`, { source: path });
  if (metadata.shards === undefined) throw wrong('expected a list "shards" in it');
  return listedShards(metadata).map((name, i) => {
    if (name === undefined) throw wrong(`expected the path of a folder for shard ${i}`);
    return name;
  });
}
