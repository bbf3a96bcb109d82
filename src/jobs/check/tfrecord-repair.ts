/** The intact records of a damaged TFRecord file, in order, in a new file that is compressed as the old one is. */

import { BowerbirdError } from '../../errors.ts';
import { type Compression, compress, gzipByName, sniffCompression } from '../../formats/records/compression.ts';
import { frames } from '../../formats/records/tfrecord-writer.ts';
import { recordBatches } from '../../records/batches.ts';
import { publishBlocks } from '../../storage/publish.ts';
import { openSource } from '../../storage/source.ts';
import { type DamagedRange, rangeOf } from './tfrecord-verify.ts';
import type { Repaired, RepairSettings } from './work.ts';

export interface RepairedTfRecord extends Repaired {
  readonly format: 'tfrecord';
  readonly compression: Compression;
  /** Intact records, all of them in `out`. */
  readonly records: number;
  readonly lostBytes: number;
  readonly damaged: readonly DamagedRange[];
}

export async function repair(source: string, settings: RepairSettings): Promise<RepairedTfRecord> {
  const { out, overwrite, signal } = settings;
  const file = await openSource(source);
  const compression = await file
    .read(0, 512)
    .then(sniffCompression)
    .finally(() => file.close());

  const damaged: DamagedRange[] = [];
  const count = { records: 0 };
  async function* intact(): AsyncGenerator<Uint8Array> {
    const batches = recordBatches(source, {
      doing: 'repair',
      stop: signal,
      onDamage: (finding) => damaged.push(rangeOf(finding)),
    });
    let found = false;
    for await (const { records } of batches) {
      found = true;
      yield* records;
    }
    if (!found && damaged.length > 0) throw nothingIntact(source, damaged[0]!, gzipByName(source, compression));
  }
  const { bytes, crc32c } = await publishBlocks(out, compress(frames(intact(), count), compression), { overwrite });
  return {
    format: 'tfrecord',
    source,
    out,
    compression,
    records: count.records,
    bytesIn: file.byteLength,
    bytesOut: bytes,
    crc32c,
    lostBytes: damaged.reduce((total, { length }) => total + length, 0),
    damaged,
  };
}

function nothingIntact(source: string, { code, offset, reason }: DamagedRange, hint: string): BowerbirdError {
  return new BowerbirdError(
    code,
    `Cannot repair "${source}": it holds no intact record (${reason})${hint || '; is it a TFRecord file?'}`,
    { source, offset },
  );
}
