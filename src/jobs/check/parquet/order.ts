/** How values of a column are ordered, which its statistics stand on: https://github.com/apache/parquet-format/blob/master/LogicalTypes.md. */

import type { Leaf } from '../../../samples/parquet/schema.ts';
import type { Raw } from '../../../samples/parquet/values.ts';

export interface Order {
  /** Below 0 where `a` comes before `b`; NaN where one of them has no place. */
  compare(a: Raw, b: Raw): number;
  /** A bound, as statistics hold it; undefined where it cannot be one. */
  bound(bytes: Uint8Array): Raw | undefined;
  /** Whether old statistics, which know signed numbers alone, are ordered the same. */
  readonly isSigned: boolean;
}

/** Undefined where the format gives none, and where it is not known here. */
export function orderOf({ element }: Leaf): Order | undefined {
  const { type, type_length: length, converted_type: converted, logical_type: logical } = element;
  const kind = converted ?? logical?.type;
  const isUnsigned = converted?.startsWith('UINT_') === true || (logical?.type === 'INTEGER' && !logical.isSigned);
  switch (type) {
    case 'BOOLEAN':
      return { compare: numbers, bound: (bytes) => (bytes.length === 1 ? bytes[0] === 1 : undefined), isSigned: true };
    case 'INT32':
      return {
        compare: isUnsigned ? (a, b) => numbers(Number(a) >>> 0, Number(b) >>> 0) : numbers,
        bound: fixed(4, (view) => view.getInt32(0, true)),
        isSigned: !isUnsigned,
      };
    case 'INT64':
      return {
        compare: isUnsigned
          ? (a, b) => numbers(BigInt.asUintN(64, a as bigint), BigInt.asUintN(64, b as bigint))
          : numbers,
        bound: fixed(8, (view) => view.getBigInt64(0, true)),
        isSigned: !isUnsigned,
      };
    case 'FLOAT':
      return { compare: numbers, bound: fixed(4, (view) => view.getFloat32(0, true)), isSigned: true };
    case 'DOUBLE':
      return { compare: numbers, bound: fixed(8, (view) => view.getFloat64(0, true)), isSigned: true };
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY': {
      // FLOAT16 has an order of its own, INTERVAL none, and of the others nobody has said.
      const isBytes = kind === undefined || /^(UTF8|STRING|ENUM|JSON|BSON|UUID)$/.test(kind);
      if (kind === 'DECIMAL') return { compare: decimals, bound: ofLength(type, length), isSigned: false };
      return isBytes ? { compare: bytes, bound: ofLength(type, length), isSigned: false } : undefined;
    }
    default:
      return undefined;
  }
}

function numbers(a: Raw, b: Raw): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(a) === Number(b) ? 0 : Number.NaN;
}

function bytes(a: Raw, b: Raw): number {
  return Buffer.compare(a as Uint8Array, b as Uint8Array);
}

/** Big-endian and of two's complement, of any length. */
function decimals(a: Raw, b: Raw): number {
  return numbers(signed(a as Uint8Array), signed(b as Uint8Array));
}

function signed(value: Uint8Array): bigint {
  if (value.length === 0) return 0n;
  return BigInt.asIntN(8 * value.length, BigInt(`0x${Buffer.from(value).toString('hex')}`));
}

function fixed(length: number, read: (view: DataView) => Raw): Order['bound'] {
  return (given) => (given.length === length ? read(new DataView(given.buffer, given.byteOffset, length)) : undefined);
}

function ofLength(type: string, length: number | undefined): Order['bound'] {
  // What is cut short is a bound all the same.
  return (given) => (type === 'FIXED_LEN_BYTE_ARRAY' && given.length > (length ?? 0) ? undefined : given);
}

/** The least and the greatest of values, one after another. */
export class Extremes {
  least: Raw | undefined;
  most: Raw | undefined;
  readonly #order: Order;

  constructor(order: Order) {
    this.#order = order;
  }

  add(value: Raw): void {
    // Of numbers that are none nothing is said.
    if (typeof value === 'number' && Number.isNaN(value)) return;
    if (this.least === undefined || this.#order.compare(value, this.least) < 0) this.least = value;
    if (this.most === undefined || this.#order.compare(value, this.most) > 0) this.most = value;
  }

  /** Which bound the values do not keep; undefined where they keep both. */
  beyond(min: Uint8Array | undefined, max: Uint8Array | undefined): 'minimum' | 'maximum' | undefined {
    if (this.least === undefined || this.most === undefined) return undefined;
    if (min !== undefined && !this.#keeps(min, this.least, 1)) return 'minimum';
    if (max !== undefined && !this.#keeps(max, this.most, -1)) return 'maximum';
    return undefined;
  }

  #keeps(bytes: Uint8Array, value: Raw, side: 1 | -1): boolean {
    const bound = this.#order.bound(bytes);
    return bound !== undefined && !(this.#order.compare(value, bound) * side < 0);
  }
}
