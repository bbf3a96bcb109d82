/** The public function `extract()`: reads its options, then runs the job in threads. */

import { statSync } from 'node:fs';
import { type JobResult, runJob } from '../jobs/engine/course.ts';
import {
  type ExtractedFile,
  type ExtractJobOptions,
  type ExtractReceipt,
  type ExtractUnit,
  emptyEntry,
  extractJob,
  manifestEntry,
  totalsOf,
} from '../jobs/extract/job.ts';
import { checkNames } from '../jobs/extract/names.ts';
import { readOptions, requiredText, show, usage } from '../options.ts';
import { isRemote } from '../storage/uri.ts';
import { version } from '../version.ts';
import { runSettings } from './run-settings.ts';
import { choiceShape, inputsShape, jobShape, rejectsShape } from './shapes.ts';
import type { ExtractOptions, ExtractReport } from './types.ts';

const shape = {
  ...inputsShape,
  ...choiceShape,
  ...jobShape,
  ...rejectsShape,
  outDir: requiredText('a folder'),
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
  if (/\.(?:np[yz]|jsonl?|tfrecord|arrayrecord|parquet)$/i.test(outDir) && !isFolder(outDir)) {
    throw usage(
      `Cannot write ${show(outDir)}: extract makes two files of every input; expected a folder (one to be called so: with a slash at its end)`,
    );
  }
  await checkNames(names);
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
  const result = await runJob(extractJob, job, runSettings(read));
  return reportOf(result, outDir, read.dryRun);
}

function isFolder(path: string): boolean {
  return !isRemote(path) && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function reportOf(result: JobResult<ExtractUnit, ExtractReceipt>, outDir: string, dryRun: boolean): ExtractReport {
  const { units, receipts, done, skipped, complete, notices, elapsedSeconds } = result;
  const files: ExtractedFile[] = dryRun ? units.map(emptyEntry) : receipts.map(manifestEntry);
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
