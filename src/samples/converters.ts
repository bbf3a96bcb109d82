/** The converters of files that name recordings: what pack() makes of a manifest, a CSV file or a folder. */

import type { Stop } from '../bytes.ts';
import { isInputs, isPath, isText, optional, readOptions, required, type Shape } from '../options.ts';
import { isRemote, joinUri, recordingUri } from '../storage/uri.ts';
import { Converter } from './converter.ts';
import type { HubConverterOptions, RowConverterOptions } from './converter-options.ts';

export type { HubConverterOptions, RowConverterOptions };

import { planHub } from './parquet/plan-hub.ts';
import { samplesOf } from './parquet/samples.ts';
import { plainSample } from './python.ts';
import { madeFields, madeWhy, type RowColumns } from './rows/columns.ts';
import { CsvRows } from './rows/csv.ts';
import { FolderRows } from './rows/folder.ts';
import { keptColumns } from './rows/kept-columns.ts';
import { ManifestRows } from './rows/manifest.ts';
import type { RowSource } from './rows/source.ts';
import type { Sample } from './sample.ts';

export interface FileConverterOptions extends RowConverterOptions {
  /** A path or URI of JSON Lines. */
  readonly manifest: string;
}

export interface CsvConverterOptions extends RowConverterOptions {
  /** A path or URI. */
  readonly csv: string;
}

export interface FolderConverterOptions extends RowConverterOptions {
  /** A path or URI. */
  readonly folder: string;
}

const rowShape = {
  audio: optional<string>('a folder or a URI', isPath),
  audioColumn: optional<string>('the name of a column', isText),
  textColumn: optional<string>('the name of a column', isText),
  keepColumns: optional<readonly string[]>('a list of columns', (v) => Array.isArray(v) && v.every(isText)),
} as const satisfies Shape;

const place = required('a path or a URI', isPath);
const noStop: Stop = { throwIfAborted() {} };

/** Samples of a JSON Lines manifest, as NeMo's: `audio_filepath`, `text`, and what else `keepColumns` names. pack() converts them in parallel. */
export class FileConverter extends Converter<undefined> {
  declare readonly options: FileConverterOptions & Converter['options'];

  /** @throws BowerbirdError USAGE */
  constructor(options: FileConverterOptions) {
    readOptions(options, { ...rowShape, manifest: place }, 'new FileConverter()');
    super({ ...options });
  }

  get converterName(): string {
    return 'manifest_file';
  }

  /** Each with the path or URI of its recording in `audio`. Rows that cannot be used are left out. */
  samples(): AsyncGenerator<Sample, void, void> {
    return samplesOfRows(this);
  }
}

/** Samples of a CSV file whose first row names the columns. pack() converts them in parallel. */
export class CsvConverter extends Converter<undefined> {
  declare readonly options: CsvConverterOptions & Converter['options'];

  /** @throws BowerbirdError USAGE */
  constructor(options: CsvConverterOptions) {
    readOptions(options, { ...rowShape, csv: place }, 'new CsvConverter()');
    super({ ...options });
  }

  get converterName(): string {
    return 'csv';
  }

  /** Each with the path or URI of its recording in `audio`. Rows that cannot be used are left out. */
  samples(): AsyncGenerator<Sample, void, void> {
    return samplesOfRows(this);
  }
}

/**
 * The recordings of a folder, with what metadata.csv or metadata.jsonl say of them, or labelled by the names of their folders. pack() converts them in
 * parallel.
 */
export class FolderConverter extends Converter<undefined> {
  declare readonly options: FolderConverterOptions & Converter['options'];

  /** @throws BowerbirdError USAGE */
  constructor(options: FolderConverterOptions) {
    readOptions(options, { ...rowShape, folder: place }, 'new FolderConverter()');
    super({ ...options });
  }

  get converterName(): string {
    return 'folder';
  }

  /** Each with the path or URI of its recording in `audio`. Rows that cannot be used are left out. */
  samples(): AsyncGenerator<Sample, void, void> {
    return samplesOfRows(this);
  }
}

/** pack() plans the rows of these itself. */
export type RowConverter = FileConverter | CsvConverter | FolderConverter;

/** Not one whose samples somebody makes otherwise. */
export function isRowConverter(converter: object): converter is RowConverter {
  return [FileConverter, CsvConverter, FolderConverter].some(
    (Class) => converter instanceof Class && converter.samples === Class.prototype.samples,
  );
}

export function inputOf(converter: RowConverter): string {
  if (converter instanceof FileConverter) return converter.options.manifest;
  return converter instanceof CsvConverter ? converter.options.csv : converter.options.folder;
}

/** `choices` in the place of the converter's own; `out`: where samples go. */
export function rowSourceOf(converter: RowConverter, choices: RowConverterOptions, out?: string): RowSource {
  const input = inputOf(converter);
  const columns = rowColumns(choices);
  if (converter instanceof FileConverter) return new ManifestRows(input, columns);
  if (converter instanceof CsvConverter) return new CsvRows(input, columns);
  // Whoever writes metadata.csv beside recordings means its columns.
  const all = choices.keepColumns === undefined ? { ...columns, keepColumns: 'all' as const } : columns;
  return new FolderRows(isRemote(input) ? joinUri(input, '') : input, all, out);
}

async function* samplesOfRows(converter: RowConverter): AsyncGenerator<Sample, void, void> {
  const source = rowSourceOf(converter, converter.options);
  const audio = converter.options.audio ?? source.audio;
  for await (const rows of source.rows(noStop)) {
    for (const { audio: path, fields, problem } of rows) {
      const { text = '', ...rest } = fields;
      const sample = { audio: recordingUri(audio, path), text, converter: converter.converterName, ...rest };
      if (problem === undefined) yield plainSample(sample as Sample);
    }
  }
}

const hubShape = {
  audioColumn: rowShape.audioColumn,
  textColumn: rowShape.textColumn,
  keepColumns: rowShape.keepColumns,
  dataset: required('OWNER/NAME, or Parquet files', isInputs),
  split: optional<string>('the name of a split', isText),
  config: optional<string>('the name of a configuration', isText),
  revision: optional<string>('a branch, tag or commit', isText),
} as const satisfies Shape;

/** Samples of a dataset of the Hugging Face Hub, or of other Parquet files: pack() reads their rows in parallel. */
export class HubConverter extends Converter<undefined> {
  declare readonly options: HubConverterOptions & Converter['options'];

  /** @throws BowerbirdError USAGE */
  constructor(options: HubConverterOptions) {
    readOptions(options, hubShape, 'new HubConverter()');
    super({ ...options });
  }

  get converterName(): string {
    return 'hf';
  }

  /** Each with the bytes of its recording in `audio`, or its path or URI. Rows without sound that can be read are left out. */
  async *samples(): AsyncGenerator<Sample, void, void> {
    const { files, root, plan } = await planHub(this.options, noStop);
    const ranges = plan.files.map(({ rows: count }, i) => ({ file: files[i]!, first: 0, count }));
    for await (const { audio, audioUri, problem, fields } of samplesOf(ranges, plan.columns, { root })) {
      const sound = audio ?? audioUri;
      const sample = { ...(sound === undefined ? {} : { audio: sound }), converter: this.converterName, ...fields };
      if (problem === undefined) yield plainSample(sample as Sample);
    }
  }
}

/** What the columns of rows are to mean. */
export function rowColumns({ audioColumn, textColumn, keepColumns }: RowConverterOptions): RowColumns {
  const columns = { audioColumn: audioColumn ?? null, textColumn: textColumn ?? null };
  if (keepColumns === undefined) return { ...columns, keepColumns: [] };
  if (keepColumns.length === 1 && keepColumns[0] === '*') return { ...columns, keepColumns: 'all' };
  return {
    ...columns,
    keepColumns: keptColumns(keepColumns, madeFields, madeWhy),
  };
}
