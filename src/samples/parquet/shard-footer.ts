/** One footer of a file under any URI, for whoever wants to know what a dataset holds and none of its rows. */

import type { Stop } from '../../bytes.ts';
import { openSource } from '../../storage/source.ts';
import { parquetError } from './faults.ts';
import { readFooter } from './footer.ts';
import type { Field, Leaf } from './schema.ts';
import { readFacts, type ShardFacts } from './write/shard-facts.ts';

export interface ShardFooter {
  /** Of the file. */
  readonly bytes: number;
  readonly rows: number;
  /** `type` in the words of Arrow: "struct<bytes: binary, path: string>". */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly keyValues: ReadonlyMap<string, string>;
  /** Of files that the dataset builder made. */
  readonly facts?: ShardFacts;
  /** `bytes`: of its pages, as they stand in the file. */
  readonly groups: readonly { readonly rows: number; readonly bytes: number }[];
}

export interface ShardFooterOptions {
  /** What a listing told: with both, nothing is asked but the end of the file, and another size or version is an error. */
  readonly version?: string | undefined;
  readonly size?: number | undefined;
  readonly stop?: Stop | undefined;
}

/**
 * A path, or a URI of any storage. One request where the footer takes up to 64 KiB, else two; one more where size and version are not known.
 *
 * @throws BowerbirdError NOT_FOUND, UNSUPPORTED (no Parquet), CORRUPT, TRUNCATED, IO, ACCESS
 */
export async function readShardFooter(uri: string, options: ShardFooterOptions = {}): Promise<ShardFooter> {
  const { size } = options;
  const source = await openSource(uri, options);
  try {
    if (size !== undefined && source.byteLength !== size) {
      throw parquetError('IO', uri, `it is ${source.byteLength} bytes long, and was listed with ${size}`);
    }
    const { rows, schema, keyValues, groups } = await readFooter(source, uri);
    const facts = readFacts(keyValues);
    return {
      bytes: source.byteLength,
      rows,
      columns: schema.columns.map((field) => ({ name: field.name, type: typeText(field) })),
      keyValues,
      // What contradicts the file is not about it.
      ...(facts === undefined || facts.rows !== rows ? {} : { facts }),
      groups: groups.map((group) => ({
        rows: group.rows,
        bytes: group.chunks.reduce((sum, { from, to }) => sum + to - from, 0),
      })),
    };
  } finally {
    await source.close();
  }
}

/** The type of a column in the words of Arrow, as far as Parquet tells it. */
export function typeText(field: Field): string {
  switch (field.kind) {
    case 'value':
      return leafText(field);
    case 'struct':
      return `struct<${field.fields.map((each) => `${each.name}: ${typeText(each)}`).join(', ')}>`;
    case 'list':
      return `list<${typeText(field.item)}>`;
    case 'map':
      return `map<${typeText(field.key)}, ${typeText(field.value)}>`;
    default:
      return field satisfies never;
  }
}

const physical: { readonly [type: string]: string } = {
  BOOLEAN: 'bool',
  INT32: 'int32',
  INT64: 'int64',
  INT96: 'timestamp[ns]',
  FLOAT: 'float',
  DOUBLE: 'double',
  BYTE_ARRAY: 'binary',
};

function leafText({ element }: Leaf): string {
  const { type = '', converted_type: converted, logical_type: logical, type_length: length } = element;
  if (converted === 'UTF8' || logical?.type === 'STRING') return 'string';
  const plain = type === 'FIXED_LEN_BYTE_ARRAY' ? `fixed_size_binary[${length}]` : (physical[type] ?? type);
  const kind = converted ?? logical?.type;
  return kind === undefined ? plain : `${plain} (${kind})`;
}
