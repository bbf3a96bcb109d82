/** What earlier runs left in the output folder: parts of a set that is made anew go, other files are told of. */

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decode } from '../../../src/api/decode.ts';
import { extract } from '../../../src/api/extract.ts';
import { ingest } from '../../../src/api/ingest.ts';
import { writeInputs } from '../../support/extracting.ts';
import { wav } from '../../support/labelled.ts';
import { record, tfrecord } from '../../support/records.ts';
import { scratch } from '../jobs/folder.ts';

const sounds = { 'in/a.wav': wav([1]), 'in/b.wav': wav([2]) };
const rows = { 'labels.csv': 'Label,File\n1,in/a.wav\n2,in/b.wav\n', 'other.csv': 'Label,File\n1,in/a.wav\n' };
const shardsIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.tfrecord'));

test.each(['out/', 'out/train'])(
  'ingest() with another number of shards leaves none of the old ones in %s',
  async (out) => {
    const folder = scratch();
    writeInputs(folder, { ...sounds, ...rows });
    const [inputs, other] = ['labels.csv', 'other.csv'].map((name) => join(folder, name));
    const stem = out === 'out/' ? 'labels' : 'train';
    await ingest({ inputs: inputs!, out: join(folder, out), shards: 2 });
    await ingest({ inputs: inputs!, out: join(folder, out), shards: 1, overwrite: true });
    expect(shardsIn(join(folder, 'out'))).toEqual([`${stem}-00000-of-00001.tfrecord`]);
    // Shards of another name are no part of the set.
    if (out !== 'out/') return;
    const { notices } = await ingest({ inputs: other!, out: join(folder, out), overwrite: true });
    expect(shardsIn(join(folder, 'out'))).toEqual(['labels-00000-of-00001.tfrecord', 'other-00000-of-00001.tfrecord']);
    expect(notices.filter((notice) => notice.includes('also holds'))).toEqual([
      `"${join(folder, 'out')}" also holds "labels-00000-of-00001.tfrecord", of inputs that are not among these; ingest.json does not tell of them`,
    ]);
  },
);

test('extract() and decode() tell of the outputs of inputs that are gone, as long as they are there', async () => {
  const folder = scratch();
  const file = tfrecord(record());
  writeInputs(folder, { ...sounds, 'tf/a.tfrecord': file, 'tf/b.tfrecord': file });
  const options = { inputs: join(folder, 'tf'), out: join(folder, 'out') };
  await extract(options);
  rmSync(join(folder, 'tf/b.tfrecord'));
  const told = `"${join(folder, 'out')}" also holds "embeddings/b.npy" and 1 more, of inputs that are not among these; extract.json does not tell of them`;
  expect((await extract(options)).notices).toEqual([told]);
  expect((await extract(options)).notices).toEqual([told]);
  rmSync(join(folder, 'out/embeddings/b.npy'));
  rmSync(join(folder, 'out/metadata/b.json'));
  expect((await extract(options)).notices).toEqual([]);
  await decode({ inputs: join(folder, 'in'), out: join(folder, 'wav') });
  const again = await decode({ inputs: join(folder, 'in/a.wav'), out: join(folder, 'wav/') });
  expect(again.notices).toEqual([
    `"${join(folder, 'wav')}" also holds "b.wav", of inputs that are not among these; decode.json does not tell of them`,
  ]);
});

test('ingest() tells of shards that get no row', async () => {
  const folder = scratch();
  writeInputs(folder, { ...sounds, ...rows });
  const { notices } = await ingest({ inputs: join(folder, 'labels.csv'), out: join(folder, 'out/'), shards: 5 });
  expect(notices).toEqual(['More shards (5) than rows (2): 3 of them are empty']);
});
