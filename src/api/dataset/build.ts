/** The public function `datasetBuild()`: reads its options, finds the plan, then runs the job in threads. */

import { resolve } from 'node:path';
import { throwIfAborted } from '../../counters.ts';
import { pathOf } from '../../file-uri.ts';
import type { DatasetUnit } from '../../jobs/dataset/choices.ts';
import type { PlannedChunks } from '../../jobs/dataset/chunk-source.ts';
import { usualRate } from '../../jobs/dataset/episodes/source.ts';
import { chunkSourceOf } from '../../jobs/dataset/from/source.ts';
import type { HubTarget } from '../../jobs/dataset/hub/target.ts';
import {
  type DatasetFindings,
  type DatasetJobOptions,
  datasetJob,
  manifestName,
  totalsOfDataset,
} from '../../jobs/dataset/job.ts';
import { languagesOf } from '../../jobs/dataset/languages.ts';
import { buildOptions } from '../../jobs/dataset/options.ts';
import type { DatasetReceipt } from '../../jobs/dataset/receipt.ts';
import { holdState } from '../../jobs/dataset/state-lock.ts';
import { type JobResult, runJob } from '../../jobs/engine/course.ts';
import type { RunSettings } from '../../jobs/engine/run.ts';
import { readPublic } from '../../option-tables.ts';
import { named, usage } from '../../options.ts';
import { runUnitsIn } from '../../runners/local.ts';
import { poolSize } from '../../runners/pool-size.ts';
import { withVariables } from '../../storage/env.ts';
import { isRemote, placeIn, shown } from '../../storage/uri.ts';
import { version } from '../../version.ts';
import { runShape } from '../shapes.ts';
import type { DatasetBuildOptions, DatasetBuildReport } from '../types/dataset-build.ts';
import { plannedFrom, plannedOf } from './build-plan.ts';
import { checkCard, targetOf, writeCard } from './build-target.ts';
import { accessOf, refuseMissing } from './environment.ts';
import { refuseIdleInBuild } from './idle-options.ts';

const shape = { ...buildOptions, ...runShape };
type Given = ReturnType<typeof readGiven>;
type Result = JobResult<DatasetUnit, DatasetReceipt, DatasetFindings>;

/** Of recordings that are on their way or wait for their turn, of all threads together. */
const bytesInFlight = 128 << 20;

/**
 * Builds Parquet files with the audio in them from processed episodes, in a folder or in a dataset of the Hub: a commit for each chunk. Run again after
 * any interruption, it goes on where it ended; of a repository what is done is read from the files that are there.
 *
 * @throws BowerbirdError
 */
export async function datasetBuild(options: DatasetBuildOptions = {}): Promise<DatasetBuildReport> {
  const given = readGiven(options);
  return withVariables(accessOf(given), () => built(given));
}

async function built(given: Given): Promise<DatasetBuildReport> {
  const { signal, dryRun, source, from, out } = given;
  throwIfAborted(signal);
  refuseMissing({
    doing: 'Cannot build a dataset',
    source: from === undefined ? source : null,
    target: given,
    sends: !dryRun,
  });
  const state = resolve(pathOf(given.state));
  const lock = dryRun ? undefined : holdState(state);
  const rows = from === undefined ? undefined : chunkSourceOf({ ...given, from }, outDirOf(out, state));
  try {
    const { planned, plan, root } = rows === undefined ? await plannedOf(given) : await plannedFrom(rows, given);
    const target = targetOf(given, state);
    const job = jobOf(given, { state, root, planned, target });
    await checkCard(given);
    const result = await runJob(datasetJob, job, settingsOf(given, planned));
    await writeCard(given, result);
    return reportOf(result, given, job, plan);
  } finally {
    rows?.close();
    await lock?.release();
  }
}

function outDirOf(out: string | undefined, state: string): string {
  return out === undefined ? state : out.replace(/(?<=.)\/+$/, '');
}

function readGiven(options: DatasetBuildOptions) {
  const given = readPublic(options, shape, 'datasetBuild()');
  refuseIdleInBuild(options);
  const { repo, out, chunkMod, chunkRem } = given;
  if (repo !== undefined && out !== undefined) {
    throw usage(`Cannot build a dataset: expected one of ${named('repo')} and ${named('out')}, found both`);
  }
  if (out !== undefined && isRemote(out)) {
    throw usage(
      `Cannot use ${named('out', shown(out))}: expected a folder of this machine; ${named('repo')} writes to the Hub`,
    );
  }
  if ((chunkMod === undefined) !== (chunkRem === undefined)) {
    throw usage(
      `Cannot use ${named(chunkMod === undefined ? 'chunkRem' : 'chunkMod')} without ${named(chunkMod === undefined ? 'chunkMod' : 'chunkRem')}`,
    );
  }
  if (chunkMod !== undefined && chunkRem! >= chunkMod) {
    throw usage(
      `Cannot use ${named('chunkRem', String(chunkRem))} with ${named('chunkMod', String(chunkMod))}: expected 0 to ${chunkMod - 1}`,
    );
  }
  return given;
}

function jobOf(
  given: Given,
  { state, root, planned, target }: { state: string; root: string; planned: PlannedChunks; target: HubTarget | null },
): DatasetJobOptions {
  const { out, source, from, check, onError, maxRejects, durable, rowgroupBytes, parquetMaxBytes, overwrite, workers } =
    given;
  const threads = poolSize(workers, Math.max(1, planned.chunks.length));
  const { episodesPerChunk, samplesPerChunk, samplingRate, audioColumn, textColumn, keepColumns, allowOutside } = given;
  const isEpisodes = from === undefined;
  return {
    access: accessOf(given),
    outDir: outDirOf(out, state),
    durable,
    maxRejects,
    onError,
    check,
    rowgroupBytes,
    parquetMaxBytes,
    columns: planned.columns,
    awaitsCommit: target !== null,
    downloads: Math.max(1, Math.floor(given.downloadWorkers / threads)),
    episodes: { root, check, bytesInFlight: Math.floor(bytesInFlight / threads) },
    rows: planned.rows ?? null,
    source: from ?? source ?? '',
    told: {
      episodesPerChunk: isEpisodes ? episodesPerChunk : null,
      samplesPerChunk: isEpisodes ? null : samplesPerChunk,
      parquetMaxBytes,
      rowgroupBytes,
      samplingRate: isEpisodes ? (samplingRate ?? usualRate) : samplingRate,
      check,
      audioColumn,
      textColumn,
      keepColumns: keepColumns ?? null,
      allowOutside,
      onError,
    },
    planned,
    target,
    overwrite,
  };
}

function settingsOf(given: Given, { chunks }: PlannedChunks): RunSettings {
  const { workers, dryRun, overwrite, onProgress, onNotice, signal, language, chunkMod, chunkRem = 0, out } = given;
  const languages = languagesOf(language);
  // A folder that machines have in common is shared by the engine's rules; a repository needs none.
  const isPart = chunkMod !== undefined && out !== undefined;
  const ids = new Set(
    chunks
      .filter((_, i) => isPart || chunkMod === undefined || i % chunkMod === chunkRem)
      .filter(({ config }) => languages === undefined || languages.has(config))
      .map(({ id }) => id),
  );
  return {
    runUnits: runUnitsIn(workers),
    dryRun,
    overwrite,
    units: isPart ? `${chunkRem}/${chunkMod}` : undefined,
    select: ids.size === chunks.length ? undefined : (id) => ids.has(id),
    onProgress,
    onNotice,
    signal,
  };
}

function reportOf(result: Result, given: Given, job: DatasetJobOptions, plan: string | undefined): DatasetBuildReport {
  const { units, findings, receipts, complete, notices, elapsedSeconds } = result;
  const { out, dryRun } = given;
  const { target, outDir } = job;
  const adopted = target?.counts.adopted ?? 0;
  const there = new Set(findings.there);
  const known = new Set([...findings.there, ...receipts.map(({ unit }) => unit)]);
  const totals = totalsOfDataset(receipts);
  const skipped = dryRun ? units.filter(({ id }) => there.has(id)).length : result.skipped + adopted;
  return {
    job: 'dataset build',
    version,
    source: shown(job.source),
    out: out === undefined ? target!.uri : shown(out),
    ...(target !== null && { repository: target.uri }),
    folder: shown(outDir),
    ...(plan !== undefined && { plan }),
    ...(complete && { manifest: placeIn(outDir, manifestName) }),
    dryRun,
    complete,
    chunks: findings.chunks,
    sources: findings.sources,
    done: result.done - adopted,
    skipped,
    left: complete ? 0 : findings.chunks - known.size,
    ...totals,
    notKept: [...findings.notKept, ...totals.notKept],
    leftOut: findings.leftOut,
    bytesIn: receipts.reduce((sum, { bytesIn }) => sum + bytesIn, 0),
    commits: target?.counts.commits ?? 0,
    sentBytes: target?.counts.sentBytes ?? 0,
    elapsedSeconds,
    notices,
    files: receipts.flatMap(({ files, config, split }) =>
      files.map(({ name, bytes, rows, seconds }) => ({ name, bytes, rows, seconds, config, split })),
    ),
  };
}
