/** The public function `verify()`: every check of every file, in parallel; nothing is written. */

import type { BowerbirdError } from '../errors.ts';
import { joinProofs } from '../formats/records/proof.ts';
import { splitDatasets } from '../jobs/check/dataset-folder.ts';
import type { VerifiedShard } from '../jobs/check/dataset-shard.ts';
import { verifyDataset } from '../jobs/check/dataset-verify.ts';
import { verifyOptions } from '../jobs/check/options.ts';
import { filesOf, settleParquet, splitTrees } from '../jobs/check/parquet/trees.ts';
import type { VerifiedFile } from '../jobs/check/registry.ts';
import type { VerifiedUnknown } from '../jobs/check/tfrecord.ts';
import {
  cutInputs,
  joinParts,
  shardUnit,
  type VerifyReceipt,
  type VerifyUnit,
  wholeFile,
} from '../jobs/check/verify-parts.ts';
import type { VerifySettings } from '../jobs/check/work.ts';
import { runPlainly } from '../jobs/engine/plain-run.ts';
import { readPublic } from '../option-tables.ts';
import { runUnitsIn } from '../runners/local.ts';
import { poolSize } from '../runners/pool-size.ts';
import { type LeftOutInput, leftOutSentence, resolveInputs } from '../storage/inputs.ts';
import type { InputStamp } from '../storage/stamp.ts';
import { absolute } from '../storage/uri.ts';
import { version } from '../version.ts';
import { runShape } from './shapes.ts';
import type { VerifyOptions, VerifyReport } from './types.ts';

const shape = { ...verifyOptions, ...runShape };

const unitModule = new URL('../jobs/check/verify-unit.js', import.meta.url).href;

/**
 * Reads every byte of files, whose formats are found by content, and checks all that can be checked: both CRC-32C of every record of
 * TFRecord files, compressed or not; every hash of ArrayRecord files, and their indices; the checksums of every frame of FLAC recordings,
 * and their MD5; of WAV, that header and samples agree; every page and sample of LMDB files; of Parquet files every page and value against
 * footer, statistics and index, and every cell that holds a recording. A folder with metadata.json and shards
 * (`shard_00000/data.mdb`) is one dataset, and metadata.json is held against the shards. A repository of the Hub, and a folder
 * with a card (README.md) or a folder `data`, is a dataset of Parquet files: all of its folders are read, and footers and card compared. Damage is in the report, not an exception; so is a file of another
 * format.
 *
 * @throws BowerbirdError NOT_FOUND, IO, INTERRUPTED, USAGE
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const { inputs: named, proof, check, viewer, workers, onNotice, ...run } = readPublic(options, shape, 'verify()');
  const settings: VerifySettings = { proof, check, viewer };
  const runUnits = runUnitsIn(workers);
  const work = (units: readonly VerifyUnit[], of: readonly InputStamp[]) =>
    runPlainly({
      ...run,
      job: 'verify',
      units,
      work: (context) => runUnits<VerifyUnit, VerifyReceipt>(unitModule, units, settings, context),
      inputs: of,
      outDir: '',
    });
  const notices: string[] = [];
  const unopened: VerifiedUnknown[] = [];
  const onLeftOut = (left: LeftOutInput) => {
    if (left.isLoss) unopened.push(unopenedFile(left));
    else {
      notices.push(leftOutSentence(left));
      onNotice?.(leftOutSentence(left));
    }
  };
  const { datasets, rest: others } = await splitDatasets(named);
  const { trees, rest } = await splitTrees(others, onLeftOut);
  const shards = datasets.flatMap(({ shards }) => shards.map(({ data }) => data));
  const taken = [...datasets.flatMap(({ metadata }) => [metadata]), ...shards, ...trees.flatMap(filesOf)];
  const found = await looseFiles(rest, taken, onLeftOut, (error, input) => {
    unopened.push({ ...nothingOf(error.source ?? input), error: error.toJSON() });
  });
  const loose = [...trees.flatMap(({ files }) => files), ...found];
  const threads = poolSize(workers, Number.POSITIVE_INFINITY);
  const units = [...shards.map(shardUnit), ...(await cutInputs(loose, threads))];
  let { receipts, elapsedSeconds } = await work(units, [...shards, ...loose]);
  const files = joinParts(units.slice(shards.length), receipts.slice(shards.length));
  const left = loose.filter(({ uri }) => !files.has(uri));
  if (left.length > 0) {
    const again = await work(left.map(wholeFile), left);
    elapsedSeconds += again.elapsedSeconds;
    for (const [i, { uri }] of left.entries()) files.set(uri, again.receipts[i] as VerifiedFile);
  }
  const verified = new Map(shards.map(({ uri }, i) => [uri, receipts[i] as VerifiedShard]));
  for (const [uri, { file }] of verified) files.set(uri, file);
  for (const dataset of datasets) files.set(dataset.metadata.uri, await verifyDataset(dataset, verified));
  for (const notice of await settleParquet(files, trees, rest)) {
    notices.push(notice);
    onNotice?.(notice);
  }
  return reportOf([...inOrder(files), ...unopened], elapsedSeconds, proof, notices);
}

/** Of those that are in no dataset. */
async function looseFiles(
  inputs: readonly string[],
  taken: readonly InputStamp[],
  ...told: [(left: LeftOutInput) => void, (error: BowerbirdError, input: string) => void]
): Promise<readonly InputStamp[]> {
  if (inputs.length === 0 && taken.length > 0) return [];
  const inDatasets = new Set(taken.map(({ uri }) => absolute(uri)));
  const found = await resolveInputs(inputs, undefined, ...told);
  return found.filter(({ uri }) => !inDatasets.has(absolute(uri)));
}

/** By the bytes of their names. */
function inOrder(files: ReadonlyMap<string, VerifiedFile>): VerifiedFile[] {
  const keyed = [...files].map(([uri, file]) => ({ key: Buffer.from(uri), file }));
  return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ file }) => file);
}

/** A file that was not checked is not intact: left out in silence, it would be taken for one. */
function unopenedFile({ path, reason }: LeftOutInput): VerifiedUnknown {
  const error = { code: 'UNSUPPORTED', source: path, message: `Cannot verify "${path}": ${reason}` } as const;
  return { ...nothingOf(path), error };
}

function nothingOf(source: string) {
  const nothing = { compression: 'none', size: 0, records: 0, payloadBytes: 0, damaged: [] } as const;
  return { source, format: 'unknown', ...nothing, ok: false } as const;
}

function reportOf(
  files: readonly VerifiedFile[],
  elapsedSeconds: number,
  proof: boolean,
  notices: readonly string[],
): VerifyReport {
  const joint = proof ? proofOfAll(files) : undefined;
  return {
    job: 'verify',
    version,
    ok: files.every(({ ok }) => ok),
    inputs: files.length,
    damagedInputs: files.filter(({ ok }) => !ok).length,
    records: files.reduce((total, file) => total + ('records' in file ? file.records : 0), 0),
    soundSeconds: files.reduce(
      (total, file) => total + ('durationSeconds' in file ? (file.durationSeconds ?? 0) : 0),
      0,
    ),
    bytes: files.reduce((total, { size }) => total + size, 0),
    ...(joint === undefined ? {} : { proof: joint }),
    elapsedSeconds,
    notices,
    files,
  };
}

/** Of the records of all files in their order; undefined when one of them holds none by its nature. */
function proofOfAll(files: readonly VerifiedFile[]): string | undefined {
  const parts = files.flatMap((file) =>
    'proof' in file && file.proof !== undefined ? [{ records: file.records, proof: file.proof }] : [],
  );
  return parts.length === files.length ? joinProofs(parts).proof : undefined;
}
