/** Rows as samples: the sound of each as bytes or as the place of a file, its text, and the columns that are kept. */

import type { Stop } from '../../bytes.ts';
import { linkOf } from '../../storage/links.ts';
import type { SampleValue } from '../sample.ts';
import { findAudio } from './audio-path.ts';
import type { AudioColumn, KeptColumn, SampleColumns } from './columns.ts';
import { openParquet, type ParquetRow } from './parquet.ts';
import type { RowRange } from './plan.ts';

export interface RowSample {
  /** In its file, from 0. */
  readonly row: number;
  readonly uri: string;
  /** An encoded file; borrows from a page of the Parquet file. */
  readonly audio: Uint8Array | undefined;
  /** As the row says it: for its ending, and for what the sample is called. */
  readonly audioPath: string | undefined;
  /** Where the sound is, of a row that holds no bytes. */
  readonly audioUri: string | undefined;
  /** Why the row has no sound that can be read, as the end of a sentence; undefined where it has, and where no column holds sound. */
  readonly problem: string | undefined;
  /** `text`, and the columns that are kept. */
  readonly fields: { readonly [field: string]: SampleValue };
}

export interface SamplesOptions {
  readonly stop?: Stop | undefined;
  /** Where the paths of a dataset begin: of a dataset on the Hub, its URI with the commit. Default: the folder of each file. */
  readonly root?: string | undefined;
}

/** In order. Throws as ParquetFile.rows() does; `record` of the error is the row. */
export async function* samplesOf(
  ranges: readonly RowRange[],
  columns: SampleColumns,
  { stop, root }: SamplesOptions = {},
): AsyncGenerator<RowSample, void, void> {
  const { audio, text, kept } = columns;
  const names = new Set(
    [audio?.name, text, ...kept.map(({ name }) => name)].filter((name) => typeof name === 'string'),
  );
  for (const { file: input, first, count } of ranges) {
    const { uri, size, version } = input;
    const file = await openParquet(linkOf(input), { size, version, stop });
    try {
      for await (const batch of file.rows({ first, count, columns: [...names] })) {
        for (const row of batch) {
          const sound = await soundOf(row, audio, uri, root);
          yield { row: row.row, uri, ...sound, fields: fieldsOf(row, text, kept) };
        }
      }
    } finally {
      await file.close();
    }
  }
}

type Sound = Pick<RowSample, 'audio' | 'audioPath' | 'audioUri' | 'problem'>;

const silent: Sound = { audio: undefined, audioPath: undefined, audioUri: undefined, problem: undefined };

async function soundOf(
  { values }: ParquetRow,
  column: AudioColumn | null,
  uri: string,
  root: string | undefined,
): Promise<Sound> {
  if (column === null) return silent;
  const value = values[column.name];
  const { bytes, path } = column.form === 'struct' ? membersOf(value) : { bytes: value, path: value };
  const audioPath = typeof path === 'string' ? path : undefined;
  if (bytes instanceof Uint8Array) {
    const problem = bytes.length === 0 ? `column "${column.name}" holds 0 bytes` : undefined;
    return { ...silent, audio: problem === undefined ? bytes : undefined, audioPath, problem };
  }
  if (audioPath === undefined) return { ...silent, problem: `column "${column.name}" is null` };
  const found = await findAudio(uri, audioPath, root);
  return 'uri' in found
    ? { ...silent, audioPath, audioUri: found.uri }
    : { ...silent, audioPath, problem: found.problem };
}

function membersOf(value: SampleValue | undefined): { readonly bytes?: unknown; readonly path?: unknown } {
  return typeof value === 'object' && value !== null ? (value as { bytes?: unknown; path?: unknown }) : {};
}

function fieldsOf({ values }: ParquetRow, text: string | null, kept: readonly KeptColumn[]): RowSample['fields'] {
  const fields: [string, SampleValue][] = [];
  if (text !== null) fields.push(['text', values[text]!]);
  for (const { name, classes } of kept) {
    const value = values[name]!;
    fields.push([name, value]);
    // -1 stands for "no label", of which there is no name.
    if (classes !== null) fields.push([`${name}_name`, typeof value === 'number' ? (classes[value] ?? null) : null]);
  }
  return Object.fromEntries(fields);
}
