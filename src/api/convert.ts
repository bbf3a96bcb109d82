/** The public function `convert()`: reads its options, then runs the job in threads. */

import { parseArrayRecordOptions } from '../formats/records/array-record-options.ts';
import { encoderArguments } from '../formats/records/array-record-writer.ts';
import {
  type ConvertJobOptions,
  type ConvertReceipt,
  convertedFile,
  convertJob,
  manifestName,
  plannedShard,
  proofOfAll,
  totalsOfConverted,
} from '../jobs/convert/job.ts';
import { convertOptions } from '../jobs/convert/options.ts';
import type { ConvertUnit } from '../jobs/convert/plan.ts';
import { type JobResult, runJob } from '../jobs/engine/course.ts';
import { type Layout, outPlaceOf } from '../jobs/engine/shard-names.ts';
import { readPublic } from '../option-tables.ts';
import { type Options, usage } from '../options.ts';
import { version } from '../version.ts';
import { divided, placesOf } from './run-settings.ts';
import { runShape } from './shapes.ts';
import type { ConvertOptions, ConvertReport } from './types.ts';

const shape = { ...convertOptions, ...runShape };
type Given = Options<typeof shape>;

/**
 * Writes the records of TFRecord files (plain, gzip or zlib) and ArrayRecord files, found by content and in the order of their names, to
 * files of one of the two formats. Run again after any interruption, it goes on where it ended.
 *
 * With `shards` the i-th of n files holds the i-th of n ranges of all records (where they cannot be equal, the first ones have one record
 * more), so the shards one after another are the input again.
 *
 * @throws BowerbirdError USAGE, also when two inputs would share one output; CORRUPT_RECORD, TRUNCATED, UNSUPPORTED under
 * `onError: 'fail'`; EXISTS, LOCKED, NOT_FOUND, IO, TOO_MANY_REJECTS, INTERRUPTED
 *
 * @example
 * await convert({ inputs: ['tf/train-*.tfrecord'], to: 'arrayrecord', out: 'ar/train', shards: 16 });
 */
export async function convert(options: ConvertOptions): Promise<ConvertReport> {
  const given = readPublic(options, shape, 'convert()');
  const job = jobOf(given);
  const result = await runJob(convertJob, job, divided(given).settings);
  return reportOf(result, job, given);
}

function jobOf(given: Given): ConvertJobOptions {
  const { inputs, to, out, compression, onError, maxRejects, proof, durable } = given;
  const layout = layoutOf(given);
  const arrayRecord = arrayRecordOf(given);
  const place = outPlaceOf(out, layout);
  return { ...place, inputs, layout, to, arrayRecord, compression, onError, maxRejects, proof, durable };
}

function layoutOf({ shards, matchInputs, matchShards, overwriteExtension }: Given): Layout {
  const chosen = [
    ...(shards === undefined ? [] : ['shards']),
    ...(matchInputs ? ['matchInputs'] : []),
    ...(matchShards ? ['matchShards'] : []),
  ];
  if (chosen.length > 1) {
    throw usage(`Cannot use options ${chosen.map((name) => `"${name}"`).join(' and ')} together: expected one of them`);
  }
  if (overwriteExtension && !matchInputs) {
    throw usage('Cannot use option "overwriteExtension" without "matchInputs": shards are not called after inputs');
  }
  if (matchInputs) return { kind: 'match-inputs', overwriteExtension };
  return matchShards ? { kind: 'match-shards' } : { kind: 'shards', count: shards ?? 1 };
}

function arrayRecordOf({ to, options, compression }: Given): ConvertJobOptions['arrayRecord'] {
  if (to === 'tfrecord') {
    if (options !== undefined)
      throw usage('Cannot use option "options" for TFRecord files: they are those of an ArrayRecord writer');
    return undefined;
  }
  if (compression !== 'none') {
    throw usage(
      `Cannot use compression "${compression}" for ArrayRecord files: expected options such as "zstd:3" or "uncompressed"`,
    );
  }
  const parsed = parseArrayRecordOptions(options ?? '');
  // A missing codec is told before any work.
  encoderArguments(parsed);
  return parsed;
}

function reportOf(
  result: JobResult<ConvertUnit, ConvertReceipt>,
  job: ConvertJobOptions,
  { out, dryRun, units: part }: Given,
): ConvertReport {
  const { units, receipts, done, skipped, complete, notices, elapsedSeconds } = result;
  const files = dryRun ? units.map(plannedShard) : receipts.map(convertedFile);
  // A part knows the proofs of its own files only.
  const proof = job.proof && complete && part === undefined ? proofOfAll(files) : undefined;
  return {
    job: 'convert',
    version,
    to: job.to,
    ...placesOf({ out, folder: job.outDir, manifest: complete ? manifestName(job) : undefined }),
    dryRun,
    complete,
    done,
    skipped,
    ...totalsOfConverted(files),
    ...(proof === undefined ? {} : { proof }),
    elapsedSeconds,
    notices,
    files,
  };
}
