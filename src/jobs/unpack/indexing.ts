/** What a plan has to know of a shard: its samples, a few at a time, and which files each becomes. */

import type { OnError } from '../../on-error.ts';
import { withoutLink } from '../../storage/links.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { seal, unsealLines } from '../engine/journal.ts';
import type { StateFiles } from '../engine/output.ts';
import type { SampleReject } from '../engine/types.ts';
import type { KeyRun } from './keys.ts';

/** Consecutive samples whose files have the same endings. */
export interface FileRun {
  readonly samples: number;
  readonly suffixes: readonly string[];
}

/** What a unit does. */
export interface SampleBatch {
  /** The number of the first entry, in the order of keys. */
  readonly first: number;
  /** Entries, with those that are rejected. */
  readonly entries: number;
  readonly keys: KeyRun;
  readonly files: readonly FileRun[];
  /** Of all values. */
  readonly bytes: number;
  readonly rejects: readonly SampleReject[];
}

export interface ShardIndex {
  readonly batches: readonly SampleBatch[];
}

interface MemoryLine {
  readonly input: InputStamp;
  readonly by: OnError;
  readonly index: ShardIndex;
}

const keyOf = ({ uri, size, version }: InputStamp, by: OnError) => JSON.stringify([uri, size, version, by]);

/** What an earlier run found out about files that have not changed since; nothing when there was none, or its file is damaged. */
export async function recallIndices(files: StateFiles, path: string, by: OnError): Promise<Map<string, ShardIndex>> {
  const known = new Map<string, ShardIndex>();
  for await (const line of unsealLines<MemoryLine>(files, path)) {
    if (line.by === by) known.set(keyOf(line.input, by), line.index);
  }
  return known;
}

export function recalled(known: ReadonlyMap<string, ShardIndex>, input: InputStamp, by: OnError) {
  return known.get(keyOf(input, by));
}

export function* memoryLines(
  shards: Iterable<{ readonly input: InputStamp; readonly index: ShardIndex }>,
  by: OnError,
): Generator<string> {
  for (const { input, index } of shards) yield seal({ input: withoutLink(input), by, index } satisfies MemoryLine);
}
