/** Which column of a Parquet file takes the values of a field, and the values as that column has them. */

import { BowerbirdError } from '../../../errors.ts';
import type { PythonValue } from '../../../formats/npy/python-json.ts';
import {
  NumpyArray,
  NumpyScalar,
  PythonBytearray,
  type PythonData,
  PythonFloat,
  PythonTuple,
} from '../../../formats/python/values.ts';
import type { ChunkColumn } from '../chunk-source.ts';

export type FieldKind = Exclude<ChunkColumn['kind'], 'audio'>;
export type FieldValue = PythonData | PythonValue;

type Plain = 'none' | 'bool' | 'int64' | 'float32' | 'float64' | 'string' | 'binary';
type Item = 'none' | 'int64' | 'float32' | 'float64' | 'string';
/** "none": nothing is known yet. "other": no column takes it. */
export type Seen = Plain | `list of ${Item}` | 'other';

const items: ReadonlySet<string> = new Set<Item>(['none', 'int64', 'float32', 'float64', 'string']);
/** Of NumPy's names. float16 is a part of float32. */
const dtypes: { readonly [dtype: string]: Plain } = {
  bool: 'bool',
  str: 'string',
  bytes: 'binary',
  float16: 'float32',
  float32: 'float32',
  float64: 'float64',
  ...Object.fromEntries(
    ['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64'].map((name) => [name, 'int64']),
  ),
};

export function kindOf(value: FieldValue | undefined): Seen {
  if (value === null || value === undefined) return 'none';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int64';
    case 'number':
      return Number.isSafeInteger(value) ? 'int64' : 'float64';
    case 'string':
      return 'string';
  }
  if (value instanceof PythonFloat) return 'float64';
  if (value instanceof Uint8Array || value instanceof PythonBytearray) return 'binary';
  if (value instanceof NumpyScalar) return dtypeKind(value.array);
  if (value instanceof NumpyArray) return arrayKind(value);
  const list = value instanceof PythonTuple ? value.items : value;
  if (!Array.isArray(list)) return 'other';
  let seen: Seen = 'none';
  for (const item of list as readonly FieldValue[]) {
    seen = joined(seen, kindOf(item)) ?? 'other';
    if (!items.has(seen)) return 'other';
  }
  return `list of ${seen as Item}`;
}

function dtypeKind({ dtype }: NumpyArray): Plain | 'other' {
  return Object.hasOwn(dtypes, dtype) ? dtypes[dtype]! : 'other';
}

function arrayKind(array: NumpyArray): Seen {
  const kind = dtypeKind(array);
  if (array.shape.length === 0) return kind;
  return array.shape.length === 1 && items.has(kind) ? `list of ${kind as Item}` : 'other';
}

const numbers: readonly Seen[] = ['int64', 'float32', 'float64'];

/** What takes both; undefined where nothing does. */
export function joined(a: Seen, b: Seen): Seen | undefined {
  if (a === b || b === 'none') return a;
  if (a === 'none') return b;
  if (a === 'other' || b === 'other') return 'other';
  if (numbers.includes(a) && numbers.includes(b)) return 'float64';
  const [listA, listB] = [itemOf(a), itemOf(b)];
  if (listA === undefined || listB === undefined) return undefined;
  const item = joined(listA, listB);
  return item === undefined ? undefined : `list of ${item as Item}`;
}

function itemOf(seen: Seen): Item | undefined {
  return seen.startsWith('list of ') ? (seen.slice('list of '.length) as Item) : undefined;
}

/** Undefined for "other". Of what is only ever absent, a column of texts. */
export function columnKind(seen: Seen): FieldKind | undefined {
  if (seen === 'other') return undefined;
  const item = itemOf(seen);
  if (item !== undefined) return { list: item === 'none' ? 'string' : item };
  return seen === 'none' ? 'string' : (seen as Exclude<Plain, 'none'>);
}

const words: { readonly [seen in Plain]: string } = {
  none: 'nothing',
  bool: 'a truth value',
  int64: 'a whole number',
  float32: 'a number',
  float64: 'a number',
  string: 'text',
  binary: 'bytes',
};

/** For sentences: "text", "a list of numbers". */
export function inWords(seen: Seen): string {
  const item = itemOf(seen);
  if (item === undefined) return seen === 'other' ? 'what no column takes' : words[seen as Plain];
  if (item === 'none') return 'an empty list';
  return item === 'string' ? 'a list of texts' : item === 'int64' ? 'a list of whole numbers' : 'a list of numbers';
}

/** @throws BowerbirdError BAD_SCHEMA: the column has no place for it */
export function cellOf(name: string, kind: FieldKind, value: FieldValue | undefined): unknown {
  const seen = kindOf(value);
  if (seen === 'none') return null;
  const wanted: Seen = typeof kind === 'string' ? (kind as Seen) : `list of ${kind.list}`;
  if (joined(wanted, seen) !== wanted) {
    throw new BowerbirdError(
      'BAD_SCHEMA',
      `Its ${JSON.stringify(name)} is ${inWords(seen)}, expected ${inWords(wanted)}`,
    );
  }
  if (typeof kind === 'string') return plainOf(name, kind, value as FieldValue);
  const list = value instanceof NumpyArray ? value.data : value instanceof PythonTuple ? value.items : value;
  return Array.from(list as Iterable<FieldValue>, (item) => plainOf(name, kind.list, item));
}

function plainOf(name: string, kind: FieldKind, value: FieldValue): unknown {
  const plain =
    value instanceof PythonFloat
      ? value.value
      : value instanceof PythonBytearray
        ? value.bytes
        : value instanceof NumpyScalar
          ? value.array.data[0]
          : value instanceof NumpyArray
            ? value.data[0]
            : value;
  if (kind === 'bool' && typeof plain === 'number') return plain !== 0;
  if ((kind !== 'float64' && kind !== 'float32') || typeof plain !== 'bigint') return plain;
  const number = Number(plain);
  if (BigInt(number) === plain) return number;
  const message = `Its ${JSON.stringify(name)} is ${plain}, which a column of floating-point numbers cannot hold exactly`;
  throw new BowerbirdError('BAD_SCHEMA', message);
}
