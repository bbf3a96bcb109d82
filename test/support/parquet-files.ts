/** The Parquet files of test/data/parquet, which pyarrow wrote, and what it says that they hold. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PythonFloat } from '../../src/formats/python/values.ts';
import { teller } from './tell-parquet.mjs';

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

export const { told, toldFields } = teller(PythonFloat);
