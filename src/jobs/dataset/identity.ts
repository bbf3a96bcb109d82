/** By what a file of a dataset is known to be of the same chunk, made under the same choices, whoever made it and wherever. */

import { createHash, type Hash } from 'node:crypto';
import type { ChunkChoices } from './choices.ts';
import type { ChunkColumn, PlannedChunk } from './chunk-source.ts';

/** Of the rows that are made of the same inputs: goes up when they would be others. */
const schemaVersion = 1;

/**
 * SHA-256 in hex over lines of JSON: the choices, then each name in order. What is done with rows that cannot be used is none of it: of a chunk
 * without rejects the bytes are the same under every policy, and one with some says how many.
 */
export function identityOfChunk(
  choices: ChunkChoices,
  chunk: Pick<PlannedChunk, 'names' | 'from' | 'version'>,
): string {
  const hash = headOf(choices);
  // Prefixes name what never changes; other rows are known by what they say.
  if (chunk.from.kind !== 'episodes') hash.update(`${JSON.stringify(chunk.version)}\n`);
  for (const name of chunk.names) addName(hash, name);
  return hash.digest('hex');
}

/** How many of these names, from the first on, make a chunk of this identity under the choices; undefined when no number does. */
export function lengthOfIdentity(choices: ChunkChoices, names: Iterable<string>, identity: string): number | undefined {
  const hash = headOf(choices);
  let length = 0;
  for (const name of names) {
    addName(hash, name);
    length++;
    if (hash.copy().digest('hex') === identity) return length;
  }
  return undefined;
}

function headOf({ columns, check, rowgroupBytes, parquetMaxBytes }: ChunkChoices): Hash {
  const head = {
    schema: schemaVersion,
    columns: columns.map(columnText),
    check,
    rowgroupBytes,
    parquetMaxBytes,
  };
  return createHash('sha256').update(`${JSON.stringify(head)}\n`);
}

function columnText({ name, kind, samplingRate }: ChunkColumn): string {
  return JSON.stringify([name, kind, samplingRate ?? null]);
}

function addName(hash: Hash, name: string): void {
  hash.update(`${JSON.stringify(name)}\n`);
}
