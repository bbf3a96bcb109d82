/**
 * Whether the fields of a footer are of the types that the format gives them: readers take a field of another type for one that is not there.
 * https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */

import type { ParquetFindings } from './findings.ts';

type Kind = 'int' | 'long' | 'bytes' | 'flag' | 'list' | 'struct';

interface Struct {
  readonly [field: string]: unknown;
}

/** By their numbers, from 1; undefined where the format has none. */
type Fields = readonly (Kind | undefined)[];

const schemaElement: Fields = ['int', 'int', 'int', 'bytes', 'int', 'int', 'int', 'int', 'int', 'struct'];
const columnChunk: Fields = ['bytes', 'long', 'struct', 'long', 'int', 'long', 'int', 'struct', 'bytes'];
const columnMetaData: Fields = [
  ...(['int', 'list', 'list', 'int', 'long', 'long', 'long', 'list', 'long'] as const),
  ...(['long', 'long', 'struct', 'list', 'long', 'int', 'struct', 'struct'] as const),
];
const rowGroup: Fields = ['list', 'long', 'long', 'list', 'long', 'long', 'int'];
const fileMetaData: Fields = ['int', 'list', 'long', 'list', 'list', 'bytes', 'list', 'struct', 'bytes'];

/** INTERVAL. Newer types have no number here. */
const lastConverted = 21;

/** `file`: as the library reads Thrift. */
export function checkTypes(file: Struct, findings: ParquetFindings): void {
  const check = (struct: Struct, fields: Fields, what: string) => {
    for (const [key, value] of Object.entries(struct)) {
      const number = Number(key.slice('field_'.length));
      const expected = fields[number - 1];
      if (number < 1) findings.add('footer', `A field of ${what} has the number ${number}, which cannot be`);
      else if (expected === undefined) findings.note('not-decoded', `Field ${number} of ${what} is not known here`);
      else if (expected !== kindOf(value)) {
        findings.add('footer', `Field ${number} of ${what} is of another type than the format says`);
      }
    }
  };
  check(file, fileMetaData, 'FileMetaData');
  for (const element of structs(file['field_2'])) {
    check(element, schemaElement, 'SchemaElement');
    const converted = element['field_6'];
    if (typeof converted === 'number' && !(converted >= 0 && converted <= lastConverted)) {
      findings.note('not-decoded', `The converted type ${converted} is not known here`);
    }
  }
  for (const group of structs(file['field_4'])) {
    check(group, rowGroup, 'RowGroup');
    for (const chunk of structs(group['field_1'])) {
      check(chunk, columnChunk, 'ColumnChunk');
      if (kindOf(chunk['field_3']) === 'struct') check(chunk['field_3'] as Struct, columnMetaData, 'ColumnMetaData');
    }
  }
}

function kindOf(value: unknown): Kind | undefined {
  switch (typeof value) {
    case 'number':
      return 'int';
    case 'bigint':
      return 'long';
    case 'boolean':
      return 'flag';
    default:
      return value instanceof Uint8Array ? 'bytes' : Array.isArray(value) ? 'list' : 'struct';
  }
}

function structs(value: unknown): readonly Struct[] {
  return (Array.isArray(value) ? value : []).filter((item) => kindOf(item) === 'struct') as Struct[];
}
