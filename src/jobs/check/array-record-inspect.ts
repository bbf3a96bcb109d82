/** What is in an ArrayRecord file: how it is laid out, and what its records hold. */

import type { ByteSource } from '../../bytes.ts';
import { type ArrayRecordIndex, chunkCount, chunkOffset } from '../../formats/records/array-record-index.ts';
import type { ArrayRecordCodec } from '../../formats/records/array-record-options.ts';
import { codecOfType } from '../../formats/records/array-record-writer.ts';
import { chunkType } from '../../native/native.ts';
import { findFooterOf } from '../../records/array-record-footer.ts';
import { scanChunks } from '../../records/array-record-scan.ts';
import { openChunks } from '../../records/array-record-source.ts';
import { type DamagedChunk, footerDamage } from '../../records/array-record-survey.ts';
import { isRemote } from '../../storage/uri.ts';
import { firstRecords } from './array-record-sample.ts';
import { RecordStats, type RecordSummary } from './record-stats.ts';
import type { Inspected, InspectSettings } from './work.ts';

export interface InspectedArrayRecord extends Inspected, Omit<RecordSummary, 'records'> {
  readonly format: 'arrayrecord';
  /** Of the first chunk. */
  readonly compression: ArrayRecordCodec;
  readonly transposed: boolean;
  /** In the file, as the footer says. */
  readonly records: number;
  /** Records looked at. */
  readonly inspected: number;
  /** Every record was looked at, but for those in damaged chunks. */
  readonly complete: boolean;
  readonly chunks: number;
  /** Records in each chunk but the last. */
  readonly groupSize: number;
  /** As the writer stored them; null in files from before October 2022. */
  readonly options: string | null;
  /** First damage met, if any: in the footer, or in a chunk that was looked at. */
  readonly damage?: DamagedChunk;
}

/** A damaged chunk is in the report, and what follows it is read. */
export async function inspect(source: string, { all, limit, signal }: InspectSettings): Promise<InspectedArrayRecord> {
  const opened = await openChunks(source, signal);
  const { bytes } = opened;
  // A local file is read in the addon.
  const scanned = isRemote(source) ? bytes : source;
  try {
    const { index, error } = await findFooterOf(bytes, scanned, signal);
    if (index === undefined) throw error;
    let damage = error && footerDamage(error, index);
    let lost = 0;
    const onDamage = (found: DamagedChunk) => {
      damage ??= found;
      lost += found.records ?? 0;
    };
    const stats = new RecordStats();
    const settings = { source, limit: all ? undefined : limit, stop: signal, onDamage };
    for await (const records of firstRecords(opened.chunks(index), index, settings)) {
      for (const record of records) stats.add(record);
    }
    const { records: inspected, ...summary } = stats.summary();
    return {
      source,
      format: 'arrayrecord',
      size: bytes.byteLength,
      ...(await firstChunk(scanned, index)),
      records: index.records,
      inspected,
      complete: inspected + lost === index.records,
      chunks: chunkCount(index),
      groupSize: index.groupSize,
      options: index.options ?? null,
      ...summary,
      ...(damage === undefined ? {} : { damage }),
    };
  } finally {
    await bytes.close();
  }
}

async function firstChunk(
  file: string | ByteSource,
  index: ArrayRecordIndex,
): Promise<Pick<InspectedArrayRecord, 'compression' | 'transposed'>> {
  if (chunkCount(index) > 0) {
    const from = chunkOffset(index, 0);
    for await (const [chunk] of scanChunks(file, { range: { from, to: from + 1 } })) {
      const { codec, type } = chunk!;
      return { compression: codecOfType(codec) ?? 'uncompressed', transposed: type === chunkType.transposed };
    }
  }
  return { compression: 'uncompressed', transposed: false };
}
