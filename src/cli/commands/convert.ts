/** `bowerbird convert`: flags to ConvertOptions, ConvertReport to a plan or a summary. */

import type { ConvertedFile, ConvertReport } from '../../index.ts';
import { exit } from '../failure.ts';
import { count, counted, printable, size } from '../format.ts';
import { facts } from '../layout.ts';
import type { Call } from '../parse.ts';
import type { Outcome, Session } from '../session.ts';
import { completeRow, type Followed, follow, partsText, planText, readText, timeText, writtenText } from './job.ts';

export async function convert({ operands, values }: Call<'convert'>, session: Session): Promise<Outcome> {
  const { to, out, progress: _progress, json: _json, quiet, ...options } = values;
  const followed = await follow(session, (following) =>
    // parse() refuses a command line without --to and --out.
    session.api.convert({ inputs: operands, to: to!, out: out!, ...options, ...following }),
  );
  const { report } = followed;
  // What was asked for is printed under --quiet too.
  if (report.dryRun) await session.print(plan(report));
  else if (!quiet) await session.print(summaryText(followed));
  else if (report.proof !== undefined) await session.print(`proof: ${report.proof}\n`);
  return { exitCode: report.rejects > 0 ? exit.rejects : exit.done, report };
}

function plan(report: ConvertReport): string {
  const rows = report.files.map((file) => [
    // What was not counted has a size all the same.
    file.records > 0
      ? counted(file.records, 'record')
      : size(file.sources.reduce((sum, source) => sum + source.size, 0)),
    sourcesText(file),
    `-> ${printable(file.output.name)}`,
  ]);
  const total = `${counted(report.inputs, 'input')}, ${size(report.bytesIn)}, to ${counted(report.outputs, 'file')} in ${printable(report.folder)}`;
  return planText(rows, 'rll', total, report.skipped);
}

function sourcesText({ sources }: ConvertedFile): string {
  const [first] = sources;
  if (first === undefined) return '';
  return sources.length === 1
    ? printable(first.input)
    : `${printable(first.input)} and ${count(sources.length - 1)} more`;
}

function summaryText(followed: Followed<ConvertReport>): string {
  const { report } = followed;
  const { folder, outputs, manifest } = report;
  const rejects = manifest?.replace(/convert\.json$/, 'rejects.jsonl');
  const rows = facts([
    ['inputs', count(report.inputs)],
    ['outputs', `${count(outputs)}${partsText(report)}`],
    ['records', `${count(report.records)}, ${size(report.payloadBytes)}`],
    ['read', readText(followed)],
    ['written', writtenText(report, printable(folder))],
    ['time', timeText(followed)],
    ['proof', report.proof],
    [
      'rejected',
      report.rejects === 0
        ? undefined
        : `${counted(report.rejects, 'place')}${rejects === undefined ? '' : `, listed in ${printable(rejects)}`}`,
    ],
    ['notices', report.notices.length === 0 ? undefined : count(report.notices.length)],
    completeRow(report, 'files'),
  ]);
  return `${rows}\n`;
}
