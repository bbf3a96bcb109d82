import { expect, test } from 'vitest';
import { noticesOfShards } from '../../../../src/jobs/pack/notices.ts';

const shard = (unit: string, bytes: number, lost: readonly string[] = [], silent = 0) => ({
  unit,
  outputs: [
    { name: `${unit}/data.mdb`, bytes, crc32c: '' },
    { name: `${unit}/lock.mdb`, bytes: 0, crc32c: '' },
  ] as const,
  lost,
  records: 3,
  silent,
});

test('a shard of more than 4 GB is told of, and one of 4 GB is not', () => {
  expect(noticesOfShards([shard('shard_00000', 4e9)], undefined)).toEqual([]);
  expect(
    noticesOfShards([shard('shard_00000', 1), shard('shard_00001', 5.25e9), shard('shard_00002', 6e9)], undefined),
  ).toEqual([
    '2 shard(s) have more than 4 GB, such as "shard_00001" with 5.3 GB; a smaller option "samplesPerShard" makes downloads and caches smaller',
  ]);
});

test('fields that a processor drops are told of once', () => {
  const shards = [shard('shard_00000', 1, ['text']), shard('shard_00001', 1, ['text', 'speaker'])];
  expect(noticesOfShards(shards, 'LogMelProcessor')).toEqual([
    'Not stored, since LogMelProcessor does not hand them on: "text", "speaker"; its option keepOriginal keeps them',
  ]);
});

test('samples without sound are counted: a field that is spelled wrongly takes it away', () => {
  expect(noticesOfShards([shard('shard_00000', 1, [], 2), shard('shard_00001', 1)], undefined)).toEqual([
    '2 of 6 samples had no sound: nothing in "audio"',
  ]);
});
