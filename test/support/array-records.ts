/** ArrayRecord files for tests, written by ArrayRecordWriter; its bytes are held against Google's elsewhere. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArrayRecordReader } from '../../src/records/array-record-reader.ts';
import { ArrayRecordWriter } from '../../src/records/array-record-writer.ts';
import { scratch } from '../unit/jobs/folder.ts';

/** Writes a file and gives its path. */
export async function written(
  records: Iterable<Uint8Array | string>,
  options = '',
  path = join(scratch(), 'x.arrayrecord'),
): Promise<string> {
  const writer = await ArrayRecordWriter.create(path, options, { overwrite: true });
  for (const record of records) await writer.write(Buffer.from(record));
  await writer.close();
  return path;
}

export async function writtenBytes(records: Iterable<Uint8Array | string>, options = ''): Promise<Uint8Array> {
  return new Uint8Array(readFileSync(await written(records, options)));
}

export async function readAll(path: string): Promise<Uint8Array[]> {
  const reader = await ArrayRecordReader.open(path);
  try {
    const records: Uint8Array[] = [];
    for await (const record of reader) records.push(record);
    return records;
  } finally {
    await reader.close();
  }
}

export const texts = (records: readonly Uint8Array[]): string[] =>
  records.map((record) => Buffer.from(record).toString('latin1'));
