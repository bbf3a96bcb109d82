/** The job `pack`: samples -> LMDB shards and metadata.json. Plan and manifest; unit.ts makes the shards. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BowerbirdError } from '../../errors.ts';
import { identityOf, manifestOptions } from '../../option-tables.ts';
import { type OnError, stillAccepted } from '../../records/on-error.ts';
import type { Spool } from '../../storage/local/spool.ts';
import { placeIn, shown } from '../../storage/uri.ts';
import { version } from '../../version.ts';
import type { Job, JobOptions } from '../engine/job.ts';
import type { JsonObject } from '../engine/journal.ts';
import { leftOutEntry, writeManifest } from '../engine/manifest.ts';
import { REJECTS_FILE } from '../engine/rejects.ts';
import { sumRecordings } from '../rows/tally.ts';
import { type PackUnitOptions, type SampleChoices, shardsAtOnce } from './choices.ts';
import { removeEmptyShards } from './empty-folders.ts';
import { METADATA, metadataOf, packedShard } from './metadata.ts';
import { packOptions } from './options.ts';
import type { PackFindings, PackPlan, PackUnit } from './plan.ts';
import type { PackReceipt } from './receipt.ts';
import { uploadEnd, uploadedTo } from './upload.ts';

const MANIFEST = 'pack.json';
export const TABLE = 'pack.table';

export interface PackJobOptions extends JobOptions, PackUnitOptions {
  readonly maxRejects: number | undefined;
  readonly datasetName: string;
  /** Whether the uploader gets shards one by one. */
  readonly takesShards: boolean;
  /** Of the processor's class. */
  readonly processorName: string | undefined;
  /** What the journal knows converter and processor by. */
  readonly converterIdentity: JsonObject | null;
  readonly processorIdentity: JsonObject | null;
  /** The other choices as they are told. */
  readonly told: Pick<Told, 'audioColumn' | 'textColumn' | 'keepColumns' | 'samplesPerShard'>;
  /** Makes the plan, in the process of the run: rows go into the table, samples of a converter into a file. */
  readonly makePlan: (signal: AbortSignal | undefined) => Promise<PackPlan>;
  readonly table: string;
  readonly tableSpool: Spool | undefined;
}

/** Columns and samples a shard, null where they were not given or mean nothing. */
interface Told extends Pick<SampleChoices, 'codec' | 'values' | 'sampleRate' | 'mono'> {
  readonly audioColumn: string | null;
  readonly textColumn: string | null;
  readonly keepColumns: readonly string[] | null;
  readonly samplesPerShard: number | null;
  readonly datasetName: string;
  readonly allowOutside: boolean;
  readonly onError: OnError;
  readonly converter: JsonObject | null;
  readonly processor: JsonObject | null;
}

export const packJob: Job<PackJobOptions, PackUnit, PackReceipt, PackFindings> = {
  name: 'pack',
  module: new URL('./unit.js', import.meta.url).href,
  summaries: [MANIFEST, METADATA],
  async plan(options, { signal }) {
    const { units, findings, notices } = await options.makePlan(signal);
    const plan = { units, findings, notices };
    const { tableSpool } = options;
    return tableSpool === undefined ? plan : { ...plan, table: { name: TABLE, lines: tableSpool.blocks() } };
  },
  identity: (options) => identityOf(packOptions, toldOf(options)),
  unitOptions: ({
    outDir: _,
    datasetName: __,
    takesShards: _________,
    processorName: ___,
    converterIdentity: ____,
    processorIdentity: _____,
    told: ______,
    makePlan: _______,
    tableSpool: ________,
    ...unitOptions
  }) => unitOptions satisfies PackUnitOptions,
  finish,
  sharing: {
    scope: () => '',
    isOfSet: (_, output) => /^shard_\d{5,}\/(data|lock)\.mdb$/.test(output),
  },
  policy: {
    accepts: (receipt, { onError, uploader, takesShards }) =>
      (receipt.salvaged === 0 || onError === 'salvage') &&
      stillAccepted(receipt, onError) &&
      isWhereWanted(receipt, uploader, takesShards),
    isAway: ({ isAway }) => isAway === true,
  },
  lightness: { unitsAtOnce: shardsAtOnce },
};

/** What was packed before there was an upload is not there, and what was removed after one is not here. */
function isWhereWanted(
  { uploaded, isAway }: PackReceipt,
  uploader: PackUnitOptions['uploader'],
  takesShards: boolean,
): boolean {
  if (uploader === null) return isAway !== true;
  return takesShards ? uploaded === uploadedTo(uploader) : isAway !== true;
}

function toldOf(options: PackJobOptions): Told {
  const { codec, values, sampleRate, mono, allowOutside, datasetName, onError, told } = options;
  const { converterIdentity: converter, processorIdentity: processor } = options;
  return { ...told, codec, values, sampleRate, mono, allowOutside, datasetName, onError, converter, processor };
}

/** Of all shards, in the words of report and manifest. */
export function totalsOfPack(receipts: readonly PackReceipt[], { rows, left }: PackFindings) {
  const {
    rows: used,
    rejects,
    salvaged,
    empty,
    recordingBytes,
    soundSeconds,
    sampleRates,
    channels,
    notes,
  } = sumRecordings(receipts);
  const sum = (of: (receipt: PackReceipt) => number) => receipts.reduce((total, receipt) => total + of(receipt), 0);
  return {
    rows: rows ?? sum(({ records }) => records) + rejects,
    samples: sum(({ records }) => records),
    recordings: used,
    rejects,
    salvaged,
    empty,
    seconds: sum(({ seconds }) => seconds),
    soundSeconds,
    bytesIn: recordingBytes,
    bytesOut: sum(({ outputs }) => outputs[0].bytes),
    notKept: [...new Set([...left, ...receipts.flatMap(({ lost }) => lost)])],
    withoutSound: sum(({ silent }) => silent),
    sampleRates: sampleRates.map(([hz, recordings]) => ({ sampleRate: Number(hz), recordings })),
    channels: channels.map(([count, recordings]) => ({ channels: Number(count), recordings })),
    notes,
  };
}

async function finish(
  options: PackJobOptions,
  receipts: readonly PackReceipt[],
  findings: PackFindings,
): Promise<void> {
  const { outDir, source, audio, durable, uploader } = options;
  const totals = totalsOfPack(receipts, findings);
  await removeEmptyShards(outDir, receipts);
  if (totals.samples === 0) throw noSamples(source, totals.rejects);
  const { head, shards } = metadataOf(receipts, { datasetName: options.datasetName, processor: options.processorName });
  await writeManifest(join(outDir, METADATA), head, { shards }, durable);
  const told = manifestOptions(packOptions, toldOf(options));
  const { vocabulary, leftOut } = findings;
  const lead = {
    job: 'pack',
    version,
    source: shown(source),
    options: { audio: shown(audio), ...told },
    ...totals,
    ...(vocabulary === null ? {} : { labels: vocabulary }),
    ...leftOutEntry(leftOut),
  };
  await writeManifest(placeIn(outDir, MANIFEST), lead, { files: receipts.map(packedShard) }, durable);
  if (uploader === null) return;
  const summaries = [REJECTS_FILE, MANIFEST, METADATA].filter((name) => existsSync(join(outDir, name)));
  await uploadEnd(uploader, outDir, summaries);
}

function noSamples(source: string, rejects: number): BowerbirdError {
  const state =
    rejects === 0 ? 'it gives no sample' : `none of its ${rejects} samples can be used; see ${REJECTS_FILE}`;
  return new BowerbirdError('BAD_SCHEMA', `Cannot pack "${shown(source)}": ${state}`, { source });
}
