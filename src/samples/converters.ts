/** The converters of files that name recordings: what pack() makes of a manifest, a CSV file or a folder. */

import type { Stop } from '../bytes.ts';
import { isPath, isText, optional, readOptions, required, type Shape } from '../options.ts';
import { isRemote, joinUri, recordingUri } from '../storage/uri.ts';
import { Converter } from './converter.ts';
import { madeFields, type RowColumns } from './rows/columns.ts';
import { CsvRows } from './rows/csv.ts';
import { FolderRows } from './rows/folder.ts';
import { keptColumns } from './rows/kept-columns.ts';
import { ManifestRows } from './rows/manifest.ts';
import type { RowSource } from './rows/source.ts';
import { plainSample } from './python.ts';
import type { Sample } from './sample.ts';

export interface RowConverterOptions {
  /** Where the paths of rows begin. Default: the folder of the file. */
  readonly audio?: string;
  /** Default: found by the names that such columns have. */
  readonly audioColumn?: string;
  readonly textColumn?: string;
  /** Further columns that become fields, as "speaker", "year:int", "score:float"; ["*"]: all. */
  readonly keepColumns?: readonly string[];
}

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

/** One of the three below: pack() plans its rows itself, and converts them in parallel. */
export abstract class RowConverter extends Converter<undefined> {
  abstract readonly input: string;
  readonly choices: RowConverterOptions;

  constructor(options: object, choices: RowConverterOptions) {
    super({ ...options });
    this.choices = choices;
  }

  abstract rowSource(columns: RowColumns): RowSource;

  /** Each with the path or URI of its recording in `audio`. Rows that cannot be used are left out. */
  async *samples(): AsyncGenerator<Sample, void, void> {
    const source = this.rowSource(rowColumns(this.choices));
    const audio = this.choices.audio ?? source.audio;
    for await (const rows of source.rows(noStop)) {
      for (const { audio: path, fields, problem } of rows) {
        const { text = '', ...rest } = fields;
        const sample = { audio: recordingUri(audio, path), text, converter: this.converterName, ...rest };
        if (problem === undefined) yield plainSample(sample as Sample);
      }
    }
  }
}

/** Samples of a JSON Lines manifest, as NeMo's: `audio_filepath`, `text`, and what else `keepColumns` names. */
export class FileConverter extends RowConverter {
  readonly input: string;

  constructor(options: FileConverterOptions) {
    const { manifest, ...choices } = readOptions(options, { ...rowShape, manifest: place }, 'new FileConverter()');
    super(options, given(choices));
    this.input = manifest;
  }

  get converterName() {
    return 'manifest_file';
  }

  rowSource(columns: RowColumns): RowSource {
    return new ManifestRows(this.input, columns);
  }
}

/** Samples of a CSV file whose first row names the columns. */
export class CsvConverter extends RowConverter {
  readonly input: string;

  constructor(options: CsvConverterOptions) {
    const { csv, ...choices } = readOptions(options, { ...rowShape, csv: place }, 'new CsvConverter()');
    super(options, given(choices));
    this.input = csv;
  }

  get converterName() {
    return 'csv';
  }

  rowSource(columns: RowColumns): RowSource {
    return new CsvRows(this.input, columns);
  }
}

/** The recordings of a folder, with what metadata.csv or metadata.jsonl say of them, or labelled by the names of their folders. */
export class FolderConverter extends RowConverter {
  readonly input: string;

  constructor(options: FolderConverterOptions) {
    const { folder, ...choices } = readOptions(options, { ...rowShape, folder: place }, 'new FolderConverter()');
    super(options, given(choices));
    this.input = folder;
  }

  get converterName() {
    return 'folder';
  }

  rowSource(columns: RowColumns): RowSource {
    // Whoever writes metadata.csv beside recordings means its columns.
    const all = this.choices.keepColumns === undefined ? { ...columns, keepColumns: 'all' as const } : columns;
    return new FolderRows(isRemote(this.input) ? joinUri(this.input, '') : this.input, all);
  }
}

function given(choices: { readonly [name: string]: unknown }): RowConverterOptions {
  return Object.fromEntries(Object.entries(choices).filter(([, value]) => value !== undefined));
}

/** What the columns of rows are to mean. */
export function rowColumns({ audioColumn, textColumn, keepColumns }: RowConverterOptions): RowColumns {
  const columns = { audioColumn: audioColumn ?? null, textColumn: textColumn ?? null };
  if (keepColumns === undefined) return { ...columns, keepColumns: [] };
  if (keepColumns.length === 1 && keepColumns[0] === '*') return { ...columns, keepColumns: 'all' };
  return { ...columns, keepColumns: keptColumns(keepColumns, madeFields, 'the field of that name is made by pack itself') };
}
