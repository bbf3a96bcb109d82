/** What is in a TFRecord file: how large its records are, which features they hold, of which kind, shape and range. */

import { BowerbirdError } from '../../errors.ts';
import { type Compression, sniffCompression } from '../../formats/compression.ts';
import { parseExample, payloadKind } from '../../formats/example.ts';
import { frameBytes } from '../../formats/tfrecord-frame.ts';
import { openSource } from '../../storage/source.ts';
import { FeatureStats, type FeatureSummary } from '../feature-stats.ts';
import { type RecordBatch, recordBatches } from '../record-batches.ts';
import { type DamagedRange, rangeOf } from './tfrecord-verify.ts';
import type { Inspected, InspectSettings } from './work.ts';

export interface InspectedTfRecord extends Inspected {
  readonly format: 'tfrecord';
  readonly compression: Compression;
  /** Records counted: all of them with `all` (or when the file ended before the limit). */
  readonly records: number;
  readonly complete: boolean;
  readonly payloadBytes: number;
  readonly recordBytes: readonly [number, number];
  /** Records that are tf.train.Example, tf.train.SequenceExample, or neither. */
  readonly payloads: { readonly example: number; readonly sequenceExample: number; readonly other: number };
  readonly features: readonly FeatureSummary[];
  /** First damage met, if any. */
  readonly damage?: DamagedRange;
}

/** Damage is in the report, and what follows it is read. */
export async function inspect(source: string, settings: InspectSettings): Promise<InspectedTfRecord> {
  const most = settings.all ? Number.POSITIVE_INFINITY : settings.limit;
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
  reading: for await (const batch of recordBatches(source, { doing: 'inspect', stop: settings.signal, onDamage })) {
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
  const file = await openSource(source);
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
