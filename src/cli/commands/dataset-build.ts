/** `bowerbird dataset build`: environment and flags to DatasetBuildOptions, DatasetBuildReport to a plan or a summary. */

import type { DatasetBuildOptions, DatasetBuildReport } from '../../index.ts';
import { exit } from '../failure.ts';
import { count, counted, duration, printable, size } from '../format.ts';
import { facts } from '../layout.ts';
import type { Call } from '../parse.ts';
import type { Outcome, Session } from '../session.ts';
import { fromEnvironment, languagesTyped } from './dataset-options.ts';
import { type Followed, follow, readText, timeText } from './job.ts';
import { noteLines } from './notes.ts';

export async function datasetBuild({ values }: Call<'dataset build'>, session: Session): Promise<Outcome> {
  const { progress: _progress, json: _json, quiet, language, ...typed } = values;
  const isEpisodes = typed.from === undefined;
  const given = await fromEnvironment(session, typed, [
    ...(isEpisodes ? (['source', 'episodesPerChunk'] as const) : []),
    ...(typed.out === undefined ? (['repo'] as const) : []),
    ...(['downloadWorkers', 'parquetMaxBytes', 'rowgroupBytes'] as const),
  ]);
  const options: DatasetBuildOptions = { ...given, ...typed, ...languagesTyped(language) };
  const followed = await follow(session, (following) => session.api.datasetBuild({ ...options, ...following }));
  const { report } = followed;
  // The plan is what --dry-run asks for, so it is printed under --quiet too.
  if (report.dryRun) await session.print(plan(report));
  else if (!quiet) await session.print(`${noteLines(report.notes)}${summaryText(followed, isEpisodes)}`);
  return { exitCode: report.rejects > 0 ? exit.rejects : exit.done, report };
}

function plan({ chunks, sources, skipped, out, plan: path, files }: DatasetBuildReport): string {
  const totals = facts([
    ['chunks', `${count(chunks)}${skipped > 0 ? `, ${count(skipped)} of them done already` : ''}`],
    [path === undefined ? 'rows' : 'episodes', count(sources)],
    ['plan', path === undefined ? undefined : printable(path)],
    ['to', printable(out)],
    ['files', files.length === 0 ? undefined : `${count(files.length)} are there`],
    ['written', 'nothing (--dry-run)'],
  ]);
  return `${totals}\n`;
}

function summaryText(followed: Followed<DatasetBuildReport>, isEpisodes: boolean): string {
  const { report } = followed;
  const { done, skipped, left, files, rows, rejects, repository, folder, emptyChunks } = report;
  const noun = isEpisodes ? 'segment' : 'row';
  const text = facts([
    ['chunks', `${count(done + skipped)}${skipped > 0 ? ` (${count(done)} now, ${count(skipped)} done already)` : ''}`],
    ['files', files.length === done + skipped ? undefined : count(files.length)],
    ['rows', count(rows)],
    [
      'sound',
      `${duration(report.seconds)}${report.rowsWithoutDuration > 0 ? `; ${counted(report.rowsWithoutDuration, 'row')} without a duration` : ''}`,
    ],
    ['read', readText(followed)],
    ['written', writtenText(report)],
    ['commits', repository === undefined ? undefined : count(report.commits)],
    ['time', timeText(followed)],
    ['rejected', rejects === 0 ? undefined : `${counted(rejects, noun)}, listed in ${printable(folder)}/rejects.jsonl`],
    [
      'others',
      report.extras === 0 ? undefined : `${counted(report.extras, 'file')} of no segment, listed in rejects.jsonl`,
    ],
    [
      'empty',
      emptyChunks.length === 0
        ? undefined
        : `${counted(emptyChunks.length, 'chunk')} without a usable row: ${someOf(emptyChunks)}`,
    ],
    ['not kept', report.notKept.length === 0 ? undefined : someOf(report.notKept)],
    [
      'left out',
      report.leftOut.length === 0 ? undefined : `${counted(report.leftOut.length, 'file')} (--json lists them)`,
    ],
    ['complete', report.complete ? undefined : `no, ${counted(left, 'chunk')} left to other runs`],
  ]);
  return `${text}\n`;
}

function writtenText({ repository, out, done, bytesOut, sentBytes }: DatasetBuildReport): string {
  const place = printable(out);
  if (done === 0) return `nothing; ${size(bytesOut)} are there, in ${place}`;
  return repository === undefined
    ? `${size(bytesOut)} in ${place}`
    : `${size(sentBytes)} sent, ${size(bytesOut)} in ${place}`;
}

const mostNamed = 5;

function someOf(names: readonly string[]): string {
  const more = names.length > mostNamed ? ` and ${count(names.length - mostNamed)} more` : '';
  return `${names.slice(0, mostNamed).map(printable).join(', ')}${more}`;
}
