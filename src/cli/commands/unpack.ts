/** `bowerbird unpack`: flags to UnpackOptions, UnpackReport to a plan or a summary. */

import type { UnpackReport } from '../../index.ts';
import { exit } from '../failure.ts';
import { count, counted, duration, inFolder, printable, size } from '../format.ts';
import { facts } from '../layout.ts';
import type { Call } from '../parse.ts';
import type { Outcome, Session } from '../session.ts';
import { completeRow, type Followed, follow, partsText, planText, readText, timeText, writtenText } from './job.ts';
import { noteLines } from './notes.ts';

/** Of a plan that are printed: a dataset may have millions. */
const mostListed = 20;

export async function unpack({ operands, values }: Call<'unpack'>, session: Session): Promise<Outcome> {
  const { out, progress: _progress, json: _json, quiet, ...options } = values;
  const followed = await follow(session, (following) =>
    // parse() refuses a command line without --out.
    session.api.unpack({ inputs: operands, out: out!, ...options, ...following }),
  );
  const { report } = followed;
  // The plan is what --dry-run asks for, so it is printed under --quiet too.
  if (report.dryRun) await session.print(plan(report));
  else if (!quiet) await session.print(`${noteLines(report.notes)}${summaryText(followed)}`);
  return { exitCode: report.rejects > 0 ? exit.rejects : exit.done, report };
}

function plan(report: UnpackReport): string {
  const rows = report.shards.map(({ size: bytes, input, samples, rejects }) => [
    size(bytes),
    printable(input),
    `${counted(samples, 'sample')}${rejects === 0 ? '' : `, ${counted(rejects, 'reject')}`}`,
  ]);
  const names = report.files.slice(0, mostListed).map(({ name }) => `-> ${printable(name)}\n`);
  const rest = report.files.length - names.length;
  const files = `${names.join('')}${rest > 0 ? `-> and ${counted(rest, 'more file')} (--json lists them)\n` : ''}`;
  const totals = `${counted(report.samples, 'sample')} of ${counted(report.inputs, 'shard')}, ${size(report.bytesIn)}, to ${counted(report.files.length, 'file')} in ${printable(report.out)}`;
  return `${files}${planText(rows, 'rll', totals, report.skipped)}`;
}

function summaryText(followed: Followed<UnpackReport>): string {
  const { report } = followed;
  const rejects = inFolder(report.out, 'rejects.jsonl');
  const rows = facts([
    ['shards', count(report.inputs)],
    ['samples', `${count(report.samples)}${partsOf(report)}`],
    ['sound', report.sounds === 0 ? undefined : `${counted(report.sounds, 'file')}, ${duration(report.soundSeconds)}`],
    ['arrays', report.arrays === 0 ? undefined : counted(report.arrays, 'file')],
    ['bytes', report.binaries === 0 ? undefined : counted(report.binaries, 'file')],
    ['read', readText(followed)],
    ['written', writtenText(report, printable(report.out))],
    ['time', timeText(followed)],
    [
      'rejected',
      report.rejects === 0 ? undefined : `${counted(report.rejects, 'sample')}, listed in ${printable(rejects)}`,
    ],
    ['notices', report.notices.length === 0 ? undefined : count(report.notices.length)],
    completeRow(report, 'samples'),
  ]);
  return `${rows}\n`;
}

/** Of units, which are some samples each. */
function partsOf(report: UnpackReport): string {
  return report.skipped === 0 ? '' : `, in units${partsText(report)}`;
}
