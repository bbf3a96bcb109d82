/** Which rows there are and what becomes of their columns, from footers alone; where those do not say what is sound, from the first rows. */

import type { Stop } from '../../bytes.ts';
import { usage } from '../../options.ts';
import { shown } from '../../secrets.ts';
import { type LinkedInput, linkOf } from '../../storage/links.ts';
import { type ChosenColumns, type ColumnOptions, chooseColumns, type SampleColumns } from './columns.ts';
import { parquetError } from './faults.ts';
import { openParquet, type ParquetFile } from './parquet.ts';
import type { Field } from './schema.ts';

export interface ParquetInput extends LinkedInput {
  readonly size: number;
  readonly version: string;
}

/** Rows of one file. Plain JSON. */
export interface RowRange {
  readonly file: ParquetInput;
  readonly first: number;
  readonly count: number;
}

export interface PlannedFile extends ParquetInput {
  readonly rows: number;
  readonly rowGroups: number;
}

/** Plain JSON. */
export interface ParquetPlan {
  readonly files: readonly PlannedFile[];
  readonly rows: number;
  readonly columns: SampleColumns;
  /** Names of columns that are not kept. */
  readonly left: readonly string[];
  /** Sentences for people. */
  readonly notices: readonly string[];
}

/** Footers that are on their way at a time. */
const atOnce = 8;

/**
 * Throws BAD_SCHEMA where files differ in a column that is used, USAGE for columns that are not there, and what openParquet() throws. 0 rows
 * are no error here.
 */
export async function planParquet(
  inputs: readonly ParquetInput[],
  options: ColumnOptions & { readonly stop?: Stop | undefined } = {},
): Promise<ParquetPlan> {
  if (inputs.length === 0) throw usage('Cannot begin without Parquet files');
  const { first, chosen, forms } = await choice(inputs, options);
  const files: PlannedFile[] = [];
  const others = new Set<string>();
  for (let i = 0; i < inputs.length; i += atOnce) {
    options.stop?.throwIfAborted();
    const some = inputs.slice(i, i + atOnce).map((input) =>
      opened(input, options.stop, async (file) => {
        refuseOthers(file, forms, first);
        for (const { name } of file.columns) others.add(name);
        return { ...input, rows: file.rowCount, rowGroups: file.groups.length };
      }),
    );
    files.push(...(await allOrFirst(some)));
  }
  const { columns, left, notices } = chosen;
  const used = new Set([...forms.keys(), ...left]);
  const more = [...others].filter((name) => !used.has(name));
  return {
    files,
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    columns,
    left: [...left, ...more],
    notices: more.length === 0 ? notices : [...notices, notInAll(more, first)],
  };
}

/** Rows `first` to `first + count` over all files, in their order; fewer where there are no more. For samplesOf(). */
export function rangesOf(files: readonly PlannedFile[], first: number, count: number): RowRange[] {
  const ranges: RowRange[] = [];
  let begin = 0;
  for (const { rows, rowGroups: _, ...file } of files) {
    const [from, to] = [Math.max(first, begin), Math.min(first + count, begin + rows)];
    if (from < to) ranges.push({ file, first: from - begin, count: to - from });
    begin += rows;
  }
  return ranges;
}

/** By the first file that holds rows: without, nobody sees what is sound. */
async function choice(inputs: readonly ParquetInput[], options: ColumnOptions & { readonly stop?: Stop | undefined }) {
  for (const [i, input] of inputs.entries()) {
    const found = await opened(input, options.stop, async (file) => {
      if (file.rowCount === 0 && i < inputs.length - 1) return undefined;
      const chosen = await chooseColumns(file, options);
      return { first: input.uri, chosen, forms: formsOf(file, chosen) };
    });
    if (found !== undefined) return found;
  }
  throw new Error('The last file chooses.');
}

function notInAll(names: readonly string[], uri: string): string {
  return `Columns that are not in every file are left out: ${names.map((name) => `"${name}"`).join(', ')} (not in "${shown(uri)}")`;
}

async function opened<T>(
  input: ParquetInput,
  stop: Stop | undefined,
  use: (file: ParquetFile) => Promise<T>,
): Promise<T> {
  const { size, version } = input;
  const file = await openParquet(linkOf(input), { size, version, stop });
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** All have ended when one has failed: nothing reads on behind an error. */
async function allOrFirst<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(promises);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/** Of the columns that are used: what they hold, in words. */
function formsOf(file: ParquetFile, { columns }: ChosenColumns): ReadonlyMap<string, string> {
  const { audio, text, kept } = columns;
  const names = [audio?.name, text, ...kept.map(({ name }) => name)].filter((name) => typeof name === 'string');
  return new Map(names.map((name) => [name, formOf(file.columns.find((field) => field.name === name)!)]));
}

function refuseOthers(file: ParquetFile, forms: ReadonlyMap<string, string>, first: string): void {
  for (const [name, form] of forms) {
    const field = file.columns.find((each) => each.name === name);
    const found = field === undefined ? 'none' : formOf(field);
    if (found === form) continue;
    const what = `expected the columns of "${shown(first)}", where "${name}" is ${form}, found ${found}; pack them one by one`;
    throw parquetError('BAD_SCHEMA', file.uri, what);
  }
}

/** Whether a value may be missing is no difference. */
function formOf(field: Field): string {
  switch (field.kind) {
    case 'value': {
      const { type, type_length: length, converted_type: converted, logical_type: logical } = field.element;
      const kind = logical?.type ?? converted;
      return `${type}${length ? `(${length})` : ''}${kind === undefined ? '' : ` as ${kind === 'UTF8' ? 'STRING' : kind}`}`;
    }
    case 'struct':
      return `struct of ${field.fields.map((child) => `${child.name}: ${formOf(child)}`).join(', ')}`;
    case 'list':
      return `list of ${formOf(field.item)}`;
    case 'map':
      return `map of ${formOf(field.key)} to ${formOf(field.value)}`;
    default:
      return field satisfies never;
  }
}
