/** The plan of a build: as it is in the state folder, or made of the source. */

import { throwIfAborted } from '../../counters.ts';
import type { ChunkSource, PlannedChunks } from '../../jobs/dataset/chunk-source.ts';
import { episodeChunks, usualRate } from '../../jobs/dataset/episodes/source.ts';
import { readPlanFile, refuseElsewhere } from '../../jobs/dataset/plan-file.ts';
import { sourcePlace } from '../../jobs/dataset/source-place.ts';
import type { RunSettings } from '../../jobs/engine/run.ts';
import { named, usage } from '../../options.ts';
import { shown } from '../../storage/uri.ts';
import { planPath, scanIntoPlan } from './scan.ts';

interface Given extends Pick<RunSettings, 'onProgress' | 'onNotice' | 'signal'> {
  readonly source: string | undefined;
  readonly plan: string | undefined;
  readonly limitPerLanguage: number | undefined;
  readonly state: string;
  readonly episodesPerChunk: number;
  readonly samplesPerChunk: number;
  readonly samplingRate: number | null;
  readonly dryRun: boolean;
}

export interface PlannedBuild {
  readonly planned: PlannedChunks;
  readonly plan: string | undefined;
  /** Where prefixes begin. */
  readonly root: string;
}

/** Names in a folder of a repository: the Hub serves no more of them well. */
const mostChunks = 10_000;

/** Of a plan that is there, or one that is made of all languages, whichever are built. */
export async function plannedOf(given: Given): Promise<PlannedBuild> {
  const { source, episodesPerChunk, signal, dryRun, onProgress, onNotice, limitPerLanguage } = given;
  if (source === undefined)
    throw usage(`Cannot build a dataset: ${named('source')} is missing, and R2_BUCKET is not set`);
  const place = sourcePlace(source);
  const path = planPath(given);
  let plan = readPlanFile(path);
  if (plan === undefined) {
    const made = await scanIntoPlan({ source, path, limitPerLanguage, dryRun, onProgress, signal });
    for (const notice of made.notices) onNotice?.(notice);
    plan = made.plan;
  } else if (limitPerLanguage !== undefined) {
    throw usage(
      `Cannot use ${named('limitPerLanguage')} with the plan "${path}": episodes that are in a plan stay in it`,
    );
  }
  refuseElsewhere(plan, place.start, shown(source));
  for (const [language, { length }] of plan.episodes) {
    const count = Math.ceil(length / episodesPerChunk);
    if (count <= mostChunks) continue;
    throw usage(
      `Cannot build ${count} chunks of "${language}": a folder of the Hub takes ${mostChunks} files; raise ${named('episodesPerChunk')} to ${Math.ceil(length / mostChunks)} or more`,
    );
  }
  const samplingRate = given.samplingRate ?? usualRate;
  return { planned: episodeChunks(plan.episodes, { episodesPerChunk, samplingRate }), plan: path, root: place.root };
}

/** Rows of other sources have no plan that people edit: it is made anew by each run. */
export async function plannedFrom(rows: ChunkSource, { signal, samplesPerChunk }: Given): Promise<PlannedBuild> {
  const planned = await rows.plan({ throwIfAborted: () => throwIfAborted(signal) });
  const count = planned.chunks.length;
  if (count <= mostChunks) return { planned, plan: undefined, root: '' };
  throw usage(
    `Cannot build ${count} chunks of "${rows.name}": a folder of the Hub takes ${mostChunks} files; raise ${named('samplesPerChunk')} to ${Math.ceil((count * samplesPerChunk) / mostChunks)} or more`,
  );
}
