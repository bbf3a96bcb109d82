/** File names of recorders as people have them: zone, site and id are what the name holds, and never another time. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { extract } from '../../../src/api/extract.ts';
import { type EmbeddingMetadata, readEmbeddings } from '../../../src/api/read-embeddings.ts';
import { fieldPath } from '../../support/field-files.ts';
import { names as anyName } from '../../support/random-records.ts';
import { record, tfrecord } from '../../support/records.ts';
import { parseA2oName } from '../../twins/a2o-name.ts';
import { scratch } from './folder.ts';

async function rowsOf(path: string): Promise<{ rows: EmbeddingMetadata[]; rejected: number[] }> {
  const rows: EmbeddingMetadata[] = [];
  const rejected: number[] = [];
  const onReject = ({ record, code }: { record: number; code: string }) => {
    expect(code).toBe('NAME_MISMATCH');
    rejected.push(record);
  };
  for await (const { metadata } of readEmbeddings(path, { onError: 'skip', onReject })) rows.push(...metadata);
  return { rows, rejected };
}

/** 2020-10-14 at 01:00:00 in UTC, and where clocks are ten hours ahead. */
const utc = 1602637200;
const east = utc - 36_000;

test('names.tfrecord: zone, site and id of every name that has them', async () => {
  const { rows, rejected } = await rowsOf(fieldPath('names/names.tfrecord'));
  const times = rows.map((row) => [String(row['filename']).replace(/^site_1\//, ''), row['file_timestamp']]);
  expect(times).toEqual([
    ['20201014T010000+1000_X_5.flac', east],
    ['20201014T010000.5+1000_X_5.flac', east],
    ['20201014T010000.982648+1000_X_5.flac', east],
    ['20201014T010000,5+1000_X_5.flac', east],
    ['20201014T010000.123Z_X_5.flac', utc],
    ['20201014T010000+10_X_5.flac', east],
    ['20201014T010000+10:30_X_5.flac', utc - 37_800],
    ['20201014_010000+1000_X_5.flac', east],
    ['20201014-010000+1000_X_5.flac', east],
    // Two zones that cannot be, and one that contradicts itself.
    ['20201014T010000+2500_X_5.flac', null],
    ['20201014T010000+1075_X_5.flac', null],
    ['20201014T010000-0930_X_5.flac', utc + 34_200],
    ['S20240815T091156.982648+1000_E20240815T091251.967555+1000_-12.34567+78.98102.wav', 1723677116],
    ['S20240815T091156+1000_E20240815T091251+1000_-12.34567+78.98102.wav', 1723677116],
    ['20201014T010000+1000_REC_-27.5+153.0.flac', east],
    ['20201014T010000UTC+10_X_5.flac', east],
    ['20201014T010000Z+1000_X_5.flac', null],
    ['20201014T010000z_X_5.flac', utc],
  ]);
  // With dashes; at 24 o'clock; with a second 60.
  expect(rejected).toEqual([9, 13, 14]);
  for (const row of rows) {
    expect(row['site_id']).toBe('1');
    if (!/_X_5\.flac$/.test(String(row['filename']))) continue;
    expect(row).toMatchObject({ file_seconds_since_midnight: 3600, site_name: 'X', file_seq_id: 5 });
  }
});

test('extract() counts the names whose zone cannot be read', async () => {
  const report = await extract({
    inputs: [fieldPath('names/names.tfrecord')],
    out: scratch(),
    onError: 'skip',
    workers: 1,
  });
  expect(report).toMatchObject({ records: 21, rejects: 3, withoutZone: 3, assumedUtc: 2 });
});

test('the addon reads every name as its slow twin does', async () => {
  const path = join(scratch(), 'x');
  const all = fc.sample(anyName, { numRuns: 3000, seed: 7 }).filter((name) => Buffer.from(name).toString() === name);
  writeFileSync(path, tfrecord(...all.map((filename) => record({ filename, shape: [1, 1, 1] }))));
  const { rows, rejected } = await rowsOf(path);
  const expected = all.map(parseA2oName);
  expect(rejected).toEqual(expected.flatMap((name, i) => (name === undefined ? [i] : [])));
  const read = all.filter((_, i) => expected[i] !== undefined);
  expect(
    rows.map(({ filename, file_timestamp, site_id, site_name }) => [filename, file_timestamp, site_id, site_name]),
  ).toEqual(
    read.map((name) => {
      const { timestamp, siteId, siteName } = parseA2oName(name)!;
      return [name, timestamp, siteId, siteName];
    }),
  );
});
