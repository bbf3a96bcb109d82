/** The public function `datasetScan()`: lists a source and writes the work plan. */

import { join, resolve } from 'node:path';
import { throwIfAborted } from '../../counters.ts';
import { pathOf } from '../../file-uri.ts';
import { languagesOf } from '../../jobs/dataset/languages.ts';
import { usualPlanName } from '../../jobs/dataset/options/shared.ts';
import { scanOptions } from '../../jobs/dataset/options.ts';
import { type PlanFile, readPlanFile, refuseElsewhere, writePlanFile } from '../../jobs/dataset/plan-file.ts';
import { type MergedPlan, mergePlans, type Scanned, scanSource } from '../../jobs/dataset/scan.ts';
import { sourcePlace } from '../../jobs/dataset/source-place.ts';
import { holdState } from '../../jobs/dataset/state-lock.ts';
import type { Progress } from '../../jobs/engine/types.ts';
import { readPublic } from '../../option-tables.ts';
import { named, type Options, usage } from '../../options.ts';
import { someOf } from '../../samples/rows/source.ts';
import { withVariables } from '../../storage/env.ts';
import { isRemote, shown } from '../../storage/uri.ts';
import { version } from '../../version.ts';
import { runShape } from '../shapes.ts';
import type { DatasetScanOptions, DatasetScanReport } from '../types/dataset-scan.ts';
import { accessOf, refuseMissing } from './environment.ts';
import { refuseIdleInScan } from './idle-options.ts';

const shape = { ...scanOptions, ...runShape };

/**
 * Lists the folders LANGUAGE/EPISODE/ of a source and writes them into a work plan. A plan that is there is kept, in its order, and what is new comes
 * behind it: chunks that are built stay what they are.
 *
 * @throws BowerbirdError
 */
export async function datasetScan(options: DatasetScanOptions = {}): Promise<DatasetScanReport> {
  const given = readPublic(options, shape, 'datasetScan()');
  refuseIdleInScan(options);
  return withVariables(accessOf(given), () => scan(given));
}

async function scan(given: Options<typeof shape>): Promise<DatasetScanReport> {
  const { source, state, dryRun, signal, onNotice } = given;
  refuseMissing({ doing: 'Cannot scan', source, target: null, sends: false });
  if (source === undefined) throw usage(`Cannot scan: expected ${named('source')}`);
  throwIfAborted(signal);
  const began = performance.now();
  const path = planPath(given);
  const folder = resolve(pathOf(state));
  const lock = dryRun ? undefined : holdState(folder);
  try {
    const made = await scanIntoPlan({ ...given, source, path });
    for (const notice of made.notices) onNotice?.(notice);
    const { merged, scanned, notices } = made;
    return {
      job: 'dataset scan',
      version,
      source: shown(source),
      plan: path,
      dryRun,
      languages: merged.counts,
      episodes: [...merged.episodes.values()].reduce((sum, { length }) => sum + length, 0),
      added: merged.counts.reduce((sum, { added }) => sum + added, 0),
      gone: merged.gone,
      leftOut: scanned.leftOut,
      elapsedSeconds: (performance.now() - began) / 1000,
      notices,
    };
  } finally {
    await lock?.release();
  }
}

export interface PlanGiven {
  readonly source: string;
  readonly path: string;
  readonly language?: string | readonly string[] | undefined;
  readonly limitPerLanguage?: number | undefined;
  readonly dryRun: boolean;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PlanMade {
  /** What is written, or would be. */
  readonly plan: PlanFile;
  readonly merged: MergedPlan;
  readonly scanned: Scanned;
  readonly notices: readonly string[];
}

/** REQUIRES: the lock of the state folder, but for a dry run. */
export async function scanIntoPlan(given: PlanGiven): Promise<PlanMade> {
  const { source, path, dryRun, signal, onProgress, limitPerLanguage } = given;
  const place = sourcePlace(source);
  const languages = languagesOf(given.language);
  const before = readPlanFile(path);
  if (before !== undefined) refuseElsewhere(before, place.start, shown(source));
  const began = performance.now();
  const scanned = await scanSource({
    source,
    place,
    languages,
    limitPerLanguage,
    stop: { throwIfAborted: () => throwIfAborted(signal) },
    onProgress: (done, of, episodes) => onProgress?.(progressOf(done, of, episodes, began)),
  });
  const merged = mergePlans(before?.episodes ?? new Map(), scanned, limitPerLanguage);
  throwIfAborted(signal);
  const plan = dryRun
    ? { path, episodes: merged.episodes, sha256: '' }
    : await writePlanFile(path, merged.episodes, before);
  return { plan, merged, scanned, notices: noticesOf(scanned, merged, languages) };
}

/** Where the plan is: as given, or in the state folder. */
export function planPath({ plan, state }: { readonly plan?: string | undefined; readonly state: string }): string {
  if (plan !== undefined && isRemote(plan)) {
    throw usage(`Cannot use ${named('plan', shown(plan))}: expected a file of this machine`);
  }
  if (isRemote(state)) throw usage(`Cannot use ${named('state', shown(state))}: expected a folder of this machine`);
  return plan === undefined ? join(resolve(pathOf(state)), usualPlanName) : resolve(pathOf(plan));
}

function progressOf(done: number, of: number, episodes: number, began: number): Progress {
  return {
    job: 'dataset scan',
    units: of,
    unitsDone: done,
    unitsSkipped: 0,
    bytes: 0,
    bytesTotal: 0,
    records: episodes,
    rejects: 0,
    elapsedSeconds: (performance.now() - began) / 1000,
  };
}

function noticesOf(
  { folders, leftOut, episodes }: Scanned,
  { gone }: MergedPlan,
  languages: ReadonlySet<string> | undefined,
): string[] {
  const notices: string[] = [];
  for (const [language, names] of folders) {
    if (names.length > 1) notices.push(`Folders ${someOf(names)} are one language, "${language}", in this order`);
  }
  const absent = [...(languages ?? [])].filter((language) => !episodes.has(language));
  if (absent.length > 0) notices.push(`No folder of ${someOf(absent)} is there`);
  const empty = [...episodes].flatMap(([language, prefixes]) => (prefixes.length === 0 ? [language] : []));
  if (empty.length > 0) notices.push(`No episode is in the folder of ${someOf(empty)}`);
  if (gone.length > 0) {
    notices.push(
      `${gone.length} episode(s) of the plan are not there any more: ${someOf(gone)}; they stay in the plan`,
    );
  }
  if (leftOut.length > 0)
    notices.push(
      `Left out: ${leftOut.slice(0, 3).join('; ')}${leftOut.length > 3 ? `; and ${leftOut.length - 3} more` : ''}`,
    );
  return notices;
}
