/** Cuts shards into units of `unpack`: a few samples each, whose files have names. */

import { createHash } from 'node:crypto';
import { STATE_FOLDER } from '../../storage/drafts.ts';
import { withoutLink } from '../../storage/links.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import type { SampleReject, Unit } from '../engine/types.ts';
import type { FileRun, SampleBatch, ShardIndex } from './indexing.ts';
import { type KeyRun, keysOf } from './keys.ts';
import { Names, stemOf } from './names.ts';

/** Lines of the manifest that wait for the others, a file a unit. */
const LINES_FOLDER = `${STATE_FOLDER}/unpack`;

export interface UnpackUnit extends Unit {
  readonly shard: InputStamp;
  readonly first: number;
  readonly keys: KeyRun;
  readonly files: readonly FileRun[];
  /** Known from looking. */
  readonly rejects: readonly SampleReject[];
}

export interface IndexedShard {
  readonly input: InputStamp;
  readonly index: ShardIndex;
}

/** Of each the outputs are the files of its samples in their order, then its lines of the manifest. */
export function planUnits(shards: readonly IndexedShard[]): UnpackUnit[] {
  const names = new Names();
  return shards.flatMap(({ input, index }) => index.batches.map((batch) => unitOf(input, batch, names)));
}

function unitOf(shard: InputStamp, batch: SampleBatch, names: Names): UnpackUnit {
  const { first, entries, keys, files, bytes, rejects } = batch;
  const id = `${shard.uri}[${first}:${first + entries}]`;
  return {
    id,
    input: { uri: shard.uri, size: bytes, version: versionOf(shard, batch) },
    outputs: [...fileNames(keys, files, names), linesName(id)],
    shard,
    first,
    keys,
    files,
    rejects,
  };
}

function fileNames(keys: KeyRun, files: readonly FileRun[], names: Names): string[] {
  const all = keysOf(keys);
  let sample = 0;
  const outputs: string[] = [];
  for (const { samples, suffixes } of files) {
    for (let i = 0; i < samples; i++) {
      const key = all[sample++]!;
      if (suffixes.length === 0) continue;
      const stem = names.claim(stemOf(key));
      for (const suffix of suffixes) outputs.push(`${stem}${suffix}`);
    }
  }
  return outputs;
}

/** What a unit depends on, in the shape of one input: other samples, or a shard that changed, are another version. */
function versionOf(shard: InputStamp, { keys, files, rejects }: SampleBatch): string {
  const { uri: _, ...stamp } = withoutLink(shard);
  return createHash('sha256')
    .update(JSON.stringify([stamp, keys, files, rejects]))
    .digest('hex')
    .slice(0, 32);
}

function linesName(id: string): string {
  const readable = id.replace(/[^\w.-]/g, '_').slice(-60);
  return `${LINES_FOLDER}/${readable}-${createHash('sha256').update(id).digest('hex').slice(0, 16)}.jsonl`;
}

/** Samples of a unit, each with the names of its files. */
export function* plannedSamples({ keys, files, outputs }: UnpackUnit): Generator<PlannedSample> {
  const all = keysOf(keys);
  let [sample, output] = [0, 0];
  for (const { samples, suffixes } of files) {
    for (let i = 0; i < samples; i++) {
      const names = outputs.slice(output, output + suffixes.length);
      const [name = '', suffix = ''] = [names[0], suffixes[0]];
      yield { key: all[sample]!, output, suffixes, stem: name.slice(0, name.length - suffix.length) };
      sample += 1;
      output += suffixes.length;
    }
  }
}

export interface PlannedSample {
  readonly key: Uint8Array;
  /** The first of its files among the outputs of the unit. */
  readonly output: number;
  readonly suffixes: readonly string[];
  /** '' where it has no files. */
  readonly stem: string;
}
