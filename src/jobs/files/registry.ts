/** Which module does the work on a file of which format: a format joins with one module and one line in each list. */

import { type FileFormat, findFormat } from '../../formats/file-format.ts';
import { openSource } from '../../storage/source.ts';
import type { InspectedFlac, VerifiedFlac } from './flac.ts';
import type { InspectedTfRecord, RepairedTfRecord, VerifiedTfRecord, VerifiedUnknown } from './tfrecord.ts';
import type { InspectedWav, VerifiedWav } from './wav.ts';
import type { FileWork } from './work.ts';

/** Told apart by `format`. */
export type InspectedFile = InspectedTfRecord | InspectedFlac | InspectedWav;
export type VerifiedFile = VerifiedTfRecord | VerifiedFlac | VerifiedWav | VerifiedUnknown;
export type RepairedFile = RepairedTfRecord;

export type AnyWork = FileWork<InspectedFile, VerifiedFile, RepairedFile>;

/** Loaded when the first such file comes. */
const modules: { readonly [F in FileFormat]: () => Promise<AnyWork> } = {
  tfrecord: () => import('./tfrecord.ts'),
  flac: () => import('./flac.ts'),
  wav: () => import('./wav.ts'),
};

/** What people call these formats, in messages. */
export const formatNames: { readonly [F in FileFormat]: string } = {
  tfrecord: 'a TFRecord file',
  flac: 'a FLAC recording',
  wav: 'a WAV recording',
};

export interface FoundWork {
  readonly format: FileFormat;
  readonly work: AnyWork;
}

export async function workFor(source: string): Promise<FoundWork> {
  const file = await openSource(source);
  const format = await findFormat(file).finally(() => file.close());
  return { format, work: await modules[format]() };
}
