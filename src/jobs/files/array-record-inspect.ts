/** What is in an ArrayRecord file: how it is laid out, and what its records hold. */

import { chunkCount } from '../../formats/array-record-index.ts';
import type { ArrayRecordCodec } from '../../formats/array-record-options.ts';
import { native } from '../../native.ts';
import { openSource } from '../../storage/source.ts';
import { ArrayRecordReader } from '../array-record-reader.ts';
import { chunkType } from '../array-record-scan.ts';
import { attempt } from '../native-errors.ts';
import { RecordStats, type RecordSummary } from '../record-stats.ts';
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
  readonly complete: boolean;
  readonly chunks: number;
  /** Records in each chunk but the last. */
  readonly groupSize: number;
  /** As the writer stored them; null in files from before October 2022. */
  readonly options: string | null;
}

export async function inspect(source: string, { all, limit, signal }: InspectSettings): Promise<InspectedArrayRecord> {
  const size = await openSource(source).then(async (file) => {
    await file.close();
    return file.byteLength;
  });
  const reader = await ArrayRecordReader.open(source);
  try {
    const to = all ? reader.length : Math.min(limit, reader.length);
    const stats = new RecordStats();
    for await (const { records } of reader.batches({ to, ...(signal && { signal }) })) {
      for (const record of records) stats.add(record);
    }
    const { records: inspected, ...summary } = stats.summary();
    return {
      source,
      format: 'arrayrecord',
      size,
      ...firstChunk(source, reader),
      records: reader.length,
      inspected,
      complete: inspected === reader.length,
      chunks: chunkCount(reader.index),
      groupSize: reader.groupSize,
      options: reader.options ?? null,
      ...summary,
    };
  } finally {
    await reader.close();
  }
}

const codecs: { readonly [type: number]: ArrayRecordCodec } = { 122: 'zstd', 98: 'brotli', 115: 'snappy' };

function firstChunk(
  source: string,
  { index }: ArrayRecordReader,
): Pick<InspectedArrayRecord, 'compression' | 'transposed'> {
  if (chunkCount(index) === 0) return { compression: 'uncompressed', transposed: false };
  const file = attempt('open', source, () => new (native().ArrayRecordFile)(source));
  try {
    file.setIndex(index.chunks, index.footerOffset);
    const chunk = attempt('read', source, () => file.stored(0));
    if ('fault' in chunk) return { compression: 'uncompressed', transposed: false };
    return {
      compression: codecs[chunk.payload[0]!] ?? 'uncompressed',
      transposed: chunk.type === chunkType.transposed,
    };
  } finally {
    file.close();
  }
}
