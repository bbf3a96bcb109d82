/** `bowerbird decode`: flags to DecodeOptions, DecodeReport to a plan or a summary. */

import type { DecodedFile, DecodeReport, RecordingDamage } from '../../index.ts';
import { exit } from '../failure.ts';
import { count, counted, duration, printable, size } from '../format.ts';
import { facts } from '../layout.ts';
import type { Call } from '../parse.ts';
import type { Outcome, Session } from '../session.ts';
import { damageText } from './damage.ts';
import { completeRow, type Followed, follow, partsText, planText, readText, timeText, writtenText } from './job.ts';
import { noteLines } from './notes.ts';

export async function decode({ operands, values }: Call<'decode'>, session: Session): Promise<Outcome> {
  const { out, progress: _progress, json: _json, quiet, stdinLimit: _limit, ...options } = values;
  const followed = await follow(session, (following) =>
    // parse() refuses a command line without --out.
    session.api.decode({ inputs: operands, out: out!, ...options, ...following }),
  );
  const { report } = followed;
  // Silence in the place of sound is told under --quiet too, as the plan of --dry-run is.
  const gaps = report.files.flatMap(gapLines).join('');
  await session.send?.(out!);
  if (report.dryRun) await session.print(plan(report));
  else if (!quiet || gaps !== '')
    await session.print(quiet ? gaps : `${noteLines(report.notes)}${gaps}${summaryText(followed)}`);
  return { exitCode: report.gaps > 0 ? exit.rejects : exit.done, report };
}

function gapLines(file: DecodedFile): string[] {
  const source = printable(file.input);
  const lines = file.damaged.map((damage) => `${source}: ${word(damage)}: ${damageText(damage)}\n`);
  const rest = file.gaps - file.damaged.length;
  return rest > 0 ? [...lines, `${source}: silence: ${counted(rest, 'more gap')}\n`] : lines;
}

function lostText({ lostSeconds }: DecodeReport): string {
  return lostSeconds > 0 ? `, ${duration(lostSeconds)} of silence` : '';
}

/** What became of it. */
function word({ fault }: RecordingDamage): string {
  return fault === 'other-recording' ? 'left out' : fault === 'rate-change' ? 'in doubt' : 'silence';
}

function plan(report: DecodeReport): string {
  const rows = report.files.map((file) => [
    size(file.size),
    printable(file.input),
    `-> ${printable(file.output.name)}`,
  ]);
  const total = `${counted(report.inputs, 'file')}, ${size(report.bytesIn)}, to ${printable(report.out)}`;
  return planText(rows, 'rll', total, report.skipped);
}

function summaryText(followed: Followed<DecodeReport>): string {
  const { report } = followed;
  const { done, skipped, gaps } = report;
  const rows = facts([
    ['files', `${count(done + skipped)}${partsText(report)}`],
    ['sound', duration(report.soundSeconds)],
    ['read', readText(followed)],
    ['written', writtenText(report, printable(report.out))],
    ['time', timeText(followed)],
    ['damaged', gaps === 0 ? undefined : `${counted(gaps, 'place')}${lostText(report)}`],
    completeRow(report, 'files'),
  ]);
  return `${rows}\n`;
}
