/** What tests of `from` share: a build into a folder of its own, and what stands in its files. Needs a build: units run in threads. */

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { datasetBuild } from '../../../../dist/api/dataset/build.js';
import type { DatasetBuildOptions, DatasetBuildReport } from '../../../../src/api/types/dataset-build.ts';
import { bytesSource } from '../../../../src/bytes.ts';
import type { PythonData } from '../../../../src/formats/python/values.ts';
import { parquetIn } from '../../../../src/samples/parquet/parquet.ts';
import { plainData } from '../../../../src/samples/plain.ts';
import { scratch } from '../folder.ts';

const field = join(dirname(fileURLToPath(import.meta.url)), '../../../data/field');

/** A real recording of test/data. */
export function fieldBytes(name: string): Buffer {
  return readFileSync(join(field, name));
}

export interface Row {
  readonly audio: { readonly bytes: Uint8Array; readonly path: string } | null;
  readonly [column: string]: unknown;
}

export interface Built {
  readonly report: DatasetBuildReport;
  readonly out: string;
  readonly state: string;
  readonly rows: readonly Row[];
  readonly rejects: readonly { readonly [key: string]: unknown }[];
}

export async function buildFrom(from: string, options: DatasetBuildOptions = {}): Promise<Built> {
  const { state = join(scratch(), 'state') } = options;
  mkdirSync(state, { recursive: true });
  const { out = join(state, 'out') } = options;
  const report: DatasetBuildReport = await datasetBuild({ from, workers: 2, ...options, state, out });
  const rows: Row[] = [];
  for (const { name } of report.files) rows.push(...(await rowsIn(join(out, name))));
  return { report, out, state, rows, rejects: rejectsIn(out) };
}

export async function rowsIn(path: string): Promise<Row[]> {
  const file = await parquetIn(bytesSource(readFileSync(path), path), path);
  const rows: Row[] = [];
  for await (const batch of file.rows()) rows.push(...batch.map(({ values }) => plain(values)));
  await file.close();
  return rows;
}

/** The card and kindsIn() tell ints from floats. */
function plain(values: { readonly [column: string]: unknown }): Row {
  const cells = Object.entries(values).map(([name, value]) => [name, plainData(value as PythonData)]);
  return Object.fromEntries(cells) as Row;
}

function rejectsIn(folder: string): Built['rejects'] {
  const path = join(folder, 'rejects.jsonl');
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** The features of the card, which say the kind of each column. */
export function kindsIn(out: string): { [column: string]: string } {
  const text = readFileSync(join(out, 'README.md'), 'utf8');
  const found = text.matchAll(/- name: "?([\w-]+)"?\n {4}(?:dtype|sequence|list): ?\n? *(?:dtype: )?(\S+)/g);
  return Object.fromEntries([...found].map(([, name, kind]) => [name!, kind!]));
}
