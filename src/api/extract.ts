/** The public function `extract()`: reads its options, then runs the job in threads. */

import { type JobResult, runJob } from '../jobs/engine/course.ts';
import {
  type ExtractedFile,
  type ExtractReceipt,
  type ExtractUnit,
  emptyEntry,
  extractJob,
  MANIFEST,
  manifestEntry,
  totalsOf,
} from '../jobs/extract/job.ts';
import { checkNames } from '../jobs/extract/names.ts';
import { extractOptions } from '../jobs/extract/options.ts';
import { readPublic } from '../option-tables.ts';
import { show, usage } from '../options.ts';
import { isFolder } from '../storage/local/folders.ts';
import { version } from '../version.ts';
import { divided, placesOf } from './run-settings.ts';
import { runShape } from './shapes.ts';
import type { ExtractOptions, ExtractReport } from './types.ts';

const shape = { ...extractOptions, ...runShape };

/**
 * Extracts TFRecord files of audio embeddings into the folder `out`: for each input an .npy file and a JSON file of metadata, and
 * a manifest of all. Run again after any interruption, it goes on where it ended.
 *
 * @throws BowerbirdError
 */
export async function extract(options: ExtractOptions): Promise<ExtractReport> {
  const read = readPublic(options, shape, 'extract()');
  const { out } = read;
  if (/\.(?:np[yz]|jsonl?|tfrecord|arrayrecord|parquet)$/i.test(out) && !isFolder(out)) {
    throw usage(
      `Cannot write ${show(out)}: extract makes two files of every input; expected a folder (one to be called so: with a slash at its end)`,
    );
  }
  await checkNames(read.names);
  const { settings, options: job } = divided(read);
  const { out: outDir, ...choices } = job;
  const result = await runJob(extractJob, { ...choices, outDir }, settings);
  return reportOf(result, outDir, read.dryRun);
}

function reportOf(result: JobResult<ExtractUnit, ExtractReceipt>, outDir: string, dryRun: boolean): ExtractReport {
  const { units, receipts, done, skipped, complete, notices, elapsedSeconds } = result;
  const files: ExtractedFile[] = dryRun ? units.map(emptyEntry) : receipts.map(manifestEntry);
  return {
    job: 'extract',
    version,
    ...placesOf({ out: outDir, folder: outDir, manifest: complete ? MANIFEST : undefined }),
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
