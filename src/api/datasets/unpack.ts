/** The public function `unpack()`: reads its options, then runs the job in threads. */

import { runJob } from '../../jobs/engine/course.ts';
import { MANIFEST, unpackJob } from '../../jobs/unpack/job.ts';
import { unpackOptions } from '../../jobs/unpack/options.ts';
import {
  filesOfReceipts,
  notesOfReceipts,
  plannedFiles,
  plannedShards,
  shardsOfReceipts,
  totalsOfUnpacked,
} from '../../jobs/unpack/summary.ts';
import { readPublic } from '../../option-tables.ts';
import { show, usage } from '../../options.ts';
import { isFolder } from '../../storage/local/folders.ts';
import { version } from '../../version.ts';
import { divided, placesOf } from '../run-settings.ts';
import { runShape } from '../shapes.ts';
import type { UnpackOptions, UnpackReport } from '../types.ts';

const shape = { ...unpackOptions, ...runShape };

/**
 * Unpacks samples of LMDB shards, those of pack() and of AudioMDB, into the folder `out`: sound to files, larger arrays to .npy, and all else
 * to a line of manifest.jsonl each, which pack() takes again. Run again after any interruption, it goes on where it ended.
 *
 * @throws BowerbirdError BAD_SCHEMA, UNSUPPORTED, CORRUPT, TRUNCATED for samples and shards that cannot be read under `onError` "fail";
 *   EXISTS, LOCKED, NOT_FOUND, IO, INTERRUPTED, TOO_MANY_REJECTS, USAGE
 */
export async function unpack(options: UnpackOptions): Promise<UnpackReport> {
  const read = readPublic(options, shape, 'unpack()');
  const { out, dryRun } = read;
  if (/\.(?:wav|flac|mp3|jsonl?|npy|mdb)$/i.test(out) && !isFolder(out)) {
    throw usage(
      `Cannot write ${show(out)}: unpack makes files of every sample; expected a folder (one to be called so: with a slash at its end)`,
    );
  }
  const { settings, options: job } = divided(read);
  const { out: outDir, ...choices } = job;
  const result = await runJob(unpackJob, { ...choices, outDir, target: outDir }, settings);
  const { units, receipts, done, skipped, complete, notices, elapsedSeconds } = result;
  const shards = dryRun ? plannedShards(units) : shardsOfReceipts(receipts);
  const files = dryRun ? plannedFiles(units) : filesOfReceipts(receipts);
  return {
    job: 'unpack',
    version,
    ...placesOf({ out: outDir, folder: outDir, manifest: complete ? MANIFEST : undefined }),
    dryRun,
    complete,
    done,
    skipped,
    ...totalsOfUnpacked(shards, files),
    elapsedSeconds,
    notices,
    notes: notesOfReceipts(receipts),
    shards,
    files,
  };
}
