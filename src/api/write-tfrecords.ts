/** writeTfRecords(): records to a TFRecord file that appears whole or not at all. */

import { compress } from '../formats/records/compression.ts';
import { frames } from '../formats/records/tfrecord-writer.ts';
import { checkArgument, checkBytes, checkPath, flag, isIterable, oneOf, readOptions } from '../options.ts';
import { publishBlocks } from '../storage/publish.ts';
import type { Compression } from './types.ts';

export interface WriteTfRecordsOptions {
  /** Compression of the whole file. TensorFlow must be told of it when it reads; we find it. Default "none". */
  readonly compression?: Compression;
  /** Replace a file that is there. Default false. */
  readonly overwrite?: boolean;
  /** Flush to the disk before the file gets its name. Default false. */
  readonly durable?: boolean;
}

export interface WrittenTfRecords {
  readonly records: number;
  /** Of the file, after compression; so is the checksum. */
  readonly bytes: number;
  readonly crc32c: string;
}

const caller = 'writeTfRecords()';

export async function writeTfRecords(
  path: string,
  records: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: WriteTfRecordsOptions = {},
): Promise<WrittenTfRecords> {
  checkPath(path, caller);
  checkArgument(records, isIterable, 'records as an iterable of Uint8Arrays', caller);
  const { compression, ...publishing } = readOptions(
    options,
    { compression: oneOf(['none', 'gzip', 'zlib'], 'none'), overwrite: flag(false), durable: flag(false) },
    caller,
  );
  const count = { records: 0 };
  const published = await publishBlocks(path, compress(frames(checked(records), count), compression), publishing);
  return { records: count.records, ...published };
}

async function* checked(records: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const record of records) {
    checkBytes(record, caller);
    yield record;
  }
}
