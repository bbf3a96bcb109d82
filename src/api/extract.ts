/** The public function `extract()`: reads its options, then runs the job in threads. */

import {
  type ExtractJobOptions,
  type ExtractReceipt,
  emptyEntry,
  extractJob,
  type ManifestEntry,
  manifestEntry,
  onErrorChoices,
  totalsOf,
} from '../jobs/extract.ts';
import { type JobResult, runJob } from '../jobs/job.ts';
import { checkNames } from '../jobs/names.ts';
import type { Progress } from '../jobs/types.ts';
import { flag, integer, number, oneOf, optional, readOptions, required, text, usage } from '../options.ts';
import { runUnits } from '../runners/local.ts';
import { version } from '../version.ts';
import type { ExtractOptions, ExtractReport } from './types.ts';

const MOST = Number.MAX_SAFE_INTEGER;
/** More threads than this help nobody and exhaust descriptors. */
const MOST_WORKERS = 1024;
const isFunction = (value: unknown) => typeof value === 'function';

const shape = {
  inputs: required<readonly string[]>(
    'a list of files, folders or globs',
    (v): v is readonly string[] =>
      Array.isArray(v) && v.length > 0 && v.every((it) => typeof it === 'string' && it !== ''),
  ),
  outDir: required<string>('a folder', (v): v is string => typeof v === 'string' && v !== ''),
  onError: oneOf(onErrorChoices, 'fail'),
  maxRejects: integer(0, MOST, undefined),
  channel: {
    fallback: 0,
    expected: 'a whole number, 0 or more, or "all"',
    accepts: (v: unknown): v is number | 'all' => v === 'all' || (Number.isSafeInteger(v) && (v as number) >= 0),
  },
  hop: number('a number of seconds above 0', (v) => Number.isFinite(v) && v > 0, 5),
  feature: text('embedding'),
  names: text('a2o'),
  dtype: oneOf(['float32', 'float16'], 'float32'),
  durable: flag(false),
  dryRun: flag(false),
  overwrite: flag(false),
  units: optional<string>('"M/N"', (v) => typeof v === 'string'),
  workers: integer(1, MOST_WORKERS, undefined),
  onProgress: optional<(progress: Progress) => void>('a function', isFunction),
  onNotice: optional<(notice: string) => void>('a function', isFunction),
  signal: optional<AbortSignal>('an AbortSignal', (v) => v instanceof AbortSignal),
};

/**
 * Extracts TFRecord files of audio embeddings into `outDir`: for each input an .npy file and a JSON file of metadata, and
 * a manifest of all. Run again after any interruption, it goes on where it ended.
 *
 * @throws BowerbirdError
 */
export async function extract(options: ExtractOptions): Promise<ExtractReport> {
  const read = readOptions(options, shape, 'extract()');
  const { inputs, outDir, onError, maxRejects, channel, hop, feature, names, dtype, durable } = read;
  for (const name of ['inputs', 'outDir'] as const) {
    if (read[name] === undefined)
      throw usage(`Cannot run extract() without option "${name}": expected ${shape[name].expected}`);
  }
  await checkNames(names);
  const { workers, dryRun, overwrite, units, onProgress, onNotice, signal } = read;
  const job: ExtractJobOptions = {
    inputs,
    outDir,
    onError,
    maxRejects,
    channel,
    hop,
    feature,
    names,
    dtype,
    durable,
  };
  const result = await runJob(extractJob, job, {
    runUnits: (module, some, unitOptions, context) => runUnits(module, some, unitOptions, context, workers),
    dryRun,
    overwrite,
    units,
    onProgress,
    onNotice,
    signal,
  });
  return reportOf(result, outDir, dryRun);
}

function reportOf(result: JobResult<ExtractReceipt>, outDir: string, dryRun: boolean): ExtractReport {
  const { units, receipts, done, skipped, complete, notices, elapsedSeconds } = result;
  const files: ManifestEntry[] = dryRun ? units.map(emptyEntry) : receipts.map(manifestEntry);
  return {
    job: 'extract',
    version,
    outDir,
    dryRun,
    complete,
    done,
    skipped,
    ...totalsOf(files),
    elapsedSeconds,
    notices,
    files,
  };
}
