/** `bowerbird inspect`: a compact block a file. */

import type { InspectedFile } from '../../index.ts';
import { printable } from '../format.ts';
import type { Call } from '../parse.ts';
import type { Outcome, Session } from '../session.ts';
import { arrayRecordText } from './inspect-array-record.ts';
import { datasetText } from './inspect-dataset.ts';
import { lmdbText } from './inspect-lmdb.ts';
import { parquetText } from './inspect-parquet.ts';
import { soundText } from './inspect-sound.ts';
import { tfRecordText } from './inspect-tfrecord.ts';
import { asError, exitCodeFor } from './unreadable.ts';

/** One unreadable file of several is told and the others are shown; when all fail, so does the command. */
export async function inspect({ operands, values }: Call<'inspect'>, session: Session): Promise<Outcome> {
  let shown = 0;
  const report = await session.api.inspect({
    inputs: operands,
    ...(values.all && { all: true }),
    ...(values.limit !== undefined && { limit: values.limit }),
    async onFile(file) {
      if (file.format === 'unknown') await session.failed(asError(file));
      else await session.print(`${shown++ > 0 ? '\n' : ''}${inspectText(file, session)}`);
    },
    onNotice: session.notice,
    signal: session.signal,
  });
  return { exitCode: exitCodeFor(report.files), report };
}

export function inspectText(file: InspectedFile, { style, columns }: Pick<Session, 'style' | 'columns'>): string {
  return `${style.bold(printable(file.source))}\n${bodyText(file, columns)}`;
}

function bodyText(report: InspectedFile, columns: number | undefined): string {
  switch (report.format) {
    case 'tfrecord':
      return tfRecordText(report, columns);
    case 'arrayrecord':
      return arrayRecordText(report, columns);
    case 'dataset':
      return datasetText(report, columns);
    case 'parquet':
      return parquetText(report, columns);
    case 'lmdb':
      return lmdbText(report, columns);
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
