/** What a job writes beside its outputs is no input of the next run over the same folder, whichever job that is. */

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { convertJob } from '../../../src/jobs/convert/job.ts';
import { decodeJob } from '../../../src/jobs/decode/job.ts';
import { scopedName } from '../../../src/jobs/engine/scope.ts';
import { extractJob } from '../../../src/jobs/extract/job.ts';
import { ingestJob } from '../../../src/jobs/ingest/job.ts';
import { packJob } from '../../../src/jobs/pack/job.ts';
import { unpackJob } from '../../../src/jobs/unpack/job.ts';
import { resolveInputs } from '../../../src/storage/inputs.ts';
import { scratch, writeFiles } from './folder.ts';

const jobs = [extractJob, convertJob, decodeJob, ingestJob, packJob, unpackJob];

test.each(jobs.map((job) => [job.name, job.summaries] as const))('summaries of %s', async (_, summaries) => {
  expect(summaries.length).toBeGreaterThan(0);
  const names = summaries.flatMap((name) => [name, scopedName(name, 'train')]);
  const folder = writeFiles(scratch(), Object.fromEntries(['data', ...names].map((name) => [name, 'x'])));
  expect((await resolveInputs([folder])).map(({ uri }) => uri)).toEqual([join(folder, 'data')]);
});

test('a glob that names one of them means it', async () => {
  const folder = writeFiles(scratch(), { 'a/manifest.jsonl': 'x', 'b/manifest.jsonl': 'x', 'b/c.jsonl': 'x' });
  const found = async (glob: string) => (await resolveInputs([join(folder, glob)])).map(({ uri }) => uri);
  expect(await found('*/manifest.jsonl')).toEqual(['a', 'b'].map((name) => join(folder, name, 'manifest.jsonl')));
  expect(await found('*/*.jsonl')).toEqual([join(folder, 'b/c.jsonl')]);
});
