/** What the report of `unpack` and its manifest tell: of shards, of files, and of all together. */

import { stampOf } from '../engine/manifest.ts';
import { type NoteCount, NoteCounter } from '../engine/note-counts.ts';
import type { OutputStamp } from '../engine/types.ts';
import type { UnpackUnit } from './plan.ts';
import type { UnpackReceipt } from './receipt.ts';

/** One shard in the report and in the manifest. */
export interface UnpackedShard {
  readonly input: string;
  readonly size: number;
  readonly samples: number;
  readonly rejects: number;
  readonly sounds: number;
  readonly soundSeconds: number;
  readonly arrays: number;
  readonly binaries: number;
}

export function shardsOfReceipts(receipts: readonly UnpackReceipt[]): UnpackedShard[] {
  const shards = new Map<string, { -readonly [K in keyof UnpackedShard]: UnpackedShard[K] }>();
  for (const { shard, records, rejects, sounds, soundSeconds, arrays, binaries } of receipts) {
    const known = shards.get(shard.input);
    if (known === undefined) {
      const { input, size } = shard;
      shards.set(input, { input, size, samples: records, rejects, sounds, soundSeconds, arrays, binaries });
      continue;
    }
    known.samples += records;
    known.rejects += rejects;
    known.sounds += sounds;
    known.soundSeconds += soundSeconds;
    known.arrays += arrays;
    known.binaries += binaries;
  }
  return [...shards.values()];
}

/** What a dry run can tell. */
export function plannedShards(units: readonly UnpackUnit[]): UnpackedShard[] {
  return shardsOfReceipts(
    units.map((unit) => {
      const names = filesOf(unit.outputs);
      const arrays = names.filter((name) => name.endsWith('.npy')).length;
      const binaries = names.filter((name) => name.endsWith('.bin')).length;
      const { id, input, shard, rejects, files } = unit;
      const records = files.reduce((sum, { samples }) => sum + samples, 0);
      const counts = { sounds: names.length - arrays - binaries, soundSeconds: 0, arrays, binaries, notes: [] };
      const of = { unit: id, input, outputs: [], records, rejects: rejects.length, onError: 'fail' } as const;
      return { ...of, ...counts, shard: { input: shard.uri, size: shard.size } };
    }),
  );
}

/** Of all outputs of a unit those that are for users: the last holds its lines of the manifest. */
function filesOf<T>(outputs: readonly T[]): readonly T[] {
  return outputs.slice(0, -1);
}

export function filesOfReceipts(receipts: readonly UnpackReceipt[]): OutputStamp[] {
  return receipts.flatMap(({ outputs }) => filesOf(outputs).map(stampOf));
}

export function plannedFiles(units: readonly UnpackUnit[]): OutputStamp[] {
  return units.flatMap(({ outputs }) => filesOf(outputs).map((name) => ({ name, bytes: 0, crc32c: '' })));
}

export function totalsOfUnpacked(shards: readonly UnpackedShard[], files: readonly OutputStamp[]) {
  const sum = (of: (shard: UnpackedShard) => number) => shards.reduce((total, shard) => total + of(shard), 0);
  return {
    inputs: shards.length,
    samples: sum(({ samples }) => samples),
    rejects: sum(({ rejects }) => rejects),
    sounds: sum(({ sounds }) => sounds),
    soundSeconds: sum(({ soundSeconds }) => soundSeconds),
    arrays: sum(({ arrays }) => arrays),
    binaries: sum(({ binaries }) => binaries),
    bytesIn: sum(({ size }) => size),
    bytesOut: files.reduce((total, { bytes }) => total + bytes, 0),
  };
}

export function notesOfReceipts(receipts: readonly UnpackReceipt[]): NoteCount[] {
  const counter = new NoteCounter();
  for (const { notes } of receipts) counter.addAll(notes);
  return counter.counts();
}
