/** The intact chunks of a damaged or unfinished ArrayRecord file in a new file with a footer of its own. */

import type { Stop } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { chunkError } from '../../formats/records/array-record-faults.ts';
import {
  type ArrayRecordOptions,
  formatArrayRecordOptions,
  parseArrayRecordOptions,
} from '../../formats/records/array-record-options.ts';
import { codecOfType, createEncoder, encodeArrayRecords } from '../../formats/records/array-record-writer.ts';
import { type ArrayRecordFile, chunkEntries, chunkType, native } from '../../native/native.ts';
import { attempt } from '../../native/native-errors.ts';
import type { ScannedChunk } from '../../records/array-record-scan.ts';
import { type DamagedChunk, survey } from '../../records/array-record-survey.ts';
import { publishBlocks } from '../../storage/publish.ts';
import { openSource } from '../../storage/source.ts';
import type { Repaired, RepairSettings } from './work.ts';

export interface RepairedArrayRecord extends Repaired {
  readonly format: 'arrayrecord';
  /** In intact chunks, all of them in `out`. */
  readonly records: number;
  readonly chunks: number;
  /** Null where neither headers nor the index tell. */
  readonly lostRecords: number | null;
  readonly lostBytes: number;
  readonly damaged: readonly DamagedChunk[];
  /** As they are stored in `out`: the source's own, or what its chunks show. */
  readonly options: string;
}

export async function repair(source: string, settings: RepairSettings): Promise<RepairedArrayRecord> {
  const { out, overwrite, signal } = settings;
  const size = await openSource(source).then(async (file) => {
    await file.close();
    return file.byteLength;
  });
  const { index, intact, damaged } = await survey({ uri: source }, { stop: signal });
  if (intact.length === 0 && damaged.some(({ records }) => records !== 0)) throw nothingIntact(source, damaged);
  const { options, text } = optionsOf(index?.options, intact);
  const blocks = isUniform(intact)
    ? copiedChunks(source, size, intact, options, text, signal)
    : encodeArrayRecords(recordsOf(source, size, intact, signal), options);
  const { bytes, crc32c } = await publishBlocks(out, blocks, { overwrite });
  const lost = damaged.map(({ records }) => records);
  return {
    format: 'arrayrecord',
    source,
    out,
    records: intact.reduce((total, { records }) => total + records, 0),
    chunks: intact.length,
    bytesIn: size,
    bytesOut: bytes,
    crc32c,
    lostRecords: lost.includes(null) ? null : lost.reduce<number>((total, records) => total + records!, 0),
    lostBytes: damaged.reduce((total, { length }) => total + length, 0),
    damaged,
    options: text,
  };
}

/** Readers by Google find record i in chunk i / groupSize, so every chunk but the last must be of one size. */
function isUniform(chunks: readonly ScannedChunk[]): boolean {
  const group = chunks[0]?.records ?? 1;
  return (
    group > 0 &&
    chunks.every(({ records }, i) => records === group || (i === chunks.length - 1 && records < group && records > 0))
  );
}

/** What the writer said, where that can be read; else what the chunks show. The level is not among that: then it is the default. */
function optionsOf(
  stored: string | undefined,
  chunks: readonly ScannedChunk[],
): { options: ArrayRecordOptions; text: string } {
  if (stored !== undefined) {
    try {
      return { options: parseArrayRecordOptions(stored), text: stored };
    } catch {
      // Options of a later version: the chunks speak for themselves.
    }
  }
  const codec = (chunks[0] && codecOfType(chunks[0].codec)) ?? 'zstd';
  const transpose = chunks[0]?.type === chunkType.transposed ? ',transpose:true' : '';
  const options = parseArrayRecordOptions(`group_size:${Math.max(1, chunks[0]?.records ?? 1)},${codec}${transpose}`);
  return { options, text: formatArrayRecordOptions(options) };
}

async function* copiedChunks(
  source: string,
  size: number,
  chunks: readonly ScannedChunk[],
  options: ArrayRecordOptions,
  text: string,
  stop: Stop | undefined,
): AsyncGenerator<Uint8Array> {
  const encoder = createEncoder(options);
  yield encoder.begin();
  yield* withFile(source, size, chunks, async function* (file) {
    for (let i = 0; i < chunks.length; i++) {
      stop?.throwIfAborted();
      const chunk = attempt('read', source, () => file.stored(i));
      if ('fault' in chunk) throw chunkError('repair a chunk', source, chunk);
      yield encoder.add(chunk.type, chunk.records, chunk.decodedSize, chunk.payload);
    }
  });
  yield encoder.finish(text);
}

async function* recordsOf(
  source: string,
  size: number,
  chunks: readonly ScannedChunk[],
  stop: Stop | undefined,
): AsyncGenerator<readonly Uint8Array[]> {
  yield* withFile(source, size, chunks, async function* (file) {
    for (let i = 0; i < chunks.length; i++) {
      stop?.throwIfAborted();
      const values = new Uint8Array(chunks[i]!.decodedSize);
      const lengths = await file.decode(Float64Array.of(i), values);
      if ('fault' in lengths) throw chunkError('repair a chunk', source, lengths);
      yield cut(values, lengths);
    }
  });
}

function cut(values: Uint8Array, lengths: Float64Array): Uint8Array[] {
  let at = 0;
  return Array.from(lengths, (length) => {
    at += length;
    return values.subarray(at - length, at);
  });
}

async function* withFile<T>(
  source: string,
  size: number,
  chunks: readonly ScannedChunk[],
  work: (file: ArrayRecordFile) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const file = attempt('open', source, () => new (native().ArrayRecordFile)(source));
  try {
    file.setIndex(chunkEntries.of(chunks), size);
    yield* work(file);
  } finally {
    file.close();
  }
}

function nothingIntact(source: string, [first]: readonly DamagedChunk[]): BowerbirdError {
  const { code, reason, offset } = first!;
  return new BowerbirdError(code, `Cannot repair "${source}": it holds no intact chunk of records (${reason})`, {
    source,
    offset,
  });
}
