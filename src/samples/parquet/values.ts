/**
 * Values as plain data. What Python's own types cannot hold without loss is text that can:
 *
 * | Parquet | here | in Python |
 * | --- | --- | --- |
 * | booleans, whole numbers of 8 to 64 bits | boolean; number, or bigint from 2^53 on | bool, int |
 * | FLOAT16, FLOAT, DOUBLE | PythonFloat | float |
 * | STRING, ENUM, JSON, UUID | string | str |
 * | other bytes | Uint8Array, which borrows from the page | bytes |
 * | DECIMAL | its digits, "-12.50" | str |
 * | DATE | "2024-02-29" | str |
 * | TIME, TIMESTAMP, INT96 | ISO 8601 with all digits of the unit, and a Z where the file says UTC | str |
 * | lists, structs, maps | array, object, Map | list, dict, dict |
 */

import type { SchemaElement } from 'hyparquet';
import { halfToFloatBits } from '../../formats/example/half.ts';
import { asInt, PythonFloat } from '../../formats/python/values.ts';
import type { SampleValue } from '../sample.ts';
import { Damage } from './faults.ts';
import type { Leaf } from './schema.ts';
import { dateText, type TimeUnit, timestampText, timeText, unitsPerSecond } from './times.ts';

/** As pages hold it. */
export type Raw = boolean | number | bigint | Uint8Array;

type Convert = (raw: Raw) => SampleValue;

const whole = ['INT32', 'INT64'];
const storages: readonly (readonly [names: RegExp, types: readonly string[]])[] = [
  [/^DATE$/, ['INT32']],
  [/^TIME/, whole],
  [/^U?INT/, whole],
  [/^DECIMAL$/, [...whole, 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY']],
  [/^(UTF8|STRING|ENUM|JSON)$/, ['BYTE_ARRAY']],
  [/^(UUID|FLOAT16)$/, ['FIXED_LEN_BYTE_ARRAY']],
];

/** Throws Damage for types that are not read. What it returns throws Damage for values that are not of the type. */
export function converterOf({ element, path }: Leaf): Convert {
  const { type, converted_type: converted, logical_type: logical } = element;
  const kind = converted ?? logical?.type;
  switch (kind) {
    case 'INTERVAL':
    case 'BSON':
    case 'VARIANT':
    case 'FILE':
      throw new Damage(`column "${path}" is of the type ${kind}, which is not read`, 'UNSUPPORTED');
    default:
  }
  // What a type is called says how it is stored.
  const stored = kind === undefined ? undefined : storages.find(([names]) => names.test(kind));
  if (stored !== undefined && !stored[1].includes(type ?? '')) {
    throw new Damage(`column "${path}" is stored as ${type}, which cannot be ${kind}`);
  }
  if (kind === 'DECIMAL') return decimals(element);
  if (kind === 'DATE') return (raw) => dateText(Number(raw));
  const unit = unitOf(element);
  if (unit !== undefined) {
    if (kind?.startsWith('TIMESTAMP') === true) {
      const isUtc = logical?.type === 'TIMESTAMP' ? logical.isAdjustedToUTC === true : converted !== undefined;
      return (raw) => timestampText(BigInt(raw as number), unit, isUtc);
    }
    return (raw) => timeText(BigInt(raw as number), unit);
  }
  return plain(element);
}

function unitOf({ converted_type: converted, logical_type: logical }: SchemaElement): TimeUnit | undefined {
  if (logical?.type === 'TIME' || logical?.type === 'TIMESTAMP') return logical.unit;
  const unit = /^TIME(?:STAMP)?_(MILLIS|MICROS)$/.exec(converted ?? '')?.[1];
  return unit as TimeUnit | undefined;
}

function plain(element: SchemaElement): Convert {
  const { type, converted_type: converted, logical_type: logical } = element;
  const unsigned = converted?.startsWith('UINT_') === true || (logical?.type === 'INTEGER' && !logical.isSigned);
  switch (type) {
    case 'BOOLEAN':
      return (raw) => raw as boolean;
    case 'INT32':
      return unsigned ? (raw) => (raw as number) >>> 0 : (raw) => raw as number;
    case 'INT64':
      return unsigned ? (raw) => asInt(BigInt.asUintN(64, raw as bigint)) : (raw) => asInt(raw as bigint);
    case 'INT96':
      return (raw) => julianText(raw as bigint);
    case 'FLOAT':
    case 'DOUBLE':
      return (raw) => new PythonFloat(raw as number);
    default:
      return ofBytes(element);
  }
}

function ofBytes({ converted_type: converted, logical_type: logical }: SchemaElement): Convert {
  const kind = converted ?? logical?.type ?? '';
  if (['UTF8', 'STRING', 'ENUM', 'JSON'].includes(kind)) return (raw) => text(raw as Uint8Array);
  if (logical?.type === 'UUID') return (raw) => uuid(raw as Uint8Array);
  if (logical?.type === 'FLOAT16') return (raw) => new PythonFloat(half(raw as Uint8Array));
  return (raw) => raw as Uint8Array;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function text(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Damage('a text is not UTF-8', 'BAD_SCHEMA');
  }
}

function uuid(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new Damage('a UUID is not 16 bytes long');
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function half(bytes: Uint8Array): number {
  if (bytes.length !== 2) throw new Damage('a FLOAT16 is not 2 bytes long');
  return new Float32Array(Uint32Array.of(halfToFloatBits(bytes[0]! | (bytes[1]! << 8))).buffer)[0]!;
}

/** Digits of 256 bits and more are no number that a writer means. */
const mostDecimalBytes = 64;
const mostScale = 1000;

function decimals(element: SchemaElement): Convert {
  const { logical_type: logical } = element;
  // Where both are given, they say the same; the library names the logical type's in the wrong order in some versions.
  const scale = element.scale ?? (logical?.type === 'DECIMAL' ? logical.scale : 0);
  if (!(scale >= 0 && scale <= mostScale))
    throw new Damage(`decimals of ${scale} digits behind the point`, 'UNSUPPORTED');
  return (raw) => decimalText(raw instanceof Uint8Array ? bigEndian(raw) : BigInt(raw), scale);
}

function bigEndian(bytes: Uint8Array): bigint {
  if (bytes.length > mostDecimalBytes) throw new Damage(`a decimal of ${bytes.length} bytes`, 'UNSUPPORTED');
  return bytes.length === 0 ? 0n : BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
}

function decimalText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const point = digits.length - scale;
  const behind = scale === 0 ? '' : `.${digits.slice(point)}`;
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}${behind}`;
}

/** Julian day of 1970-01-01. */
const epochDay = 2440588n;

/** INT96: nanoseconds of a day, and behind them its Julian number. Nothing says of which zone. */
function julianText(raw: bigint): string {
  const nanos = BigInt.asUintN(64, raw);
  return timestampText(((raw >> 64n) - epochDay) * 86400n * unitsPerSecond.NANOS + nanos, 'NANOS', false);
}
