/** `bowerbird verify`: every damaged range as a line, what is odd about a file as another, then a verdict. */

import type { VerifiedFile, VerifyReport } from '../../index.ts';
import { exit } from '../failure.ts';
import { count, counted, duration, printable, size, speed } from '../format.ts';
import type { Call } from '../parse.ts';
import type { Outcome, Session } from '../session.ts';
import type { Style } from '../style.ts';
import { damageText } from './damage.ts';

export async function verify({ operands, values }: Call<'verify'>, session: Session): Promise<Outcome> {
  const report = await session.api.verify({
    inputs: operands,
    ...(values.proof && { proof: true }),
    ...(values.check !== undefined && { check: values.check }),
    ...(values.viewer && { viewer: true }),
    ...(values.workers !== undefined && { workers: values.workers }),
    onNotice: session.notice,
    signal: session.signal,
    ...(session.onProgress && { onProgress: session.onProgress }),
  });
  // Damage is what was asked for, so --quiet leaves out only notes and the verdict.
  const lines = report.files.flatMap((file) => [
    ...fileLines(file, session.style),
    ...(values.quiet ? [] : noteLines(file)),
  ]);
  if (!values.quiet) lines.push(verdict(report, session.style));
  if (values.proof) lines.push(proofLine(report));
  if (lines.length > 0) await session.print(`${lines.join('\n')}\n`);
  return { exitCode: exitCode(report), report };
}

/** The last line, so that a script finds it. */
function proofLine({ proof }: VerifyReport): string {
  return proof === undefined ? 'proof: none, since not every file holds records' : `proof: ${proof}`;
}

/** A file that could not be opened was not found damaged: that is a failure of the run, as far as nothing worse was found. */
function exitCode(report: VerifyReport): number {
  if (report.ok) return exit.done;
  const bad = report.files.filter((file) => !file.ok);
  return bad.length > 0 && bad.every(isUnreadable) ? exit.failed : exit.damage;
}

function isUnreadable(file: VerifiedFile): boolean {
  const { error } = file;
  if (error === undefined || file.damaged.length > 0) return false;
  return error.code !== 'CORRUPT_RECORD' && error.code !== 'CORRUPT' && error.code !== 'TRUNCATED';
}

function fileLines(file: VerifiedFile, style: Style): string[] {
  const source = printable(file.source);
  const lines = file.damaged.map((range) => `${source}: ${style.bad('damaged')}: ${damageText(range)}`);
  if (file.error !== undefined) {
    const word = isUnreadable(file) ? 'unreadable' : 'damaged';
    lines.push(`${source}: ${style.bad(word)}: ${printable(file.error.message)} (${file.error.code})`);
  }
  return lines;
}

/** One line a file: an archive may have the same oddities in each of a million. */
function noteLines(file: VerifiedFile): string[] {
  if (!('notes' in file) || file.notes.length === 0) return [];
  const texts = file.notes.map(({ fault, reason }) => `${printable(reason)} (${fault})`);
  return [`${printable(file.source)}: noted: ${texts.join('; ')}`];
}

/** What the files hold, as far as it is intact: records, sound or both. */
function contents({ files, records, soundSeconds }: VerifyReport): string[] {
  const sounding = files.some((file) => 'durationSeconds' in file);
  return [
    ...(records > 0 || !sounding ? [counted(records, 'intact record')] : []),
    ...(sounding ? [`${duration(soundSeconds)} of sound`] : []),
  ];
}

export function verdict(report: VerifyReport, style: Style): string {
  const rate = report.elapsedSeconds > 0 ? [speed(report.bytes / report.elapsedSeconds)] : [];
  const read = `${size(report.bytes)} in ${duration(report.elapsedSeconds)}`;
  const work = [counted(report.inputs, 'file'), ...contents(report), read, ...rate].join(', ');
  if (report.ok) return `${work}: ${style.good('all intact')}`;
  const bad = report.files.filter((file) => !file.ok);
  const unreadable = bad.filter(isUnreadable).length;
  // Of an LMDB file not all are listed.
  const ranges = bad.reduce((sum, file) => sum + ('faults' in file ? file.faults : file.damaged.length), 0);
  const parts = [
    ...(bad.length > unreadable
      ? [`${counted(bad.length - unreadable, 'file')} damaged in ${counted(ranges, 'place')}`]
      : []),
    ...(unreadable > 0 ? [`${count(unreadable)} unreadable`] : []),
  ];
  return `${work}: ${style.bad(parts.join(', '))}`;
}
