/** The public function `repair()`: the intact records of a damaged TFRecord file, in a new file. */

import { statSync } from 'node:fs';
import { BowerbirdError } from '../errors.ts';
import { compress, sniffCompression } from '../formats/compression.ts';
import { frames } from '../formats/tfrecord-writer.ts';
import { recordBatches } from '../jobs/record-batches.ts';
import { type DamagedRange, rangeOf } from '../jobs/verify-unit.ts';
import { flag, readOptions, required, usage } from '../options.ts';
import { openLocal, publishFile } from '../storage/local.ts';
import { version } from '../version.ts';
import { signalShape } from './shapes.ts';
import type { RepairOptions, RepairReport } from './types.ts';

/**
 * Writes the intact records of `source`, in order, to `options.out`, compressed as the source is. The source is never changed; the new file
 * appears whole or not at all.
 *
 * @throws BowerbirdError CORRUPT_RECORD when nothing in the source is intact, EXISTS, UNSUPPORTED, NOT_FOUND, IO
 */
export async function repair(source: string, options: RepairOptions): Promise<RepairReport> {
  const { out, overwrite, signal } = readOptions(
    options,
    {
      ...signalShape,
      out: required<string>('a file', (v): v is string => typeof v === 'string' && v !== ''),
      overwrite: flag(false),
    },
    'repair()',
  );
  if (out === undefined) throw usage('Cannot run repair() without option "out": expected a file');
  if (isSameFile(source, out)) throw usage(`Cannot repair "${source}" into itself: expected another file as output`);
  const file = await openLocal(source);
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
    if (!found && damaged.length > 0) throw nothingIntact(source, damaged[0]!);
  }
  const { bytes, crc32c } = await publishFile(out, compress(frames(intact(), count), compression), { overwrite });
  return {
    job: 'repair',
    version,
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

function isSameFile(a: string, b: string): boolean {
  const [first, second] = [a, b].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return first !== undefined && second !== undefined && first.dev === second.dev && first.ino === second.ino;
}

function nothingIntact(source: string, { code, offset, reason }: DamagedRange): BowerbirdError {
  return new BowerbirdError(
    code,
    `Cannot repair "${source}": it holds no intact record (${reason}); is it a TFRecord file?`,
    { source, offset },
  );
}
