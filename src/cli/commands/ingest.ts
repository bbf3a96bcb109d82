/** `bowerbird ingest`: environment and flags to IngestOptions, IngestReport to a plan or a summary. */

import type { IngestReport } from '../../index.ts';
import { exit } from '../failure.ts';
import { count, counted, duration, printable, size } from '../format.ts';
import { facts, table } from '../layout.ts';
import { Misuse } from '../misuse.ts';
import type { Call } from '../parse.ts';
import type { Outcome, Session } from '../session.ts';
import { completeRow, type Followed, follow, partsText, readText, timeText, writtenText } from './job.ts';
import { noteLines } from './notes.ts';

/** Classes that the summary lists; the manifest has all. */
const mostClasses = 10;

export async function ingest({ operands, values }: Call<'ingest'>, session: Session): Promise<Outcome> {
  const { progress: _progress, json: _json, quiet, noHeader, ...typed } = values;
  if (noHeader && typed.header !== undefined)
    throw new Misuse('Cannot use --no-header with --header: they say the same thing twice', 'ingest');
  const [operand] = operands;
  const { options, notices, dotEnv } = await session.api.ingestEnvironment();
  for (const notice of notices) session.notice(notice);
  const isTyped = (option: string) => option in typed || (option === 'inputs' && operand !== undefined);
  for (const [option, variable] of Object.entries(dotEnv?.variables ?? {})) {
    if (!isTyped(option)) session.dotEnv(variable, dotEnv!.path);
  }
  const header = noHeader ? { header: 'no' as const } : {};
  const { inputs, out, ...rest } = {
    ...options,
    ...typed,
    ...header,
    ...(operand === undefined ? {} : { inputs: operand }),
  };
  if (inputs === undefined) throw new Misuse('Expected a CSV file for bowerbird ingest, or DATA_INPUT_PATH', 'ingest');
  if (out === undefined) throw new Misuse('Expected --out PREFIX for bowerbird ingest, or DATA_OUTPUT_PATH', 'ingest');
  const followed = await follow(session, (following) => session.api.ingest({ inputs, out, ...rest, ...following }));
  const { report } = followed;
  // The plan is what --dry-run asks for, so it is printed under --quiet too.
  const noun = values.media === 'any' ? 'file' : 'recording';
  if (report.dryRun) await session.print(plan(report, noun));
  else if (!quiet) await session.print(`${noteLines(report.notes)}${summaryText(followed, noun)}`);
  return { exitCode: report.rejects + report.salvaged > 0 ? exit.rejects : exit.done, report };
}

/** What the rows name. */
type Noun = 'recording' | 'file';

function plan(report: IngestReport, noun: Noun): string {
  const rows = report.files.map((shard) => [count(shard.rows), `-> ${printable(shard.name)}`]);
  const lines = rows.length > 0 ? `${table(rows, 'rl')}\n` : '';
  const totals = facts([
    ['rows', count(report.rows)],
    [`${noun}s`, report.bytesIn > 0 ? `${size(report.bytesIn)} in local files` : undefined],
    ['requests', report.requests > 0 ? `${count(report.requests)} or more` : undefined],
    ['missing', report.missing > 0 ? counted(report.missing, 'row') : undefined],
    ['outside', report.outside > 0 ? `${counted(report.outside, 'row')}; --allow-outside reads them` : undefined],
    ['contradictions', report.conflicts > 0 ? counted(report.conflicts, 'row') : undefined],
    ['repeated', report.repeats > 0 ? counted(report.repeats, 'row') : undefined],
    ['written', 'nothing (--dry-run)'],
  ]);
  return `${lines}${totals}\n`;
}

function summaryText(followed: Followed<IngestReport>, noun: Noun): string {
  const { report } = followed;
  const { done, skipped } = report;
  const some = (rows: number, meaning: string) => (rows === 0 ? undefined : `${counted(rows, 'row')}${meaning}`);
  const rows = facts([
    ['shards', `${count(done + skipped)}${partsText(report)}`],
    ['rows', report.used === report.rows ? count(report.rows) : `${count(report.used)} of ${count(report.rows)}`],
    ['records', report.records === report.used ? undefined : count(report.records)],
    ['recorded', report.soundSeconds > 0 ? `${duration(report.soundSeconds)}${soundText(report)}` : undefined],
    ['classes', classText(report)],
    ['read', readText(followed)],
    ['written', writtenText(report, printable(report.out))],
    ['time', timeText(followed)],
    ['rejected', some(report.rejects, ', listed in rejects.jsonl beside the shards')],
    ['salvaged', some(report.salvaged, ' with silence in the place of damage, listed in rejects.jsonl')],
    [
      'empty',
      report.empty === 0
        ? undefined
        : `${counted(report.empty, noun)} without a ${noun === 'file' ? 'byte' : 'sample'}`,
    ],
    ['contradictions', some(report.conflicts, `: the same ${noun} with another label`)],
    ['repeated', some(report.repeats, `: the same ${noun} and label again`)],
    completeRow(report, 'shards'),
  ]);
  return `${rows}\n`;
}

function soundText({ sampleRates, channels }: IngestReport): string {
  const rates = sampleRates.map(({ sampleRate }) => `${count(sampleRate)} Hz`).join(', ');
  const widths = channels.map((each) => counted(each.channels, 'channel')).join(', ');
  return ` at ${rates}; ${widths}`;
}

function classText({ classes }: IngestReport): string | undefined {
  if (classes.length === 0) return undefined;
  const largest = [...classes].sort((a, b) => b.records - a.records).slice(0, mostClasses);
  const list = largest.map(({ id, name, records }) => `${printable(name ?? id)} ${count(records)}`).join(', ');
  const more = classes.length > mostClasses ? ', ...' : '';
  return `${count(classes.length)}: ${list}${more}`;
}
