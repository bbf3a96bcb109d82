/** `bowerbird convert`: flags to ConvertOptions, ConvertReport to a plan or a summary. */

import { join } from 'node:path';
import type { ConvertedFile, ConvertReport } from '../../index.ts';
import { exit } from '../failure.ts';
import { count, counted, duration, printable, size, speed } from '../format.ts';
import { facts, table } from '../layout.ts';
import type { Call } from '../parse.ts';
import type { Outcome, Session } from '../session.ts';

export async function convert({ operands, values }: Call<'convert'>, session: Session): Promise<Outcome> {
  const { to, out, progress: _progress, json: _json, quiet, ...options } = values;
  const told = new Set<string>();
  const report = await session.api.convert({
    inputs: operands,
    // parse() refuses a command line without them.
    to: to!,
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
  // What was asked for is printed under --quiet too.
  if (report.dryRun) session.print(planText(report));
  else if (!quiet) session.print(summaryText(report));
  else if (report.proof !== undefined) session.print(`${report.proof}\n`);
  return { exitCode: report.rejects > 0 ? exit.rejects : exit.done, report };
}

function planText(report: ConvertReport): string {
  const rows = report.files.map((file) => [
    // What was not counted has a size all the same.
    file.records > 0
      ? counted(file.records, 'record')
      : size(file.sources.reduce((sum, source) => sum + source.size, 0)),
    sourcesText(file),
    `-> ${printable(file.output.name)}`,
  ]);
  const done = report.skipped > 0 ? `, ${count(report.skipped)} of them done already` : '';
  const total = `${counted(report.inputs, 'input')}, ${size(report.bytesIn)}, to ${counted(report.outputs, 'file')} in ${printable(report.outDir)}`;
  const lines = rows.length > 0 ? `${table(rows, 'rll')}\n` : '';
  return `${lines}${total}${done}; nothing was written (--dry-run)\n`;
}

function sourcesText({ sources }: ConvertedFile): string {
  const [first] = sources;
  if (first === undefined) return '';
  return sources.length === 1
    ? printable(first.input)
    : `${printable(first.input)} and ${count(sources.length - 1)} more`;
}

function summaryText(report: ConvertReport): string {
  const { done, skipped, outDir, outputs } = report;
  const parts = skipped > 0 ? ` (${count(done)} now, ${count(skipped)} done already)` : '';
  // With files that an earlier run did, bytes and time do not belong together.
  const rate = skipped === 0 && report.elapsedSeconds > 0 ? `, ${speed(report.bytesIn / report.elapsedSeconds)}` : '';
  const rejects = join(outDir, report.manifest.replace('convert.json', 'rejects.jsonl'));
  const rows = facts([
    ['inputs', count(report.inputs)],
    ['outputs', `${count(outputs)}${parts}`],
    ['records', `${count(report.records)}, ${size(report.payloadBytes)}`],
    ['read', size(report.bytesIn)],
    ['written', `${size(report.bytesOut)} to ${printable(outDir)}`],
    ['time', `${duration(report.elapsedSeconds)}${rate}`],
    ['proof', report.proof],
    [
      'rejected',
      report.rejects === 0 ? undefined : `${counted(report.rejects, 'place')}, listed in ${printable(rejects)}`,
    ],
    ['notices', report.notices.length === 0 ? undefined : count(report.notices.length)],
    ['complete', report.complete ? undefined : 'no, other parts have files left'],
  ]);
  return `${rows}\n`;
}
