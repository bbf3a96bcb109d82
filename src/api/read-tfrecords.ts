/** readTfRecords(): the records of TFRecord files for a script, batch by batch, compressed or not. */

import { BowerbirdError } from '../errors.ts';
import { decompress, sniffCompression } from '../formats/compression.ts';
import { describeUnknown } from '../formats/sniff.ts';
import { type Damage, recordBatches, type TfRecordBatch } from '../formats/tfrecord.ts';
import { hasHeader, headerBytes } from '../formats/tfrecord-frame.ts';
import { integer, oneOf, optional, readOptions, usage } from '../options.ts';
import { blocksOf, openLocal } from '../storage/local.ts';

export interface ReadTfRecordsOptions {
  /** "fail": throw at the first damage, after the records before it. "salvage": go on at the next intact record. Default "fail". */
  readonly onError?: 'fail' | 'salvage';
  /** Told of every stretch that "salvage" leaves out. */
  readonly onDamage?: (damage: Damage & { readonly source: string }) => void;
  /** Stops between blocks. */
  readonly signal?: AbortSignal;
  /** Longest record to accept, in bytes. Default 2 GiB. */
  readonly maxRecordBytes?: number;
}

export interface SourceBatch extends TfRecordBatch {
  /** The path as it was given. */
  readonly source: string;
}

/**
 * Files in the order given; GZIP and ZLIB are found by content.
 *
 * @example
 * for await (const { records } of readTfRecords('train-00000-of-00001')) {
 *   for (const record of records) console.log(parseExample(record));
 * }
 */
export async function* readTfRecords(
  pathOrPaths: string | readonly string[],
  options: ReadTfRecordsOptions = {},
): AsyncGenerator<SourceBatch> {
  const read = readOptions(
    options,
    {
      onError: oneOf(['fail', 'salvage'], 'fail'),
      onDamage: optional<NonNullable<ReadTfRecordsOptions['onDamage']>>('a function', (v) => typeof v === 'function'),
      signal: optional<AbortSignal>('an AbortSignal', (v) => v instanceof AbortSignal),
      maxRecordBytes: integer(0, 2 ** 32, 2 ** 31),
    },
    'readTfRecords()',
  );
  const paths = typeof pathOrPaths === 'string' ? [pathOrPaths] : pathOrPaths;
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string')) {
    throw usage('Cannot read TFRecords: expected a path or an array of paths');
  }
  for (const path of paths) {
    const source = await openLocal(path);
    try {
      const head = await source.read(0, 512);
      const kind = sniffCompression(head);
      if (kind === 'none') refuseOther(head, path);
      const stop = read.signal;
      const batches = recordBatches(decompress(blocksOf(source, stop), kind, { source: path, stop }), {
        source: path,
        onError: read.onError,
        onDamage: (damage) => read.onDamage?.({ ...damage, source: path }),
        stop,
        byteLength: kind === 'none' ? source.byteLength : undefined,
        maxRecordBytes: read.maxRecordBytes,
      });
      for await (const batch of batches) yield { ...batch, source: path };
    } finally {
      await source.close();
    }
  }
}

/** A file whose first header is bad may be damaged, or simply another format; the second deserves other words. */
export function refuseOther(head: Uint8Array, source: string): void {
  if (head.length >= headerBytes && hasHeader(head, 0)) return;
  const what = describeUnknown(head);
  if (what === undefined) return;
  throw new BowerbirdError('UNSUPPORTED', `Cannot read "${source}" as TFRecord: it is ${what}`, { source });
}
