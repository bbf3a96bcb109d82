/** The public function `inspect()`: what is in a TFRecord file. */

import { BowerbirdError } from '../errors.ts';
import { type Compression, sniffCompression } from '../formats/compression.ts';
import { parseExample, payloadKind } from '../formats/example.ts';
import { frameBytes } from '../formats/tfrecord-frame.ts';
import { FeatureStats } from '../jobs/feature-stats.ts';
import { type RecordBatch, recordBatches } from '../jobs/record-batches.ts';
import { type DamagedRange, rangeOf } from '../jobs/verify-unit.ts';
import { flag, integer, readOptions } from '../options.ts';
import { openLocal } from '../storage/local.ts';
import { signalShape } from './shapes.ts';
import type { InspectOptions, InspectReport } from './types.ts';

/**
 * Looks into the first records of a file, or all: how large they are, which features they hold, of which kind, shape and range.
 * Damage is in the report, and what follows it is read.
 *
 * @throws BowerbirdError UNSUPPORTED for another format, NOT_FOUND, IO
 */
export async function inspect(source: string, options: InspectOptions = {}): Promise<InspectReport> {
  const shape = { ...signalShape, all: flag(false), limit: integer(1, Number.MAX_SAFE_INTEGER, 1000) };
  const { all, limit, signal } = readOptions(options, shape, 'inspect()');
  const most = all ? Number.POSITIVE_INFINITY : limit;
  const [size, compression] = await head(source);

  const stats = new FeatureStats();
  const payloads = { example: 0, sequenceExample: 0, other: 0 };
  const lengths: [number, number] = [Number.POSITIVE_INFINITY, 0];
  let [records, payloadBytes] = [0, 0];
  let damage: DamagedRange | undefined;
  let complete = true;
  const onDamage = (finding: Parameters<typeof rangeOf>[0]) => {
    damage ??= rangeOf(finding);
  };
  const look = (record: Uint8Array) => {
    records += 1;
    payloadBytes += record.length;
    lengths[0] = Math.min(lengths[0], record.length);
    lengths[1] = Math.max(lengths[1], record.length);
    const kind = payloadKind(record);
    payloads[kind] += 1;
    if (kind === 'example') stats.add(parseExample(record));
  };
  reading: for await (const batch of recordBatches(source, { doing: 'inspect', stop: signal, onDamage })) {
    for (const record of batch.records) {
      if (records >= most) {
        complete = false;
        break reading;
      }
      look(record);
    }
    // Behind the last record lies something, be it damage that goes on for long.
    if (records >= most && compression === 'none' && endOf(batch) < size) {
      complete = false;
      break;
    }
  }
  if (records === 0 && damage !== undefined) throw notTfRecord(source, damage);
  return {
    source,
    format: 'tfrecord',
    compression,
    size,
    records,
    complete,
    payloadBytes,
    recordBytes: records === 0 ? [0, 0] : lengths,
    payloads,
    features: stats.summaries(),
    ...(damage === undefined ? {} : { damage }),
  };
}

/** Where the last record of a batch ends. */
function endOf({ records, offsets }: RecordBatch): number {
  return offsets.at(-1)! + records.at(-1)!.length + frameBytes;
}

async function head(source: string): Promise<[size: number, compression: Compression]> {
  const file = await openLocal(source);
  try {
    return [file.byteLength, sniffCompression(await file.read(0, 512))];
  } finally {
    await file.close();
  }
}

function notTfRecord(source: string, { offset, reason }: DamagedRange): BowerbirdError {
  const message = `Cannot inspect "${source}": expected a TFRecord file, found no intact record (at byte ${offset}: ${reason})`;
  return new BowerbirdError('UNSUPPORTED', message, { source, offset });
}
