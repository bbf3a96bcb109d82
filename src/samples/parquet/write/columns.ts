/** The columns of a file that is written: their Parquet schema, and what `datasets` is told of them. */

import { isWellFormed } from '../../../formats/python/text.ts';
import { show, usage } from '../../../options.ts';
import type { SchemaElement } from './library.ts';

export type ItemKind = 'string' | 'float32' | 'float64' | 'int64';
export type PlainKind = ItemKind | 'int32' | 'bool' | 'binary';

/** Every value may be null, and so may be those in a list. */
export interface ParquetColumn {
  readonly name: string;
  /** `audio`: a structure of `bytes`, an encoded recording, and `path`, a file name whose extension tells its format. */
  readonly kind: 'audio' | PlainKind | { readonly list: ItemKind };
  /** Of audio, in Hz: readers resample to it. Without it each recording keeps its own. */
  readonly samplingRate?: number | undefined;
}

/** Without the numbers of what is in them. */
type Element = Omit<SchemaElement, 'name' | 'repetition_type'>;

const elements: { readonly [kind in PlainKind]: Element } = {
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  binary: { type: 'BYTE_ARRAY' },
  float32: { type: 'FLOAT' },
  float64: { type: 'DOUBLE' },
  int32: { type: 'INT32' },
  int64: { type: 'INT64' },
  bool: { type: 'BOOLEAN' },
};

const listed: ReadonlySet<string> = new Set<ItemKind>(['string', 'float32', 'float64', 'int64']);

/** The names and the order in a list: https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists */
const listName = 'list';
const itemName = 'element';

/** REQUIRES: columns that {@link checkColumns} took. */
export function schemaElements(columns: readonly ParquetColumn[]): SchemaElement[] {
  const field = (name: string, element: Element): SchemaElement => ({ ...element, name, repetition_type: 'OPTIONAL' });
  const below = columns.flatMap(({ name, kind }): SchemaElement[] => {
    // `datasets` compares the type, and its own has the bytes first.
    if (kind === 'audio') {
      return [field(name, { num_children: 2 }), field('bytes', elements.binary), field('path', elements.string)];
    }
    if (typeof kind === 'string') return [field(name, elements[kind])];
    return [
      field(name, { num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } }),
      { name: listName, repetition_type: 'REPEATED', num_children: 1 },
      field(itemName, elements[kind.list]),
    ];
  });
  return [{ name: 'schema', num_children: columns.length }, ...below];
}

/** From the column to each of its values. */
export function leafPaths({ name, kind }: ParquetColumn): string[][] {
  if (kind === 'audio') {
    return [
      [name, 'bytes'],
      [name, 'path'],
    ];
  }
  return [typeof kind === 'string' ? [name] : [name, listName, itemName]];
}

/**
 * The value of the key "huggingface": by it `datasets` knows that a column is sound. It is believed of a column whose type is exactly that of the
 * feature. https://github.com/huggingface/datasets/blob/5.2.0/src/datasets/features/features.py
 */
export function huggingfaceMetadata(columns: readonly ParquetColumn[]): string {
  const features = Object.fromEntries(columns.map((column) => [column.name, featureOf(column)]));
  return JSON.stringify({ info: { features } });
}

function featureOf({ kind, samplingRate }: ParquetColumn): object {
  const value = (dtype: string) => ({ dtype, _type: 'Value' });
  if (kind === 'audio') {
    return samplingRate === undefined ? { _type: 'Audio' } : { sampling_rate: samplingRate, _type: 'Audio' };
  }
  return typeof kind === 'string' ? value(kind) : { feature: value(kind.list), _type: 'List' };
}

/** @throws BowerbirdError USAGE */
export function checkColumns(columns: readonly ParquetColumn[]): void {
  if (columns.length === 0) throw usage('Cannot write Parquet without a column: name one at least');
  const names = new Set<string>();
  for (const { name, kind, samplingRate } of columns) {
    const bad = (what: string) => usage(`Cannot write column ${show(name)}: ${what}`);
    if (name === '' || !isWellFormed(name)) throw bad('expected a name that UTF-8 can hold');
    // As a key of an object it would not be one.
    if (name === '__proto__') throw bad('no column can be called so here; choose another name');
    if (names.has(name)) throw bad('two columns are called so; names are used once');
    names.add(name);
    const item = typeof kind === 'string' ? kind : kind.list;
    const isKnown = kind === 'audio' || (typeof kind === 'string' ? Object.hasOwn(elements, item) : listed.has(item));
    if (!isKnown) throw bad(`there is no kind ${show(item)}${kind === item ? '' : ' of lists'}`);
    if (samplingRate === undefined) continue;
    if (kind !== 'audio') throw bad('only audio has a sampling rate');
    if (!Number.isSafeInteger(samplingRate) || samplingRate < 1) {
      throw bad(`its sampling rate is ${show(samplingRate)}, expected a whole number of Hz`);
    }
  }
}
