/** The Parquet files of test/data/parquet, which pyarrow wrote, and what it says that they hold. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PythonFloat } from '../../src/formats/python/values.ts';

export const parquetFolder = fileURLToPath(new URL('../data/parquet', import.meta.url));

export const parquetNames = readdirSync(parquetFolder)
  .filter((name) => name.endsWith('.parquet'))
  .map((name) => name.slice(0, -'.parquet'.length));

export function parquetPath(name: string): string {
  return join(parquetFolder, `${name}.parquet`);
}

/** Rows by file, in the form of told(). */
export const parquetRows = JSON.parse(readFileSync(join(parquetFolder, 'expected.json'), 'utf8')) as {
  readonly [name: string]: readonly { readonly [column: string]: unknown }[];
};

/** As told() of make.py: no type is lost. */
export function told(value: unknown): unknown {
  if (value instanceof PythonFloat) return { float: bitsOf(value.value) };
  if (typeof value === 'bigint') return { int: String(value) };
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array && value.length > 1000) {
    return { bytes: value.length, sha256: createHash('sha256').update(value).digest('hex') };
  }
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') };
  if (Array.isArray(value)) return value.map(told);
  if (value instanceof Map) return { map: [...value].map((entry) => entry.map(told)) };
  return { dict: toldFields(value as { readonly [name: string]: unknown }) };
}

export function toldFields(fields: { readonly [name: string]: unknown }): { [name: string]: unknown } {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, told(value)]));
}

function bitsOf(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}
