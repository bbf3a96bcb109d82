/** readTfRecords(): the records of TFRecord files for a script, batch by batch, compressed or not. */

import { type DamagedRange, rangeOf } from '../jobs/check/tfrecord-verify.ts';
import { oneOf, readOptions } from '../options.ts';
import { recordBatches } from '../records/batches.ts';
import type { Inputs } from '../storage/inputs.ts';
import { linkOf } from '../storage/links.ts';
import { type InputNotices, inputFiles, noticesShape } from './input-files.ts';
import { callback, signalShape } from './shapes.ts';

export interface ReadTfRecordsOptions extends InputNotices {
  /** "fail": throw at the first damage, after the records before it. "salvage": go on at the next intact record. Default "fail". */
  readonly onError?: 'fail' | 'salvage';
  /** Told of every stretch that "salvage" leaves out. */
  readonly onDamage?: (damage: DamagedRange & { readonly source: string }) => void;
  /** Stops between batches. */
  readonly signal?: AbortSignal;
}

/** About 4 MiB of records. They are views of memory that is never written again: keep them as long as you like. */
export interface TfRecordBatch {
  /** The path as it was named, below a folder with that in front; of a URI what may be shown. */
  readonly source: string;
  readonly records: readonly Uint8Array[];
  /** Index of each record in its file, from 0; a damaged stretch counts as one. */
  readonly indices: Float64Array;
  /** Byte offset of each record's header in the (uncompressed) stream. */
  readonly offsets: Float64Array;
}

/**
 * Reads files, folders, globs and URIs, in the order in which they are named (within a folder or glob in that of their names), checking both CRC-32C of every record; GZIP and ZLIB are found by content.
 *
 * @throws BowerbirdError CORRUPT_RECORD, TRUNCATED, UNSUPPORTED, NOT_FOUND, IO, with the record and the byte offset
 * @example
 * for await (const { records } of readTfRecords('train-00000-of-00001')) {
 *   for (const record of records) console.log(parseExample(record));
 * }
 */
export async function* readTfRecords(
  inputs: Inputs,
  options: ReadTfRecordsOptions = {},
): AsyncGenerator<TfRecordBatch> {
  const { onError, onDamage, onNotice, signal } = readOptions(
    options,
    {
      ...signalShape,
      ...noticesShape,
      onError: oneOf(['fail', 'salvage'], 'fail'),
      onDamage: callback<NonNullable<ReadTfRecordsOptions['onDamage']>>(),
    },
    'readTfRecords()',
  );
  for await (const file of inputFiles(inputs, 'readTfRecords()', onNotice)) {
    const source = file.uri;
    const batches = recordBatches(linkOf(file), {
      doing: 'read',
      stop: signal,
      onDamage: onError === 'fail' ? undefined : (finding) => onDamage?.({ source, ...rangeOf(finding) }),
    });
    for await (const batch of batches) yield { source, ...batch };
  }
}
