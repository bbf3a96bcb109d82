/** Which cells of a row mean what: by the names in the header, by names that the user gives, or by position. */

import type { KeptColumn } from '../../formats/cells.ts';
import { named, usage } from '../../options.ts';

export interface Columns {
  readonly label: number;
  readonly path: number;
  readonly kept: readonly (KeptColumn & { readonly index: number })[];
}

export interface ColumnChoices {
  /** A name, in any case, or a number counted from 0; null: found by its usual names, else by position. */
  readonly labelColumn: string | null;
  readonly pathColumn: string | null;
  readonly keepColumns: readonly KeptColumn[];
  /** Whether the first row is a header; "auto": found by what it says. */
  readonly header: 'auto' | 'yes' | 'no';
}

/** From the likeliest on; in the header "_" and "-" count as spaces. */
const labelNames = ['label', 'labels', 'class', 'category', 'target'];
const pathNames = ['blob name', 'blob', 'path', 'file', 'filename', 'file name', 'file path', 'audio', 'uri', 'url'];

/** `first` is the header, or the first row of a file that has none. */
export function findColumns(
  first: readonly string[],
  source: string,
  choices: ColumnChoices,
  hasHeader = true,
): Columns {
  if (first.length < 2) {
    throw usage(
      `Cannot take labels from "${source}": expected two columns or more, found ${first.length}; ` +
        `if its columns are separated by something unusual, say by what with ${named('delimiter')}`,
    );
  }
  const names = hasHeader ? first.map(normalized) : [];
  const asked = (option: string, column: string | null) =>
    column === null ? undefined : askedColumn(names, first, column, option, source);
  const usual = (known: readonly string[]) => known.map((name) => names.indexOf(name)).find((index) => index >= 0);
  const label = asked('labelColumn', choices.labelColumn) ?? usual(labelNames);
  const path = asked('pathColumn', choices.pathColumn) ?? usual(pathNames);
  const columns = byPosition(label, path);
  if (columns.label === columns.path) {
    throw usage(`Cannot take label and path of "${source}" from the same column, "${first[columns.label]}"`);
  }
  const kept = choices.keepColumns.map((column) => {
    const index = askedColumn(names, first, column.name, 'keepColumns', source);
    return { ...column, index };
  });
  return { ...columns, kept };
}

/** Is it a header for sure: are there a column that the user names, or the usual names of both? */
export function namesColumns(first: readonly string[], choices: ColumnChoices): boolean {
  const names = first.map(normalized);
  const { labelColumn, pathColumn, keepColumns } = choices;
  const asked = [labelColumn, pathColumn, ...keepColumns.map(({ name }) => name)];
  const has = (known: readonly string[]) => known.some((name) => names.includes(name));
  // A number that is asked for counts columns; that one stands in a cell says nothing.
  const isNamed = (name: string | null) => name !== null && !/^\d+$/.test(name) && names.includes(normalized(name));
  return asked.some(isNamed) || (has(labelNames) && has(pathNames));
}

/** The label stands first and the path second, unless one of them is known to be elsewhere. */
function byPosition(label: number | undefined, path: number | undefined): Pick<Columns, 'label' | 'path'> {
  if (label === undefined) return { label: path === 0 ? 1 : 0, path: path ?? 1 };
  return { label, path: path ?? (label === 1 ? 0 : 1) };
}

function askedColumn(
  names: readonly string[],
  first: readonly string[],
  column: string,
  option: string,
  source: string,
): number {
  const index = names.indexOf(normalized(column));
  if (index >= 0) return index;
  if (/^\d+$/.test(column) && Number(column) < first.length) return Number(column);
  const there =
    names.length === 0 ? `${first.length} columns without names` : first.map((name) => `"${name}"`).join(', ');
  throw usage(
    `Cannot find column "${column}" (${named(option)}) in "${source}": it has ${there}; a number counts from 0`,
  );
}

function normalized(name: string): string {
  return name.trim().toLowerCase().replaceAll(/[_-]/g, ' ');
}
