/** `bowerbird decode`: flags to DecodeOptions, DecodeReport to a plan or a summary. */

import type { DecodedFile, DecodeReport } from '../../index.ts';
import { exit } from '../failure.ts';
import { count, counted, duration, printable, size, speed } from '../format.ts';
import { facts, table } from '../layout.ts';
import type { Call } from '../parse.ts';
import type { Outcome, Session } from '../session.ts';
import { damageText } from './damage.ts';

export async function decode({ operands, values }: Call<'decode'>, session: Session): Promise<Outcome> {
  const { out, progress: _progress, json: _json, quiet, ...options } = values;
  const told = new Set<string>();
  const report = await session.api.decode({
    inputs: operands,
    // parse() refuses a command line without --out.
    out: out!,
    ...options,
    onNotice(notice) {
      told.add(notice);
      session.notice(notice);
    },
    signal: session.signal,
    ...(session.onProgress && { onProgress: session.onProgress }),
  });
  for (const notice of report.notices) if (!told.has(notice)) session.notice(notice);
  // Silence in the place of sound is told under --quiet too, as the plan of --dry-run is.
  const gaps = report.files.flatMap(gapLines).join('');
  if (report.dryRun) session.print(planText(report));
  else session.print(quiet ? gaps : `${gaps}${summaryText(report)}`);
  return { exitCode: report.gaps > 0 ? exit.rejects : exit.done, report };
}

function gapLines(file: DecodedFile): string[] {
  const source = printable(file.input);
  const lines = file.damaged.map((damage) => `${source}: silence: ${damageText(damage)}\n`);
  const rest = file.gaps - file.damaged.length;
  return rest > 0 ? [...lines, `${source}: silence: ${counted(rest, 'more gap')}\n`] : lines;
}

function planText(report: DecodeReport): string {
  const rows = report.files.map((file) => [
    size(file.size),
    printable(file.input),
    `-> ${printable(file.output.name)}`,
  ]);
  const done = report.skipped > 0 ? `, ${count(report.skipped)} of them done already` : '';
  const total = `${counted(report.inputs, 'file')}, ${size(report.bytesIn)}, to ${printable(report.out)}`;
  const lines = rows.length > 0 ? `${table(rows, 'rll')}\n` : '';
  return `${lines}${total}${done}; nothing was written (--dry-run)\n`;
}

function summaryText(report: DecodeReport): string {
  const { done, skipped, elapsedSeconds, gaps } = report;
  const parts = skipped > 0 ? ` (${count(done)} now, ${count(skipped)} done already)` : '';
  // With files that an earlier run did, bytes and time do not belong together.
  const rate = skipped === 0 && elapsedSeconds > 0 ? `, ${speed(report.bytesIn / elapsedSeconds)}` : '';
  const left = report.complete ? undefined : 'no, other parts have files left';
  const rows = facts([
    ['files', `${count(done + skipped)}${parts}`],
    ['sound', duration(report.soundSeconds)],
    ['read', size(report.bytesIn)],
    ['written', `${size(report.bytesOut)} to ${printable(report.out)}`],
    ['time', `${duration(elapsedSeconds)}${rate}`],
    [
      'silence',
      gaps === 0 ? undefined : `${duration(report.lostSeconds)} in the place of ${counted(gaps, 'damaged place')}`,
    ],
    ['complete', left],
  ]);
  return `${rows}\n`;
}
