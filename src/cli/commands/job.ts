/** What the commands of jobs have in common: how a run is followed and told, and the lines that every plan and summary has. */

import type { JobReport, Progress } from '../../index.ts';
import { count, duration, size, speed } from '../format.ts';
import { table } from '../layout.ts';
import type { Session } from '../session.ts';

/** Options of every job that are the session's, not the user's. */
export interface Following {
  readonly onNotice: (notice: string) => void;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Runs a job with each notice told once, as it comes, or from the report. */
export async function follow<R extends JobReport>(
  session: Session,
  run: (following: Following) => Promise<R>,
): Promise<R> {
  const told = new Set<string>();
  const onNotice = (notice: string) => {
    if (!told.has(notice)) session.notice(notice);
    told.add(notice);
  };
  const { signal, onProgress } = session;
  const report = await run({ onNotice, signal, ...(onProgress && { onProgress }) });
  for (const notice of report.notices) onNotice(notice);
  return report;
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

/** Absent where an earlier run has done it all. */
export function readText({ done, skipped, bytesIn }: JobReport): string | undefined {
  return done === 0 && skipped > 0 ? undefined : size(bytesIn);
}

export function timeText({ skipped, elapsedSeconds, bytesIn }: JobReport): string {
  // With files that an earlier run did, bytes and time do not belong together.
  const rate = skipped === 0 && elapsedSeconds > 0 ? `, ${speed(bytesIn / elapsedSeconds)}` : '';
  return `${duration(elapsedSeconds)}${rate}`;
}

/** The row of what is left; absent when nothing is. */
export function completeRow({ complete }: JobReport, left: string): [string, string | undefined] {
  return ['complete', complete ? undefined : `no, ${left} left to other parts`];
}
