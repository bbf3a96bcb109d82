/** `bowerbird extract`: flags to ExtractOptions, ExtractReport to a plan or a summary. */

import { join } from 'node:path';
import type { ExtractReport } from '../../index.ts';
import { exit } from '../failure.ts';
import { count, counted, duration, printable, size, speed } from '../format.ts';
import { facts, table } from '../layout.ts';
import type { Call } from '../parse.ts';
import type { Outcome, Session } from '../session.ts';

export async function extract({ operands, values }: Call<'extract'>, session: Session): Promise<Outcome> {
  const { out, progress: _progress, json: _json, quiet, ...options } = values;
  const told = new Set<string>();
  const onNotice = (notice: string) => {
    told.add(notice);
    session.notice(notice);
  };
  const report = await session.api.extract({
    inputs: operands,
    // parse() refuses a command line without --out.
    outDir: out!,
    ...options,
    onNotice,
    signal: session.signal,
    ...(session.onProgress && { onProgress: session.onProgress }),
  });
  for (const notice of report.notices) if (!told.has(notice)) session.notice(notice);
  // The plan is what --dry-run asks for, so it is printed under --quiet too.
  if (report.dryRun) session.print(planText(report));
  else if (!quiet) session.print(summaryText(report));
  return { exitCode: report.rejects > 0 ? exit.rejects : exit.done, report };
}

export function planText(report: ExtractReport): string {
  const rows = report.files.map((file) => [
    size(file.size),
    printable(file.input),
    `-> ${printable(file.embeddings.name)}, ${printable(file.metadata.name)}`,
  ]);
  const total = report.files.reduce((sum, file) => sum + file.size, 0);
  const done = report.skipped > 0 ? `, ${count(report.skipped)} of them done already` : '';
  const lines = rows.length > 0 ? `${table(rows, 'rll')}\n` : '';
  return `${lines}${counted(report.files.length, 'file')}, ${size(total)}, to ${printable(report.outDir)}${done}; nothing was written (--dry-run)\n`;
}

export function summaryText(report: ExtractReport): string {
  const { done, skipped } = report;
  const parts = skipped > 0 ? ` (${count(done)} now, ${count(skipped)} done already)` : '';
  // With files that an earlier run did, bytes and time do not belong together.
  const rate = skipped === 0 && report.elapsedSeconds > 0 ? `, ${speed(report.bytesIn / report.elapsedSeconds)}` : '';
  const rejects = join(report.outDir, 'rejects.jsonl');
  const rows = facts([
    ['files', `${count(done + skipped)}${parts}`],
    ['records', count(report.records)],
    ['rows', count(report.rows)],
    ['read', size(report.bytesIn)],
    ['written', `${size(report.bytesOut)} to ${printable(report.outDir)}`],
    ['time', `${duration(report.elapsedSeconds)}${rate}`],
    ['rejected', some(report.rejects, `, listed in ${printable(rejects)}`)],
    ['assumed UTC', some(report.assumedUtc, ': their names say "Z", which this archive may not mean')],
    ['no time zone', some(report.withoutZone, ': their names hold a date but no zone, so no file_timestamp')],
    ['notices', report.notices.length === 0 ? undefined : count(report.notices.length)],
    [
      'complete',
      report.complete
        ? undefined
        : `no, ${count(report.inputs - done - skipped)} of ${counted(report.inputs, 'file')} left to other parts`,
    ],
  ]);
  return `${rows}\n`;
}

function some(records: number, meaning: string): string | undefined {
  return records === 0 ? undefined : `${counted(records, 'record')}${meaning}`;
}
