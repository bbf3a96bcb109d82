/** `bowerbird dataset scan`: environment and flags to DatasetScanOptions, DatasetScanReport to a summary. */

import type { DatasetScanOptions, DatasetScanReport } from '../../index.ts';
import { exit } from '../failure.ts';
import { count, counted, duration, printable } from '../format.ts';
import { facts, table } from '../layout.ts';
import type { Call } from '../parse.ts';
import type { Outcome, Session } from '../session.ts';
import { fromEnvironment, languagesTyped } from './dataset-options.ts';

/** Languages that are printed. */
const mostListed = 20;

export async function datasetScan({ values }: Call<'dataset scan'>, session: Session): Promise<Outcome> {
  const { progress: _progress, json: _json, quiet, language, ...typed } = values;
  const given = await fromEnvironment(session, typed, ['source']);
  const options: DatasetScanOptions = { ...given, ...typed, ...languagesTyped(language) };
  const report = await session.api.datasetScan({
    ...options,
    signal: session.signal,
    onNotice: session.notice,
    ...(session.onProgress && { onProgress: session.onProgress }),
  });
  // What is there is what --dry-run asks for, so it is printed under --quiet too.
  if (report.dryRun || !quiet) await session.print(summaryText(report));
  return { exitCode: exit.done, report };
}

function summaryText({
  languages,
  episodes,
  added,
  gone,
  leftOut,
  plan,
  dryRun,
  elapsedSeconds,
}: DatasetScanReport): string {
  const rows = languages
    .slice(0, mostListed)
    .map((one) => [printable(one.language), count(one.episodes), one.added === 0 ? '' : `${count(one.added)} new`]);
  const more = languages.length - rows.length;
  const list =
    rows.length === 0
      ? ''
      : `${table(rows, 'lrl')}\n${more > 0 ? `and ${counted(more, 'more language')} (--json lists them)\n` : ''}`;
  const totals = facts([
    ['episodes', `${count(episodes)}${added === 0 ? ', none new' : `, ${count(added)} new`}`],
    ['gone', gone.length === 0 ? undefined : `${counted(gone.length, 'episode')} of the plan, kept in it`],
    ['left out', leftOut.length === 0 ? undefined : `${count(leftOut.length)} (--json lists them)`],
    ['plan', dryRun ? 'nothing was written (--dry-run)' : printable(plan)],
    ['time', duration(elapsedSeconds)],
  ]);
  return `${list}${totals}\n`;
}
