/** Records in, bytes of an ArrayRecord file out. */

import { BowerbirdError } from '../../errors.ts';
import { type ArrayRecordEncoder, codecType, type Native, native } from '../../native/native.ts';
import { type ArrayRecordCodec, type ArrayRecordOptions, formatArrayRecordOptions } from './array-record-options.ts';

const codecTypes = {
  uncompressed: codecType.none,
  zstd: codecType.zstd,
  brotli: codecType.brotli,
  snappy: codecType.snappy,
} as const satisfies { readonly [C in ArrayRecordCodec]: number };

const codecsByType: ReadonlyMap<number, ArrayRecordCodec> = new Map(
  (Object.keys(codecTypes) as ArrayRecordCodec[]).map((codec) => [codecTypes[codec], codec]),
);

/** By the type byte of a chunk's compression; undefined for one that nobody knows. */
export function codecOfType(type: number): ArrayRecordCodec | undefined {
  return codecsByType.get(type);
}

/** About how much is encoded in one call, whole chunks at a time. */
export const encodedAtOnce = 512 * 1024;

export function createEncoder(options: ArrayRecordOptions): ArrayRecordEncoder {
  const Encoder = native().ArrayRecordEncoder;
  return new Encoder(...encoderArguments(options));
}

type EncoderArguments = ConstructorParameters<Native['ArrayRecordEncoder']>;

/** @throws BowerbirdError UNSUPPORTED where no library writes the codec */
export function encoderArguments(options: ArrayRecordOptions): EncoderArguments {
  const { groupSize, transpose, padToBlockBoundary, codec, level, windowLog } = options;
  const origins = native().arrayRecordCodecs();
  if ((codec === 'zstd' || codec === 'brotli') && origins[codec] === 'none') {
    throw new BowerbirdError(
      'UNSUPPORTED',
      `Cannot write ${codec}: neither this Node (${process.version}) nor the system brings it; ` +
        `install the library (lib${codec}) or use Node 22.15 or later, or choose "uncompressed" or "snappy"`,
    );
  }
  return [groupSize, transpose, padToBlockBoundary, codecTypes[codec], level, windowLog ?? 0];
}

/** Collects copies of records until there are enough for a call, cut between chunks. */
export class RecordCollector {
  readonly #groupSize: number;
  #values: Uint8Array = new Uint8Array(0);
  #lengths: number[] = [];
  #bytes = 0;
  readonly #spare: Uint8Array[] = [];

  constructor(groupSize: number) {
    this.#groupSize = groupSize;
  }

  get isEmpty(): boolean {
    return this.#lengths.length === 0;
  }

  add(record: Uint8Array): void {
    const needed = this.#bytes + record.length;
    if (needed > this.#values.length) {
      const grown = allocate(Math.max(needed, 2 * this.#values.length, encodedAtOnce + encodedAtOnce / 4));
      grown.set(this.#values.subarray(0, this.#bytes));
      this.#values = grown;
    }
    this.#values.set(record, this.#bytes);
    this.#bytes = needed;
    this.#lengths.push(record.length);
  }

  get isFull(): boolean {
    return (
      this.#lengths.length % this.#groupSize === 0 &&
      (this.#bytes >= encodedAtOnce || this.#lengths.length >= mostRecords)
    );
  }

  /** What was collected. It is the caller's until it comes back by reuse(). */
  take(): CollectedRecords {
    const taken = { values: this.#values.subarray(0, this.#bytes), lengths: Float64Array.from(this.#lengths) };
    this.#values = this.#spare.pop() ?? new Uint8Array(0);
    this.#lengths = [];
    this.#bytes = 0;
    return taken;
  }

  /** Takes memory back: fresh memory costs more than filling it. That of giant records is let go. */
  reuse({ values }: CollectedRecords): void {
    if (values.buffer.byteLength > 4 * encodedAtOnce) return;
    this.#spare.push(new Uint8Array(values.buffer));
  }
}

export interface CollectedRecords {
  readonly values: Uint8Array;
  readonly lengths: Float64Array;
}

/** Empty records take no bytes, but lengths of them do. */
const mostRecords = 65536;

function allocate(bytes: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);
}

/** What was written so far; it grows while the file is made. */
export interface ArrayRecordCount {
  records: number;
  chunks: number;
}

/**
 * The bytes of a file in order, each block in memory of its own. Everything happens on the caller's thread: for those who have threads
 * already. `batches` may hold any number of records; they are read before the next step.
 */
export async function* encodeArrayRecords(
  batches: AsyncIterable<readonly Uint8Array[]> | Iterable<readonly Uint8Array[]>,
  options: ArrayRecordOptions,
  count: ArrayRecordCount = { records: 0, chunks: 0 },
): AsyncGenerator<Uint8Array> {
  const encoder = createEncoder(options);
  const collector = new RecordCollector(options.groupSize);
  const encode = () => {
    const collected = collector.take();
    const block = encoder.encodeNow(collected.values, collected.lengths);
    collector.reuse(collected);
    return block;
  };
  yield encoder.begin();
  for await (const records of batches) {
    for (const record of records) {
      collector.add(record);
      count.records += 1;
      if (collector.isFull) yield encode();
    }
  }
  if (!collector.isEmpty) yield encode();
  count.chunks = encoder.counts().chunks;
  yield encoder.finish(formatArrayRecordOptions(options));
}
