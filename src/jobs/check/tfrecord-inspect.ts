/** What is in a TFRecord file: how large its records are, which features they hold, of which kind, shape and range. */

import { BowerbirdError } from '../../errors.ts';
import { type Compression, gzipByName, sniffCompression } from '../../formats/records/compression.ts';
import { frameBytes } from '../../formats/records/tfrecord-frame.ts';
import { type RecordBatch, recordBatches } from '../../records/batches.ts';
import { openSource } from '../../storage/source.ts';
import { RecordStats, type RecordSummary } from './record-stats.ts';
import { type DamagedRange, rangeOf } from './tfrecord-verify.ts';
import type { Inspected, InspectSettings } from './work.ts';

export interface InspectedTfRecord extends Inspected, RecordSummary {
  readonly format: 'tfrecord';
  readonly compression: Compression;
  /** All records were counted, not only the first. */
  readonly complete: boolean;
  /** First damage met, if any. */
  readonly damage?: DamagedRange;
}

/** Damage is in the report, and what follows it is read. */
export async function inspect(source: string, settings: InspectSettings): Promise<InspectedTfRecord> {
  const most = settings.all ? Number.POSITIVE_INFINITY : settings.limit;
  const [size, compression] = await head(source);

  const stats = new RecordStats();
  let damage: DamagedRange | undefined;
  let complete = true;
  const onDamage = (finding: Parameters<typeof rangeOf>[0]) => {
    damage ??= rangeOf(finding);
  };
  reading: for await (const batch of recordBatches(source, { doing: 'inspect', stop: settings.signal, onDamage })) {
    for (const record of batch.records) {
      if (stats.records >= most) {
        complete = false;
        break reading;
      }
      stats.add(record);
    }
    // Behind the last record lies something, be it damage that goes on for long.
    if (stats.records >= most && compression === 'none' && endOf(batch) < size) {
      complete = false;
      break;
    }
  }
  if (stats.records === 0 && damage !== undefined) throw notTfRecord(source, damage, gzipByName(source, compression));
  return {
    source,
    format: 'tfrecord',
    compression,
    size,
    ...stats.summary(),
    complete,
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

function notTfRecord(source: string, { offset, reason }: DamagedRange, hint: string): BowerbirdError {
  const message = `Cannot inspect "${source}": expected a TFRecord file, found no intact record (at byte ${offset}: ${reason})${hint}`;
  return new BowerbirdError('UNSUPPORTED', message, { source, offset });
}
