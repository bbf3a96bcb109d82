/** What is in an ArrayRecord file: how it is laid out, and what its records hold. */

import type { ByteSource } from '../../bytes.ts';
import { chunkCount, chunkOffset } from '../../formats/array-record-index.ts';
import type { ArrayRecordCodec } from '../../formats/array-record-options.ts';
import { openSource } from '../../storage/source.ts';
import { isRemote } from '../../storage/uri.ts';
import { ArrayRecordReader } from '../array-record-reader.ts';
import { chunkType, scanChunks } from '../array-record-scan.ts';
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
  const file = await openSource(source, { stop: signal });
  const { byteLength: size } = file;
  // A local file is read in the addon.
  const opened = isRemote(source) ? file : source;
  if (opened === source) await file.close();
  const reader = await ArrayRecordReader.open(opened);
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
      ...(await firstChunk(opened, reader)),
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

async function firstChunk(
  file: string | ByteSource,
  { index }: ArrayRecordReader,
): Promise<Pick<InspectedArrayRecord, 'compression' | 'transposed'>> {
  if (chunkCount(index) > 0) {
    const from = chunkOffset(index, 0);
    for await (const [chunk] of scanChunks(file, { range: { from, to: from + 1 } })) {
      const { codec, type } = chunk!;
      return { compression: codecs[codec] ?? 'uncompressed', transposed: type === chunkType.transposed };
    }
  }
  return { compression: 'uncompressed', transposed: false };
}
