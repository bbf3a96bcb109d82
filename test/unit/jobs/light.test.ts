/** What the calling thread does by itself, and that it hears of other things meanwhile. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseArrayRecordOptions } from '../../../src/formats/records/array-record-options.ts';
import { type ConvertJobOptions, convertJob } from '../../../src/jobs/convert/job.ts';
import { type ConvertUnit, planShards, planWhole } from '../../../src/jobs/convert/plan.ts';
import { type ExtractJobOptions, extractJob } from '../../../src/jobs/extract/job.ts';
import { stopOn } from '../../../src/native/native.ts';
import { FilePass } from '../../../src/records/pass.ts';
import { frame } from '../../support/records.ts';
import { scratch } from './folder.ts';

const mib = 2 ** 20;

function file(size: number, uri = '/in/a.tfrecord') {
  return { uri, size, version: '1' };
}

/** Two shards of a file that was counted. */
function shards(size: number, compression: 'none' | 'gzip' = 'none', uri?: string): ConvertUnit[] {
  const stretches = [{ from: 0, index: 0, records: 10, places: [0, 0] }];
  const index = { format: 'tfrecord', compression, records: 10, stretches, leftOut: [] } as const;
  return planShards([{ input: file(size, uri), index }], ['x-0', 'x-1']);
}

const wholes = (size: number) => ['x-0', 'x-1'].map((name) => planWhole([file(size)], name));

describe('convert', () => {
  const whole = [planWhole([file(100 * mib)], 'x-0')];
  test.each<[string, ConvertUnit[], string | undefined, 'none' | 'gzip', boolean]>([
    ['shards of records', shards(100 * mib), 'zstd:3', 'none', true],
    ['more of them', shards(130 * mib), 'zstd:3', 'none', false],
    ['uncompressed', shards(100 * mib), 'uncompressed', 'none', true],
    ['to TFRecord', shards(100 * mib), undefined, 'none', true],
    ['one shard of whole files', whole, 'zstd:3', 'none', true],
    ['whole files, which may be compressed', wholes(20 * mib), 'zstd:3', 'none', false],
    ['few whole files', wholes(10 * mib), 'zstd:3', 'none', true],
    ['shards of compressed records', shards(40 * mib, 'gzip'), 'zstd:3', 'none', false],
    ['slow compression', shards(mib), 'zstd:19', 'none', false],
    ['slow compression', shards(mib), 'brotli:6', 'none', false],
    ['slow compression', shards(mib), undefined, 'gzip', false],
    [
      'padding, which makes 64 KiB of each record',
      shards(mib),
      'uncompressed,pad_to_block_boundary:true',
      'none',
      false,
    ],
    ['an object', shards(mib, 'none', 's3://bucket/a.tfrecord'), 'zstd:3', 'none', false],
  ])('%s', (_, units, options, compression, expected) => {
    const arrayRecord = options === undefined ? undefined : parseArrayRecordOptions(options);
    const job = { arrayRecord, compression } as ConvertJobOptions;
    expect(convertJob.lightness?.isLight?.(job, units)).toBe(expected);
  });
});

test.each([
  [[30 * mib], true],
  [[30 * mib, 30 * mib], false],
])('extract of %j bytes', (sizes, expected) => {
  const units = sizes.map((size, i) => ({ id: `${i}`, input: file(size), outputs: ['m', 'e'] as const }));
  expect(extractJob.lightness?.isLight?.({} as ExtractJobOptions, units)).toBe(expected);
  const remote = { id: 'r', input: file(mib, 'gs://bucket/a.tfrecord'), outputs: ['m', 'e'] as const };
  expect(extractJob.lightness?.isLight?.({} as ExtractJobOptions, [remote])).toBe(false);
});

test('a thread that reads a file of many MiB has its timers run meanwhile', async () => {
  const path = join(scratch(), 'a.tfrecord');
  writeFileSync(path, Buffer.concat(Array(20).fill(frame(new Uint8Array(mib)))));
  const pass = new FilePass(path, { target: { kind: 'check' }, stopOn: stopOn.anyFault });
  let turns = 0;
  const turn = () => {
    turns++;
    later = setImmediate(turn);
  };
  let later = setImmediate(turn);
  for await (const _ of pass.run({ onFinding: (finding) => expect.fail(finding.reason) }));
  clearImmediate(later);
  expect(pass.counts().records).toBe(20);
  // Once in 4 MiB.
  expect(turns).toBeGreaterThanOrEqual(4);
  await pass.close();
});
