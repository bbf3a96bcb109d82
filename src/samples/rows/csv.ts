/** The rows of a CSV file whose first row names the columns. */

import type { Stop } from '../../bytes.ts';
import { type CsvRow, csvRows, dialectBytes, sniffCsv } from '../../formats/csv.ts';
import type { PythonValue } from '../../formats/npy/python-json.ts';
import { usage } from '../../options.ts';
import { blocksOf } from '../../storage/local/local.ts';
import { openSource } from '../../storage/source.ts';
import { folderOf, isRemote, joinUri, shown } from '../../storage/uri.ts';
import { type FoundColumns, findRowColumns, keptValue, type RowColumns } from './columns.ts';
import { noFindings, notKept, type RowFindings, type RowSource, type SourceRow } from './source.ts';

interface Header {
  readonly columns: FoundColumns;
  readonly names: readonly string[];
}

export class CsvRows implements RowSource {
  readonly name: string;
  readonly audio: string;
  readonly converter = 'csv';
  readonly #uri: string;
  readonly #choices: RowColumns;
  #header: Header | undefined;
  #rows = 0;

  constructor(uri: string, choices: RowColumns) {
    this.#uri = uri;
    this.name = shown(uri);
    this.audio = isRemote(uri) ? joinUri(folderOf(uri), '') : folderOf(uri);
    this.#choices = choices;
  }

  async *rows(stop: Stop): AsyncGenerator<readonly SourceRow[], void, void> {
    const csv = await openSource(this.#uri, { stop });
    try {
      const { dialect, start } = sniffCsv(await csv.read(0, dialectBytes), csv.name);
      for await (const batch of csvRows(blocksOf(csv, stop, start.offset), csv.name, dialect, start)) {
        const found = batch.flatMap((row) => this.#take(row) ?? []);
        if (found.length > 0) yield found;
      }
    } finally {
      await csv.close();
    }
    if (this.#header === undefined) throw usage(`Cannot use "${this.name}": it has no row that names the columns`);
  }

  findings(): RowFindings {
    const left = this.#header?.columns.left ?? [];
    const notices = left.length === 0 ? [] : [notKept(this.name, left)];
    return { ...noFindings, left, notices };
  }

  #take({ cells, line }: CsvRow): SourceRow | undefined {
    if (this.#header === undefined) {
      this.#header = { columns: findRowColumns(cells, this.#choices, this.name), names: cells };
      return undefined;
    }
    const { columns, names } = this.#header;
    const cellOf = (name: string) => cells[names.indexOf(name)] ?? '';
    const fields: [string, PythonValue][] = [['text', columns.text === undefined ? '' : cellOf(columns.text)]];
    let problem = cells.some((cell) => cell.includes('\ufffd')) ? 'The row is not UTF-8' : undefined;
    for (const column of columns.kept) {
      const made = keptValue(cellOf(column.name), column);
      if (typeof made === 'string') problem ??= made;
      else fields.push([column.name, made.value]);
    }
    // Most often text with a comma and without quotes.
    if (cells.slice(names.length).some((cell) => cell !== '')) {
      problem ??= `The row has ${cells.length} cells, and ${names.length} columns have a name`;
    }
    const audio = cellOf(columns.audio);
    if (audio === '') problem ??= `The row has nothing in "${columns.audio}"`;
    return {
      row: this.#rows++,
      line,
      audio,
      fields: Object.fromEntries(fields),
      ...(problem === undefined ? {} : { problem }),
    };
  }
}
