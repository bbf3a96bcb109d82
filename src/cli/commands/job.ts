/** What the commands of jobs have in common: how a run is followed and told, and the lines that every plan and summary has. */

import type { JobReport, Progress } from '../../index.ts';
import { count, duration, size, speed } from '../format.ts';
import { table } from '../layout.ts';
import type { Session } from '../session.ts';

/** Options of every job that are the session's, not the user's. */
export interface Following {
  readonly onNotice: (notice: string) => void;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

export interface Followed<R> {
  readonly report: R;
  /** By this run, whatever earlier ones did; undefined where nobody counted. */
  readonly bytesRead: number | undefined;
}

/** Runs a job with each notice told once, as it comes, or from the report. */
export async function follow<R extends JobReport & { readonly job: string }>(
  session: Session,
  run: (following: Following) => Promise<R>,
): Promise<Followed<R>> {
  const told = new Set<string>();
  const onNotice = (notice: string) => {
    if (!told.has(notice)) session.notice(notice);
    told.add(notice);
  };
  let last: Progress | undefined;
  const onProgress = (progress: Progress) => {
    last = progress;
    session.onProgress?.(progress);
  };
  const report = await run({ onNotice, signal: session.signal, onProgress });
  for (const notice of report.notices) onNotice(notice);
  return { report, bytesRead: last?.job === report.job ? last.bytes : undefined };
}

/** A row for each output, then `total`. */
export function planText(rows: readonly (readonly string[])[], align: string, total: string, skipped: number): string {
  const lines = rows.length > 0 ? `${table(rows, align)}\n` : '';
  const done = skipped > 0 ? `, ${count(skipped)} of them done already` : '';
  return `${lines}${total}${done}; nothing was written (--dry-run)\n`;
}

/** " (2 now, 3 done already)", or nothing where all was done now. */
export function partsText({ done, skipped }: JobReport): string {
  return skipped > 0 ? ` (${count(done)} now, ${count(skipped)} done already)` : '';
}

/** What this run read; absent where an earlier one has done it all. */
export function readText({ report, bytesRead }: Followed<JobReport>): string | undefined {
  const { done, skipped, bytesIn } = report;
  const read = readBytes({ report, bytesRead });
  if (skipped > 0) return done === 0 || read === undefined ? undefined : `${size(read)} now, of ${size(bytesIn)}`;
  return read === undefined || size(read) === size(bytesIn) ? size(bytesIn) : `${size(read)} of ${size(bytesIn)}`;
}

/** Of the inputs: what is read twice, such as footers, is counted once. Undefined where nobody counted. */
function readBytes({ report, bytesRead }: Followed<JobReport>): number | undefined {
  return bytesRead === undefined ? undefined : Math.min(bytesRead, report.bytesIn);
}

/** Of `place` are all outputs, also those that an earlier run made. */
export function writtenText({ done, skipped, bytesOut }: JobReport, place: string): string {
  if (skipped === 0) return `${size(bytesOut)} to ${place}`;
  if (done === 0) return `nothing; ${size(bytesOut)} are there, in ${place}`;
  return `${size(bytesOut)} to ${place}, with what an earlier run wrote`;
}

export function timeText(followed: Followed<JobReport>): string {
  const { skipped, elapsedSeconds, bytesIn } = followed.report;
  // What was read to find that files are done already says nothing of a speed.
  const rate =
    skipped === 0 && elapsedSeconds > 0 ? `, ${speed((readBytes(followed) ?? bytesIn) / elapsedSeconds)}` : '';
  return `${duration(elapsedSeconds)}${rate}`;
}

/** The row of what is left; absent when nothing is. */
export function completeRow({ complete }: JobReport, left: string): [string, string | undefined] {
  return ['complete', complete ? undefined : `no, ${left} left to other parts`];
}
