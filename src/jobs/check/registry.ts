/** Which module does the work on a file of which format: a format joins with one module and one line in each list. */

import type { SerializedError } from '../../errors.ts';
import { type FileFormat, recognise } from '../../formats/file-format.ts';
import { openSource } from '../../storage/source.ts';
import type { InspectedArrayRecord, RepairedArrayRecord, VerifiedArrayRecord } from './array-record.ts';
import type { InspectedDataset } from './dataset-inspect.ts';
import type { VerifiedDataset } from './dataset-verify.ts';
import type { InspectedFlac, VerifiedFlac } from './flac.ts';
import type { InspectedLmdb, VerifiedLmdb } from './lmdb.ts';
import type { InspectedLossy, VerifiedLossy } from './lossy.ts';
import type { InspectedParquet, VerifiedCard, VerifiedParquet } from './parquet/types.ts';
import type { InspectedTfRecord, RepairedTfRecord, VerifiedTfRecord, VerifiedUnknown } from './tfrecord.ts';
import type { InspectedWav, VerifiedWav } from './wav.ts';
import type { FileWork } from './work.ts';

/** Told apart by `format`. */
export type InspectedFile =
  | InspectedTfRecord
  | InspectedArrayRecord
  | InspectedLmdb
  | InspectedDataset
  | InspectedParquet
  | InspectedFlac
  | InspectedWav
  | InspectedLossy;
export type VerifiedFile =
  | VerifiedTfRecord
  | VerifiedArrayRecord
  | VerifiedLmdb
  | VerifiedDataset
  | VerifiedParquet
  | VerifiedCard
  | VerifiedFlac
  | VerifiedWav
  | VerifiedLossy
  | VerifiedUnknown;
export type RepairedFile = RepairedTfRecord | RepairedArrayRecord;

/** What could not be read at all, beside others that could. */
export interface UnreadableFile {
  readonly source: string;
  readonly format: 'unknown';
  readonly error: SerializedError;
}

export type AnyWork = FileWork<InspectedFile, VerifiedFile, RepairedFile>;

/** Loaded when the first such file comes. */
const modules: { readonly [F in FileFormat]: () => Promise<AnyWork> } = {
  tfrecord: () => import('./tfrecord.ts'),
  arrayrecord: () => import('./array-record.ts'),
  lmdb: () => import('./lmdb.ts'),
  parquet: () => import('./parquet/parquet.ts'),
  flac: () => import('./flac.ts'),
  wav: () => import('./wav.ts'),
  mp3: async () => (await import('./lossy.ts')).lossyWork('mp3'),
  'ogg-vorbis': async () => (await import('./lossy.ts')).lossyWork('ogg-vorbis'),
  opus: async () => (await import('./lossy.ts')).lossyWork('opus'),
};

/** What people call these formats, in messages. */
const formatNames: { readonly [F in FileFormat]: string } = {
  tfrecord: 'a TFRecord file',
  arrayrecord: 'an ArrayRecord file',
  lmdb: 'an LMDB file',
  parquet: 'a Parquet file',
  flac: 'a FLAC recording',
  wav: 'a WAV recording',
  mp3: 'an MP3 recording',
  'ogg-vorbis': 'an Ogg Vorbis recording',
  opus: 'an Opus recording',
};

export interface FoundWork {
  /** What the file is, in words that end a sentence. */
  readonly what: string;
  readonly work: AnyWork;
}

/** Of what can be repaired, in messages. */
export const repairable = `${formatNames.tfrecord} or ${formatNames.arrayrecord}`;

export async function workFor(source: string): Promise<FoundWork> {
  const file = await openSource(source);
  const found = await recognise(file).finally(() => file.close());
  if (found.format !== 'unknown') return { what: formatNames[found.format], work: await modules[found.format]() };
  const { unknownWork } = await import('./unknown.ts');
  return { what: found.what, work: unknownWork(found.what, found.mayHoldRecords) };
}
