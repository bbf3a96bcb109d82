/** `bowerbird extract`: flags to ExtractOptions, ExtractReport to a plan or a summary. */

import type { ExtractReport } from '../../index.ts';
import { exit } from '../failure.ts';
import { count, counted, inFolder, printable, size } from '../format.ts';
import { facts } from '../layout.ts';
import type { Call } from '../parse.ts';
import type { Outcome, Session } from '../session.ts';
import { completeRow, type Followed, follow, partsText, planText, readText, timeText, writtenText } from './job.ts';

export async function extract({ operands, values }: Call<'extract'>, session: Session): Promise<Outcome> {
  const { out, progress: _progress, json: _json, quiet, ...options } = values;
  const followed = await follow(session, (following) =>
    // parse() refuses a command line without --out.
    session.api.extract({ inputs: operands, out: out!, ...options, ...following }),
  );
  const { report } = followed;
  // The plan is what --dry-run asks for, so it is printed under --quiet too.
  if (report.dryRun) await session.print(plan(report));
  else if (!quiet) await session.print(summaryText(followed));
  return { exitCode: report.rejects > 0 ? exit.rejects : exit.done, report };
}

function plan(report: ExtractReport): string {
  const rows = report.files.map((file) => [
    size(file.size),
    printable(file.input),
    `-> ${printable(file.embeddings.name)}, ${printable(file.metadata.name)}`,
  ]);
  const total = report.files.reduce((sum, file) => sum + file.size, 0);
  const totals = `${counted(report.files.length, 'file')}, ${size(total)}, to ${printable(report.out)}`;
  return planText(rows, 'rll', totals, report.skipped);
}

function summaryText(followed: Followed<ExtractReport>): string {
  const { report } = followed;
  const { done, skipped } = report;
  const rejects = inFolder(report.out, 'rejects.jsonl');
  const rows = facts([
    ['files', `${count(done + skipped)}${partsText(report)}`],
    ['records', count(report.records)],
    ['rows', count(report.rows)],
    ['read', readText(followed)],
    ['written', writtenText(report, printable(report.out))],
    ['time', timeText(followed)],
    ['rejected', some(report.rejects, `, listed in ${printable(rejects)}`)],
    ['assumed UTC', some(report.assumedUtc, ': their names say "Z", which this archive may not mean')],
    ['no time zone', some(report.withoutZone, ': their names hold a date but no zone, so no file_timestamp')],
    [
      'overflowed',
      report.overflowed === 0
        ? undefined
        : `${counted(report.overflowed, 'value')} too large for the output, infinite there`,
    ],
    ['notices', report.notices.length === 0 ? undefined : count(report.notices.length)],
    completeRow(report, 'files'),
  ]);
  return `${rows}\n`;
}

function some(records: number, meaning: string): string | undefined {
  return records === 0 ? undefined : `${counted(records, 'record')}${meaning}`;
}
