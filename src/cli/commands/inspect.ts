/** `bowerbird inspect`: a compact block a file. */

import { BowerbirdError, type SerializedError } from '../../errors.ts';
import type { InspectReport } from '../../index.ts';
import { exit, exitCodeOf } from '../failure.ts';
import { printable } from '../format.ts';
import type { Call } from '../parse.ts';
import type { Outcome, Session } from '../session.ts';
import { arrayRecordText } from './inspect-array-record.ts';
import { soundText } from './inspect-sound.ts';
import { tfRecordText } from './inspect-tfrecord.ts';

type Entry = InspectReport | { readonly source: string; readonly error: SerializedError };

/** One unreadable file of several is told and the others are shown; when all fail, so does the command. */
export async function inspect({ operands, values }: Call<'inspect'>, session: Session): Promise<Outcome> {
  const files: Entry[] = [];
  const failures: BowerbirdError[] = [];
  let shown = 0;
  for (const source of operands) {
    try {
      const report = await session.api.inspect(source, {
        ...(values.all && { all: true }),
        ...(values.limit !== undefined && { limit: values.limit }),
        signal: session.signal,
      });
      await session.print(`${shown++ > 0 ? '\n' : ''}${inspectText(report, session)}`);
      files.push(report);
    } catch (error) {
      if (!(error instanceof BowerbirdError) || session.signal.aborted || operands.length === 1) throw error;
      failures.push(error);
      // The last straw is told by whoever catches it.
      if (failures.length === operands.length) throw error;
      await session.failed(error);
      files.push({ source, error: error.toJSON() });
    }
  }
  return { exitCode: failures.length === 0 ? exit.done : exitCodeOf(failures[0]), report: { files } };
}

export function inspectText(report: InspectReport, { style, columns }: Pick<Session, 'style' | 'columns'>): string {
  return `${style.bold(printable(report.source))}\n${bodyText(report, columns)}`;
}

function bodyText(report: InspectReport, columns: number | undefined): string {
  switch (report.format) {
    case 'tfrecord':
      return tfRecordText(report, columns);
    case 'arrayrecord':
      return arrayRecordText(report, columns);
    case 'flac':
    case 'wav':
    case 'mp3':
    case 'ogg-vorbis':
    case 'opus':
      return soundText(report, columns);
    default:
      return report satisfies never;
  }
}
