/** What the functions take as inputs: a file, a folder, a glob, or a list of them, all the same. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { convert } from '../../../src/api/convert.ts';
import { decode } from '../../../src/api/decode.ts';
import { extract } from '../../../src/api/extract.ts';
import { ingest } from '../../../src/api/ingest.ts';
import { inspect } from '../../../src/api/inspect.ts';
import { readEmbeddings } from '../../../src/api/read-embeddings.ts';
import { readExamples } from '../../../src/api/read-examples.ts';
import { readTfRecords } from '../../../src/api/read-tfrecords.ts';
import { repair } from '../../../src/api/repair.ts';
import { verify } from '../../../src/api/verify.ts';
import type { Inputs } from '../../../src/options.ts';
import { writeInputs } from '../../support/extracting.ts';
import { wav } from '../../support/labelled.ts';
import { record, tfrecord } from '../../support/records.ts';
import { scratch } from '../jobs/folder.ts';

async function sourcesOf(batches: AsyncIterable<{ readonly source: string }>): Promise<string[]> {
  const sources: string[] = [];
  for await (const { source } of batches) sources.push(source);
  return sources;
}

type Found = (inputs: Inputs, out: string) => Promise<readonly string[]>;

/** The names of what each finds, in its order. */
const functions: { readonly [name: string]: Found } = {
  extract: async (inputs, out) => (await extract({ inputs, out })).files.map(({ input }) => input),
  convert: async (inputs, out) =>
    (await convert({ inputs, to: 'tfrecord', out: `${out}/x` })).sources.map(({ input }) => input),
  inspect: async (inputs) => (await inspect({ inputs })).files.map(({ source }) => source),
  verify: async (inputs) => (await verify({ inputs })).files.map(({ source }) => source),
  repair: async (inputs, out) => (await repair({ inputs, out: `${out}/` })).files.map(({ source }) => source),
  readTfRecords: (inputs) => sourcesOf(readTfRecords(inputs)),
  readEmbeddings: (inputs) => sourcesOf(readEmbeddings(inputs)),
  readExamples: (inputs) => sourcesOf(readExamples(inputs, { withSource: true })),
};

const file = tfrecord(record());

test.each(Object.entries(functions))('%s() takes a file, a folder, a glob and a list of them', async (name, found) => {
  const folder = scratch();
  writeInputs(join(folder, 'in'), { 'a.tfrecord': file, 'b.tfrecord': file });
  const [a, b] = ['a', 'b'].map((stem) => join(folder, `in/${stem}.tfrecord`));
  let run = 0;
  const of = (inputs: Inputs) => found(inputs, join(folder, `out${run++}`));
  expect(await of(a!)).toEqual([a]);
  expect(await of(join(folder, 'in'))).toEqual([a, b]);
  expect(await of(join(folder, 'in/*.tfrecord'))).toEqual([a, b]);
  expect(await of([a!, join(folder, 'in/b*')])).toEqual([a, b]);
  await expect(of(join(folder, 'none'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(of([]), name).rejects.toMatchObject({ code: 'USAGE' });
});

test.each(['readTfRecords', 'readEmbeddings', 'readExamples'] as const)(
  '%s() tells of what a folder brings and is not read',
  async (name) => {
    const folder = scratch();
    writeInputs(folder, { 'a.tfrecord': file });
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const told: string[] = [];
    const onNotice = (notice: string) => void told.push(notice);
    const readers = { readTfRecords, readEmbeddings, readExamples };
    for await (const _ of readers[name](folder, { onNotice }));
    expect(told).toEqual([`"${folder}/pipe" is left out: it is a named pipe`]);
  },
);

describe('reports', () => {
  const told = (manifest: string | undefined) => {
    const { options: _, ...rest } = JSON.parse(readFileSync(manifest!, 'utf8'));
    return rest;
  };

  test('of decode and ingest tell what their manifests tell, under the same names', async () => {
    const folder = scratch();
    const sound = wav([1, 2, 3]);
    writeInputs(folder, { 'in/a.wav': sound, 'labels.csv': 'Label,File\n3,in/a.wav\n' });
    const decoded = await decode({ inputs: join(folder, 'in'), out: join(folder, 'wav') });
    expect(decoded).toMatchObject(told(decoded.manifest));
    const ingested = await ingest({ inputs: join(folder, 'labels.csv'), out: join(folder, 'set/') });
    expect(ingested).toMatchObject(told(ingested.manifest));
    expect(ingested).toMatchObject({ rows: 1, used: 1, delimiter: ',', labelColumn: 0, pathColumn: 1, files: [{}] });
  });
});

test('ingest() takes the CSV file that a folder or glob brings, and no two', async () => {
  const folder = scratch();
  writeInputs(folder, { 'in/a.wav': wav([1]), 'csv/labels.csv': 'Label,File\n3,../in/a.wav\n' });
  const options = { audio: join(folder, 'csv'), allowOutside: true, out: join(folder, 'set/') };
  expect(await ingest({ inputs: join(folder, 'csv'), ...options })).toMatchObject({ rows: 1, records: 1 });
  writeInputs(folder, { 'csv/more.csv': 'Label,File\n' });
  for (const inputs of [join(folder, 'csv'), join(folder, 'csv/*.csv')]) {
    await expect(ingest({ inputs, ...options })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(`"${folder}/csv/labels.csv", "${folder}/csv/more.csv"`),
    });
  }
});

test('repair() refuses two files of one name before it writes any', async () => {
  const folder = scratch();
  writeInputs(folder, { 'x/a': file, 'y/a': file, 'y/b': file });
  const run = repair({ inputs: [join(folder, 'y/b'), `${folder}/x/*`, `${folder}/y/*`], out: `${folder}/out/` });
  await expect(run).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('both are called "a"') });
  const itself = repair({ inputs: [join(folder, 'x'), join(folder, 'y/b')], out: `${folder}/x/` });
  await expect(itself).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('into itself') });
  expect(readFileSync(join(folder, 'x/a'))).toEqual(Buffer.from(file));
});

test.each([
  [[], 'Cannot use an empty list for option "inputs"'],
  [['a', ''], 'Cannot use a list with "" at 1 for option "inputs"'],
  [['a', 7], 'Cannot use a list with 7 at 1 for option "inputs"'],
])('inputs %j are told by what is wrong with them', async (inputs, told) => {
  const run = extract({ inputs: inputs as string[], out: 'x' });
  await expect(run).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining(told) });
});

test('inspect() and readExamples() look at a signal before the first file', async () => {
  const folder = scratch();
  writeInputs(folder, { 'a.wav': wav([1]), 'b.tfrecord': file });
  const signal = AbortSignal.abort();
  await expect(inspect({ inputs: join(folder, 'a.wav'), signal })).rejects.toMatchObject({ name: 'AbortError' });
  const examples = readExamples(join(folder, 'b.tfrecord'), { signal });
  await expect(examples.next()).rejects.toMatchObject({ name: 'AbortError' });
});

test('a report names its manifest where there is one: not after a part, nor after a dry run', async () => {
  const folder = scratch();
  writeInputs(join(folder, 'in'), { 'a.tfrecord': file, 'b.tfrecord': file });
  const options = { inputs: join(folder, 'in'), out: join(folder, 'out') };
  expect(await extract({ ...options, dryRun: true })).not.toHaveProperty('manifest');
  expect(await extract({ ...options, units: '0/2' })).not.toHaveProperty('manifest');
  expect(await extract(options)).toHaveProperty('manifest', join(folder, 'out/extract.json'));
});
