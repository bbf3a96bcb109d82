/** Symbol.asyncDispose of whatever has close(): readers are closed, and a file that was not finished is not there. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ArrayRecordSet } from '../../../src/api/array-record-set.ts';
import { ArrayRecordReader } from '../../../src/records/array-record-reader.ts';
import { ArrayRecordWriter } from '../../../src/records/array-record-writer.ts';
import { written } from '../../support/array-records.ts';
import { scratch } from '../jobs/folder.ts';

test('a reader and a set are closed', async () => {
  const path = await written(['a', 'b']);
  const [reader, set] = [await ArrayRecordReader.open(path), await ArrayRecordSet.open(path)];
  await Promise.all([reader[Symbol.asyncDispose](), set[Symbol.asyncDispose]()]);
  await expect(reader.read(0)).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('is closed') });
  await expect(set.read(0)).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('is closed') });
});

test('a writer that was not closed leaves nothing, one that was leaves its file', async () => {
  const folder = scratch();
  const path = join(folder, 'x.arrayrecord');
  const left = await ArrayRecordWriter.create(path);
  await left.write(Buffer.from('a'));
  await left[Symbol.asyncDispose]();
  expect(readdirSync(folder)).toEqual([]);
  const closed = await ArrayRecordWriter.create(path);
  await closed.write(Buffer.from('a'));
  await closed.close();
  await closed[Symbol.asyncDispose]();
  expect(readdirSync(folder)).toEqual(['x.arrayrecord']);
});
