/** metadata.json of a dataset: what it says, as far as it says it. Nothing in it is trusted. */

import { readFile, stat } from 'node:fs/promises';
import { BowerbirdError, systemError } from '../errors.ts';

/** Undefined for what is not there, or of another kind. */
export interface Metadata {
  readonly datasetName: string | undefined;
  readonly version: string | undefined;
  /** Samples. */
  readonly datasetSize: number | undefined;
  /** Seconds. */
  readonly totalDuration: number | undefined;
  readonly numShards: number | undefined;
  readonly maxItemInShard: number | undefined;
  readonly processors: readonly string[];
  readonly shards: readonly ShardEntry[] | undefined;
}

export interface ShardEntry {
  readonly id: number | undefined;
  readonly path: string | undefined;
  readonly samples: number | undefined;
  readonly size: number | undefined;
  readonly sha256: string | undefined;
}

/** The name of the folder of a shard that metadata.json names: AudioMDB writes some with the folders of the machine that made them. */
export function shardOf(path: string): string {
  return path.replace(/[/\\]+$/, '').replace(/^.*[/\\]/s, '');
}

/** Holds a sample of the dataset, whose bytes are left out of it, and some 150 bytes a shard. */
const mostBytes = 256 << 20;

/** @throws BowerbirdError CORRUPT where it is no JSON object; IO */
export async function readMetadata(path: string): Promise<Metadata> {
  const text = await readFileOf(path);
  const json = parsed(text, path);
  const list = (value: unknown): unknown[] | undefined => (Array.isArray(value) ? value : undefined);
  return {
    datasetName: textOf(json['dataset_name']),
    version: textOf(json['version']),
    datasetSize: countOf(json['dataset_size']),
    totalDuration: numberOf(json['total_duration']),
    numShards: countOf(json['num_shards']),
    maxItemInShard: countOf(json['max_item_in_shard']),
    processors: (list(json['processors_applied']) ?? []).filter((each) => typeof each === 'string'),
    shards: list(json['shards'])?.map(entryOf),
  };
}

async function readFileOf(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > mostBytes) throw notMetadata(path, `found ${size} bytes, expected at most ${mostBytes}`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof BowerbirdError) throw error;
    throw systemError('read', path, error);
  }
}

function parsed(text: string, path: string): { readonly [name: string]: unknown } {
  let json: unknown;
  try {
    // Python writes numbers so that JSON does not know.
    const plain = text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/gs, (part) =>
      part[0] === '"' ? part : 'null',
    );
    json = JSON.parse(plain);
  } catch (error) {
    throw notMetadata(path, `it is no JSON (${(error as Error).message})`);
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as { [name: string]: unknown };
  throw notMetadata(path, 'expected an object');
}

function notMetadata(path: string, state: string): BowerbirdError {
  return new BowerbirdError('CORRUPT', `Cannot read "${path}": ${state}`, { source: path });
}

function entryOf(value: unknown): ShardEntry {
  const entry = (typeof value === 'object' && value !== null ? value : {}) as { readonly [name: string]: unknown };
  return {
    id: countOf(entry['id']),
    path: textOf(entry['path']),
    samples: countOf(entry['samples']),
    size: countOf(entry['size_bytes']),
    sha256: textOf(entry['checksum_sha256']),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}
