/** `bowerbird dataset card`: flags to DatasetCardOptions, DatasetCardReport to the card or a summary. */

import type { DatasetCardOptions, DatasetCardReport } from '../../index.ts';
import { exit } from '../failure.ts';
import { count, counted, duration, printable } from '../format.ts';
import { facts } from '../layout.ts';
import type { Call } from '../parse.ts';
import type { Outcome, Session } from '../session.ts';
import { fromEnvironment } from './dataset-options.ts';

export async function datasetCard({ values }: Call<'dataset card'>, session: Session): Promise<Outcome> {
  const { json: _json, quiet, ...typed } = values;
  const given = typed.out === undefined ? await fromEnvironment(session, typed, ['repo']) : {};
  const options: DatasetCardOptions = { ...given, ...typed };
  const report = await session.api.datasetCard({ ...options, signal: session.signal, onNotice: session.notice });
  // The card is what --dry-run asks for, so it is printed under --quiet too.
  if (report.dryRun) await session.print(report.readme.endsWith('\n') ? report.readme : `${report.readme}\n`);
  else if (!quiet) await session.print(summaryText(report));
  return { exitCode: exit.done, report };
}

function summaryText({
  place,
  files,
  rows,
  soundSeconds,
  rowsWithoutLength,
  changed,
  commit,
}: DatasetCardReport): string {
  const text = facts([
    ['files', count(files)],
    ['rows', count(rows)],
    [
      'sound',
      `${duration(soundSeconds)}${rowsWithoutLength > 0 ? `; ${counted(rowsWithoutLength, 'row')} of unknown length` : ''}`,
    ],
    [
      'written',
      changed.length === 0
        ? `nothing; the card of ${printable(place)} says all that`
        : `${changed.map(printable).join(', ')} in ${printable(place)}`,
    ],
    ['commit', commit],
  ]);
  return `${text}\n`;
}
