/** Runs extract() on files made on the spot, and reads back what it wrote. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { extract } from '../../src/api/extract.ts';
import type { ExtractOptions, ExtractReport } from '../../src/api/types.ts';
import { BowerbirdError } from '../../src/errors.ts';
import { scratch } from '../unit/jobs/folder.ts';

export interface Extracted {
  readonly root: string;
  readonly inDir: string;
  readonly outDir: string;
  readonly report: ExtractReport | undefined;
  readonly error: BowerbirdError | undefined;
}

export interface Row {
  readonly [key: string]: string | number | null;
}

/** Writes the files below a folder of their own. */
export function writeInputs(folder: string, files: { readonly [name: string]: Uint8Array | string }): void {
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
}

export async function extractFiles(
  files: { readonly [name: string]: Uint8Array | string },
  options: Partial<ExtractOptions> = {},
): Promise<Extracted> {
  const root = scratch();
  const [inDir, outDir] = [join(root, 'in'), join(root, 'out')];
  writeInputs(inDir, files);
  return { root, inDir, outDir, ...(await tryExtract({ inputs: [inDir], out: outDir, workers: 1, ...options })) };
}

export async function tryExtract(
  options: ExtractOptions,
): Promise<{ readonly report: ExtractReport | undefined; readonly error: BowerbirdError | undefined }> {
  try {
    return { report: await extract(options), error: undefined };
  } catch (error) {
    if (!(error instanceof BowerbirdError)) throw error;
    return { report: undefined, error };
  }
}

export interface Npy {
  readonly descr: string;
  readonly shape: readonly [rows: number, width: number];
  readonly data: Buffer;
}

/** By the description of the format, and not by src/formats: numpy/lib/format.py, version 1.0. */
export function readOutput(outDir: string, stem: string): { npy: Npy; json: string; rows: Row[] } {
  const bytes = readFileSync(join(outDir, 'embeddings', `${stem}.npy`));
  const json = readFileSync(join(outDir, 'metadata', `${stem}.json`), 'utf8');
  const text = bytes.subarray(10, 10 + bytes.readUInt16LE(8)).toString('latin1');
  const match = /^\{'descr': '(<f[24])', 'fortran_order': False, 'shape': \((\d+), (\d+)\), \} *\n$/.exec(text);
  if (bytes.toString('latin1', 0, 8) !== '\x93NUMPY\x01\0' || match === null)
    throw new Error(`no .npy header: ${text}`);
  const data = bytes.subarray(10 + text.length);
  const shape = [Number(match[2]), Number(match[3])] as const;
  if (data.length !== shape[0] * shape[1] * Number(match[1]!.slice(2))) throw new Error('the data has another size');
  return { npy: { descr: match[1]!, shape, data }, json, rows: JSON.parse(json) as Row[] };
}

export function rejectsOf(outDir: string): { readonly [key: string]: unknown }[] {
  const path = join(outDir, 'rejects.jsonl');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  if (lines.pop() !== '') throw new Error('the last line does not end');
  return lines.map((line) => JSON.parse(line));
}

export function manifestOf(outDir: string): { readonly [key: string]: unknown; readonly files: readonly Row[] } {
  return JSON.parse(readFileSync(join(outDir, 'extract.json'), 'utf8'));
}

/** The float32 values of the data. */
export function floatsOf({ data }: Npy): number[] {
  return Array.from(new Float32Array(new Uint8Array(data).buffer));
}
