/** `bowerbird pack`: flags to PackOptions, PackReport to a plan or a summary. */

import type { PackOptions, PackReport } from '../../index.ts';
import { exit } from '../failure.ts';
import { count, counted, duration, printable, size } from '../format.ts';
import { facts, table } from '../layout.ts';
import type { Call } from '../parse.ts';
import type { Outcome, Session } from '../session.ts';
import { completeRow, type Followed, follow, partsText, readText, timeText, writtenText } from './job.ts';
import { noteLines } from './notes.ts';

export async function pack({ operands, values }: Call<'pack'>, session: Session): Promise<Outcome> {
  const { out, progress: _progress, json: _json, quiet, ...typed } = values;
  // Text is all that a command line gives for what may be an object in code.
  const options = typed as Omit<PackOptions, 'inputs' | 'out'>;
  const followed = await follow(session, (following) =>
    session.api.pack({ inputs: operands, out: out!, ...options, ...following }),
  );
  const { report } = followed;
  // The plan is what --dry-run asks for, so it is printed under --quiet too.
  if (report.dryRun) await session.print(plan(report));
  else if (!quiet) await session.print(`${noteLines(report.notes)}${summaryText(followed, options)}`);
  return { exitCode: report.rejects + report.salvaged > 0 ? exit.rejects : exit.done, report };
}

function plan(report: PackReport): string {
  const rows = report.files.map(({ name, samples }) => [samples > 0 ? count(samples) : '', `-> ${printable(name)}`]);
  const lines = rows.length > 0 ? `${table(rows, 'rl')}\n` : '';
  const totals = facts([
    ['samples', report.rows > 0 ? count(report.rows) : undefined],
    ['shards', count(report.files.length)],
    ['recordings', report.bytesIn > 0 ? `${size(report.bytesIn)} in local files` : undefined],
    ['requests', report.requests > 0 ? `${count(report.requests)} or more` : undefined],
    ['missing', report.missing > 0 ? counted(report.missing, 'row') : undefined],
    ['outside', report.outside > 0 ? `${counted(report.outside, 'row')}; --allow-outside reads them` : undefined],
    ['written', 'nothing (--dry-run)'],
  ]);
  return `${lines}${totals}\n`;
}

function summaryText(followed: Followed<PackReport>, { upload }: Pick<PackOptions, 'upload'>): string {
  const { report } = followed;
  const { done, skipped, samples, rows, rejects, salvaged, recordings } = report;
  const some = (of: number, meaning: string) => (of === 0 ? undefined : `${counted(of, 'sample')}${meaning}`);
  const text = facts([
    ['samples', samples === rows ? count(samples) : `${count(samples)} of ${count(rows)}`],
    ['shards', `${count(done + skipped)}${partsText(report)}`],
    ['sound', recordings === 0 ? undefined : `${duration(report.seconds)}${soundText(report)}`],
    ['read', readText(followed)],
    ['written', writtenText(report, printable(report.out))],
    ['uploaded', typeof upload === 'string' ? `to ${printable(upload)}` : undefined],
    ['time', timeText(followed)],
    ['rejected', some(rejects, ', listed in rejects.jsonl')],
    ['salvaged', some(salvaged, ' with silence in the place of damage, listed in rejects.jsonl')],
    ['empty', some(report.empty, ' without sound')],
    [
      'left out',
      report.leftOut.length === 0 ? undefined : `${counted(report.leftOut.length, 'file')}, listed in pack.json`,
    ],
    completeRow(report, 'shards'),
  ]);
  return `${text}\n`;
}

function soundText({ sampleRates, channels }: PackReport): string {
  const rates = sampleRates.map(({ sampleRate }) => `${count(sampleRate)} Hz`).join(', ');
  const widths = channels.map((each) => counted(each.channels, 'channel')).join(', ');
  return ` of recordings at ${rates}; ${widths}`;
}
