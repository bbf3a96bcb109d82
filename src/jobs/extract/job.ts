/** The job `extract`: TFRecord files of embeddings -> .npy and JSON. Plan and manifest; unit.ts does the files. */

import { identityOf, manifestOptions } from '../../option-tables.ts';
import { type OnError, stillAccepted } from '../../records/on-error.ts';
import type { Inputs } from '../../storage/inputs.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { absolute, extensionOf, fileNameOf, folderOf, placeIn } from '../../storage/uri.ts';
import { version } from '../../version.ts';
import { findInputs, type LeftOut } from '../engine/inputs.ts';
import type { Job, JobOptions, Plan } from '../engine/job.ts';
import { isLocalWithin } from '../engine/light.ts';
import { leftOutEntry, stampOf, writeManifest } from '../engine/manifest.ts';
import { nameOutputs } from '../engine/output-names.ts';
import type { OutputStamp, Receipt, Unit } from '../engine/types.ts';
import type { ExtractChoices } from './names.ts';
import { extractOptions, extractOrder } from './options.ts';

export const MANIFEST = 'extract.json';
const EMBEDDINGS = 'embeddings';
const METADATA = 'metadata';
const mostLightBytes = 32 << 20;

/** ExtractOptions without what only the caller's thread can use; every choice made. */
export interface ExtractJobOptions extends JobOptions, ExtractChoices {
  readonly inputs: Inputs;
  readonly onError: OnError;
}

/** What a unit is given. */
export type ExtractUnitOptions = Omit<ExtractJobOptions, 'inputs' | 'outDir'>;

/** In the order in which the files appear. */
export interface ExtractUnit extends Unit {
  readonly outputs: readonly [metadata: string, embeddings: string];
}

export interface ExtractReceipt extends Receipt {
  readonly outputs: readonly [metadata: OutputStamp, embeddings: OutputStamp];
  readonly compression: 'none' | 'gzip' | 'zlib';
  readonly rows: number;
  readonly width: number;
  readonly assumedUtc: number;
  readonly withoutZone: number;
  readonly overflowed: number;
  /** The policy under which the unit was done. */
  readonly onError: OnError;
}

export const extractJob: Job<ExtractJobOptions, ExtractUnit, ExtractReceipt, LeftOut> = {
  name: 'extract',
  module: new URL('./unit.js', import.meta.url).href,
  summaries: [MANIFEST],
  async plan({ inputs, outDir }) {
    const { inputs: found, leftOut } = await findInputs(inputs, ownFiles(outDir));
    const { units, notices } = planExtract(found);
    return { units, findings: { leftOut }, notices: [...leftOut, ...notices] };
  },
  identity: (options) => identityOf(extractOptions, options, extractOrder),
  unitOptions: ({ inputs: _, outDir: __, ...unitOptions }) => unitOptions satisfies ExtractUnitOptions,
  finish,
  policy: { accepts: (receipt, { onError }) => stillAccepted(receipt, onError) },
  lightness: { isLight: (_, units) => isLocalWithin(mostLightBytes, units) },
};

/** The notebook writes into the folder of its data, so what this job writes must not become its input. */
function ownFiles(outDir: string): (path: string) => boolean {
  const root = absolute(outDir).replace(/\/+$/, '');
  const kinds = new Set([`${root}/${EMBEDDINGS}/*.npy`, `${root}/${METADATA}/*.json`]);
  return (path) => kinds.has(`${folderOf(path)}/*${extensionOf(fileNameOf(path))}`);
}

/** `platform` decides whether names that differ only in case are the same file. */
export function planExtract(
  inputs: readonly InputStamp[],
  platform?: string,
): Pick<Plan<ExtractUnit>, 'units' | 'notices'> {
  const { names, notices } = nameOutputs(inputs, stemOf, 'extract', platform);
  const units = inputs.map((input, i): ExtractUnit => {
    const name = names[i]!;
    return { id: input.uri, input, outputs: [`${METADATA}/${name}.json`, `${EMBEDDINGS}/${name}.npy`] };
  });
  return { units, notices };
}

/** The base name up to its first dot; all of it when it begins with the dot. */
function stemOf(uri: string): string {
  const base = fileNameOf(uri);
  const dot = base.indexOf('.');
  return dot > 0 ? base.slice(0, dot) : base;
}

/** One input in the report and in the manifest extract.json. */
export interface ExtractedFile {
  readonly input: string;
  readonly size: number;
  readonly compression: ExtractReceipt['compression'];
  readonly records: number;
  readonly rows: number;
  readonly width: number;
  readonly rejects: number;
  /** Records whose name said "Z": taken as UTC, which the archive's own notebook calls likely wrong. */
  readonly assumedUtc: number;
  /** Records whose name holds a date but no zone: no file_timestamp. */
  readonly withoutZone: number;
  /** Values beyond the range of the output's type, which are infinite there. */
  readonly overflowed: number;
  readonly embeddings: OutputStamp;
  readonly metadata: OutputStamp;
}

export function manifestEntry(receipt: ExtractReceipt): ExtractedFile {
  const { input, compression, records, rows, width, rejects, assumedUtc, withoutZone, overflowed, outputs } = receipt;
  const [metadata, embeddings] = outputs;
  return {
    input: input.uri,
    size: input.size,
    compression,
    records,
    rows,
    width,
    rejects,
    assumedUtc,
    withoutZone,
    overflowed,
    embeddings: stampOf(embeddings),
    metadata: stampOf(metadata),
  };
}

/** What a dry run can tell. */
export function emptyEntry({ input, outputs: [metadata, embeddings] }: ExtractUnit): ExtractedFile {
  const nothing = (name: string) => ({ name, bytes: 0, crc32c: '' });
  const outputs = [nothing(metadata), nothing(embeddings)] as const;
  const counts = { records: 0, rejects: 0, rows: 0, width: 0, assumedUtc: 0, withoutZone: 0, overflowed: 0 };
  return manifestEntry({ unit: input.uri, input, outputs, compression: 'none', onError: 'fail', ...counts });
}

export function totalsOf(files: readonly ExtractedFile[]) {
  const sum = (of: (file: ExtractedFile) => number) => files.reduce((total, file) => total + of(file), 0);
  return {
    inputs: files.length,
    records: sum(({ records }) => records),
    rows: sum(({ rows }) => rows),
    rejects: sum(({ rejects }) => rejects),
    assumedUtc: sum(({ assumedUtc }) => assumedUtc),
    withoutZone: sum(({ withoutZone }) => withoutZone),
    overflowed: sum(({ overflowed }) => overflowed),
    bytesIn: sum(({ size }) => size),
    bytesOut: sum(({ embeddings, metadata }) => embeddings.bytes + metadata.bytes),
  };
}

async function finish(
  options: ExtractJobOptions,
  receipts: readonly ExtractReceipt[],
  { leftOut }: LeftOut,
): Promise<void> {
  const files = receipts.map(manifestEntry);
  const head = {
    job: 'extract',
    version,
    options: manifestOptions(extractOptions, options, extractOrder),
    ...totalsOf(files),
    ...leftOutEntry(leftOut),
  };
  await writeManifest(placeIn(options.outDir, MANIFEST), head, { files }, options.durable);
}
