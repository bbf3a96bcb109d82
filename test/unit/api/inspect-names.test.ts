/** inspect() of files with more names than a summary lists: what is left out is told. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inspect } from '../../../src/api/inspect.ts';
import { lmdbText } from '../../../src/cli/commands/inspect-lmdb.ts';
import { tfRecordText } from '../../../src/cli/commands/inspect-tfrecord.ts';
import { LmdbWriter } from '../../../src/formats/lmdb/write.ts';
import { writePickle } from '../../../src/formats/pickle/write.ts';
import { entry, example, floatFeature, tfrecord } from '../../support/records.ts';
import { scratch } from '../jobs/folder.ts';

const told = 'there are more names than these thousand, which are left out';

test.each([
  [1000, false],
  [1001, true],
])('of a TFRecord file with %d features', async (count, isMore) => {
  const inputs = join(scratch(), 'x.tfrecord');
  const names = Array.from({ length: count }, (_, i) => entry(`f${i}`, floatFeature([i])));
  writeFileSync(inputs, tfrecord(example(...names)));
  const [file] = (await inspect({ inputs })).files;
  if (file?.format !== 'tfrecord') throw new Error('expected a TFRecord file');
  expect(file.features).toHaveLength(1000);
  expect(file.moreFeatures).toBe(isMore ? true : undefined);
  expect(tfRecordText(file).includes(told)).toBe(isMore);
});

test.each([
  [1000, false],
  [1001, true],
])('of an LMDB file with %d fields', async (count, isMore) => {
  const inputs = join(scratch(), 'data.mdb');
  const writer = new LmdbWriter(inputs);
  const fields = Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, i]));
  await writer.write([Buffer.from('sample_00000000')], [writePickle(fields)]);
  await writer.finish();
  writer.close();
  const [file] = (await inspect({ inputs })).files;
  if (file?.format !== 'lmdb') throw new Error('expected an LMDB file');
  expect(file.fields).toHaveLength(1000);
  expect(file.moreFields).toBe(isMore ? true : undefined);
  expect(lmdbText(file).includes(told)).toBe(isMore);
});

test('ints beyond 2^53 have no range, where a number would round them', async () => {
  const inputs = join(scratch(), 'data.mdb');
  const writer = new LmdbWriter(inputs);
  const values = [1, 2n ** 60n, 3].map((value) => writePickle({ value }));
  await writer.write(
    values.map((_, i) => Buffer.from(`sample_${i}`)),
    values,
  );
  await writer.finish();
  writer.close();
  const [file] = (await inspect({ inputs })).files;
  expect(file).toMatchObject({ fields: [{ name: 'value', types: ['int'], records: 3 }] });
  expect(file).not.toHaveProperty('fields.0.range');
});
