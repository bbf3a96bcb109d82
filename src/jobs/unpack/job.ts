/** The job `unpack`: samples of LMDB shards -> files and a manifest. Plan and summaries; unit.ts makes the files. */

import { identityOf, manifestOptions } from '../../option-tables.ts';
import { type Options, usage } from '../../options.ts';
import { type OnError, stillAccepted } from '../../records/on-error.ts';
import { writeFileAtomic } from '../../storage/drafts.ts';
import type { Inputs } from '../../storage/inputs.ts';
import { openSource } from '../../storage/source.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { absolute, folderOf, placeIn } from '../../storage/uri.ts';
import { version } from '../../version.ts';
import type { LeftOut } from '../engine/inputs.ts';
import type { Job, JobOptions, Plan, Planning } from '../engine/job.ts';
import { isLocalWithin } from '../engine/light.ts';
import { leftOutEntry, writeManifest } from '../engine/manifest.ts';
import { runPlainly } from '../engine/plain-run.ts';
import { memoryLines, recalled, recallIndices, type ShardIndex } from './indexing.ts';
import { type unpackChoices, unpackOptions } from './options.ts';
import { type IndexedShard, planUnits, type UnpackUnit } from './plan.ts';
import type { UnpackReceipt } from './receipt.ts';
import type { ScanOptions, ScanUnit } from './scan.ts';
import { type Dataset, findShards } from './shards.ts';
import { filesOfReceipts, notesOfReceipts, shardsOfReceipts, totalsOfUnpacked } from './summary.ts';

const JOB = 'unpack';
export const MANIFEST = 'unpack.json';
export const SAMPLES = 'manifest.jsonl';
const MEMORY = `${JOB}.index.jsonl`;
/** Read and written at hundreds of megabytes a second. */
const mostLightBytes = 32 << 20;
const blockBytes = 1 << 20;

export interface UnpackJobOptions extends JobOptions, Options<typeof unpackChoices> {
  readonly inputs: Inputs;
  readonly onError: OnError;
  /** Where outputs are when they are done: `outDir`, which in finish() is a local folder. */
  readonly target: string;
}

/** What a unit is given. */
export type UnpackUnitOptions = Omit<UnpackJobOptions, 'inputs' | 'outDir' | 'target'>;

export const unpackJob: Job<UnpackJobOptions, UnpackUnit, UnpackReceipt, LeftOut> = {
  name: JOB,
  module: new URL('./unit.js', import.meta.url).href,
  summaries: [MANIFEST, SAMPLES],
  plan: planUnpack,
  identity: (options) => identityOf(unpackOptions, options),
  unitOptions: ({ inputs: _, outDir: __, target: ___, ...unitOptions }) => unitOptions satisfies UnpackUnitOptions,
  finish,
  // Files of samples that are no longer there would be taken for some that are.
  sharing: { scope: () => '', isOfSet: () => true },
  policy: { accepts: (receipt, { onError }) => stillAccepted(receipt, onError) },
  lightness: { isLight: (_, units) => isLocalWithin(mostLightBytes, units) },
};

async function planUnpack(options: UnpackJobOptions, planning: Planning): Promise<Plan<UnpackUnit, LeftOut>> {
  const { inputs, datasets, leftOut } = await findShards(options.inputs);
  const root = absolute(options.outDir);
  const inside = inputs.find(({ uri }) => folderOf(absolute(uri)) === root);
  if (inside !== undefined) {
    throw usage(`Cannot unpack "${inside.uri}" into the folder it is in: expected another folder as output`);
  }
  const shards = await indexShards(inputs, options.onError, planning);
  const missing = [...leftOut, ...datasets.flatMap((dataset) => differences(dataset, shards))];
  return {
    units: planUnits(shards),
    findings: { leftOut: missing },
    notices: missing,
    memory: { name: MEMORY, lines: memoryLines(shards, options.onError) },
  };
}

/** Looks into what no earlier run has looked into. */
async function indexShards(
  inputs: readonly InputStamp[],
  onError: OnError,
  { runUnits, output, onProgress, signal }: Planning,
): Promise<IndexedShard[]> {
  const { files, stateDir } = output;
  const known = await recallIndices(files, files.join(stateDir, MEMORY), onError);
  const units = inputs
    .filter((input) => recalled(known, input, onError) === undefined)
    .map((input): ScanUnit => ({ id: input.uri, input }));
  const module = new URL('./scan.js', import.meta.url).href;
  const options: ScanOptions = { onError };
  const how = { work: isLocalWithin(mostLightBytes, units) ? 'light' : 'long' } as const;
  const { receipts } = await runPlainly({
    job: `${JOB}: looking`,
    units,
    work: (context) => runUnits<ScanUnit, ShardIndex>(module, units, options, context, how),
    outDir: '',
    onProgress: units.length === 0 ? undefined : onProgress,
    signal,
  });
  const looked = receipts[Symbol.iterator]();
  return inputs.map((input) => ({ input, index: recalled(known, input, onError) ?? looked.next().value! }));
}

/** What metadata.json says of a dataset, against what its shards hold. */
function differences({ folder, shards, samples }: Dataset, found: readonly IndexedShard[]): string[] {
  if (samples === undefined) return [];
  const own = new Set(shards.map(absolute));
  const entries = found
    .filter(({ input }) => own.has(absolute(input.uri)))
    .reduce((sum, { index }) => sum + index.batches.reduce((total, batch) => total + batch.entries, 0), 0);
  if (entries === samples) return [];
  return [`metadata.json of "${folder}" tells of ${samples} samples, its shards hold ${entries}`];
}

async function finish(
  options: UnpackJobOptions,
  receipts: readonly UnpackReceipt[],
  { leftOut }: LeftOut,
): Promise<void> {
  const { outDir, durable, target } = options;
  await writeFileAtomic(placeIn(outDir, SAMPLES), linesOf(receipts, target), durable);
  const shards = shardsOfReceipts(receipts);
  const files = filesOfReceipts(receipts);
  const head = {
    job: JOB,
    version,
    options: manifestOptions(unpackOptions, options),
    ...totalsOfUnpacked(shards, files),
    ...leftOutEntry(leftOut),
    notes: notesOfReceipts(receipts),
  };
  await writeManifest(placeIn(outDir, MANIFEST), head, { shards, files }, durable);
}

/** Of all units, in plan order. */
async function* linesOf(receipts: readonly UnpackReceipt[], target: string): AsyncGenerator<Uint8Array> {
  for (const { outputs } of receipts) {
    const source = await openSource(placeIn(target, outputs.at(-1)!.name));
    try {
      for (let at = 0; at < source.byteLength; at += blockBytes) yield await source.read(at, blockBytes);
    } finally {
      await source.close();
    }
  }
}
