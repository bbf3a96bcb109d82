/** The job `convert`: sets of records from one format, or number of files, to another. Plan and manifest; unit.ts makes the files. */

import { type ArrayRecordOptions, formatArrayRecordOptions } from '../../formats/records/array-record-options.ts';
import type { Compression } from '../../formats/records/compression.ts';
import { joinProofs } from '../../formats/records/proof.ts';
import { identityOf, manifestOptions } from '../../option-tables.ts';
import { named, usage } from '../../options.ts';
import { type OnError, stillAccepted } from '../../records/on-error.ts';
import type { Inputs } from '../../storage/inputs.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { absolute, folderOf, isRemote, placeIn } from '../../storage/uri.ts';
import { version } from '../../version.ts';
import { findInputs, type LeftOut } from '../engine/inputs.ts';
import type { Job, JobOptions, Plan, Planning } from '../engine/job.ts';
import { isLocalWithin } from '../engine/light.ts';
import { leftOutEntry, stampOf, writeManifest } from '../engine/manifest.ts';
import { runPlainly } from '../engine/plain-run.ts';
import { scopedName, stateName } from '../engine/scope.ts';
import { type Layout, type RecordFormat, shardNames } from '../engine/shard-names.ts';
import type { OneFileReceipt, OutputStamp } from '../engine/types.ts';
import type { CountUnit } from './count.ts';
import { type InputIndex, memoryLines, recalled, recallIndices } from './indexing.ts';
import { commonPrefix, matchedNames, ownOutputs, refuseOwnInputs } from './names.ts';
import { convertOptions, convertOrder } from './options.ts';
import { type ConvertUnit, type IndexedInput, planShards, planWhole } from './plan.ts';
import { type ConvertSource, mergeSources } from './sources.ts';

const JOB = 'convert';
const MANIFEST = 'convert.json';
/** Of inputs that are counted, or whose records the addon takes from file to file. */
const mostLightBytes = 128 << 20;
/** Of several files that may turn out to be compressed: threads would share them. */
const mostLightUnknownBytes = 32 << 20;
/** Of zstd. */
const mostQuickLevel = 5;

/** Every choice made. */
export interface ConvertJobOptions extends JobOptions {
  readonly inputs: Inputs;
  /** Of the names of shards; '' where they are called after the inputs. */
  readonly prefix: string;
  readonly layout: Layout;
  readonly to: RecordFormat;
  /** Of the files, to ArrayRecord. */
  readonly arrayRecord: ArrayRecordOptions | undefined;
  /** Of the files, to TFRecord. */
  readonly compression: Compression;
  readonly onError: OnError;
  readonly proof: boolean;
}

/** What a unit is given. */
export type ConvertUnitOptions = Omit<ConvertJobOptions, 'inputs' | 'outDir' | 'prefix' | 'layout' | 'to'>;

export interface ConvertReceipt extends OneFileReceipt {
  readonly payloadBytes: number;
  /** Of the records of this shard: src/formats/records/proof.ts. */
  readonly proof?: string;
  readonly sources: readonly ConvertSource[];
  /** The policy under which the unit was done. */
  readonly onError: OnError;
}

export const convertJob: Job<ConvertJobOptions, ConvertUnit, ConvertReceipt, LeftOut> = {
  name: JOB,
  module: new URL('./unit.js', import.meta.url).href,
  summaries: [MANIFEST],
  plan: planConvert,
  identity: (options) => identityOf(convertOptions, toldOf(options), convertOrder),
  unitOptions: ({ inputs: _, outDir: __, prefix: ___, layout: ____, to: _____, ...unitOptions }) =>
    unitOptions satisfies ConvertUnitOptions,
  finish,
  sharing: {
    scope: ({ prefix }) => prefix,
    isOfSet: ({ layout }) => layout.kind !== 'match-inputs',
  },
  policy: {
    accepts: (receipt, { onError, proof }) =>
      stillAccepted(receipt, onError) && (!proof || receipt.proof !== undefined),
  },
  lightness: { isLight },
};

/** How --shards and its like are told again. */
function shardsOf(layout: Layout): number | string {
  return layout.kind === 'shards' ? layout.count : layout.kind;
}

function isLight({ compression, arrayRecord }: ConvertJobOptions, units: readonly ConvertUnit[]): boolean {
  const pieces = units.flatMap((unit) => unit.pieces);
  if (compression !== 'none' || pieces.some(({ input }) => isRemote(input.uri))) return false;
  if (arrayRecord !== undefined && !isQuick(arrayRecord)) return false;
  const areRecords = pieces.every((piece) => piece.kind === 'tfrecord' && piece.compression === 'none');
  // The size of a unit is what it takes of its files.
  const bytes = units.reduce((sum, { input }) => sum + input.size, 0);
  return bytes <= (areRecords || units.length === 1 ? mostLightBytes : mostLightUnknownBytes);
}

/** Written at hundreds of megabytes a second. Padding may make a large file of a small one. */
function isQuick({ codec, level, padToBlockBoundary }: ArrayRecordOptions): boolean {
  return !padToBlockBoundary && codec !== 'brotli' && (codec !== 'zstd' || level <= mostQuickLevel);
}

/** The options as they were given, but for what they leave open. */
function toldOf({ layout, to, arrayRecord, compression, onError, proof }: ConvertJobOptions) {
  return {
    to,
    shards: shardsOf(layout),
    overwriteExtension: layout.kind === 'match-inputs' && layout.overwriteExtension,
    options: arrayRecord === undefined ? null : formatArrayRecordOptions(arrayRecord),
    compression,
    onError,
    proof,
  };
}

async function planConvert(options: ConvertJobOptions, planning: Planning): Promise<Plan<ConvertUnit, LeftOut>> {
  const { outDir, prefix, layout, to } = options;
  const isOwn = ownOutputs({ outDir, prefix }, to, layout);
  const { inputs, leftOut } = await findInputs(options.inputs, isOwn);
  const found = { findings: { leftOut }, notices: leftOut };
  const names = namesFor(inputs, options);
  refuseOwnInputs(outDir, names, inputs);
  if (layout.kind === 'match-inputs') {
    return { ...found, units: inputs.map((input, i) => planWhole([input], names[i]!)) };
  }
  if (names.length === 1) return { ...found, units: [planWhole(inputs, names[0]!)] };
  const memory = `${stateName(JOB, prefix)}.index.jsonl`;
  const indexed = await indexInputs(inputs, memory, options.onError, planning);
  return {
    ...found,
    units: planShards(indexed, names),
    memory: { name: memory, lines: memoryLines(indexed, options.onError) },
  };
}

function namesFor(inputs: readonly InputStamp[], { outDir, prefix, layout, to }: ConvertJobOptions): string[] {
  if (layout.kind === 'match-inputs') return matchedNames(inputs, to, layout.overwriteExtension);
  if (prefix === '') {
    const root = absolute(outDir);
    const inside = inputs.find(({ uri }) => folderOf(absolute(uri)) === root);
    if (inside !== undefined) {
      // Without a prefix, the next run could not tell this one's outputs from its inputs.
      throw usage(
        `Cannot convert "${inside.uri}" into shards in the folder it is in: expected ${named('out')} with a name, such as "${placeIn(outDir, 'train')}"`,
      );
    }
  }
  const count = layout.kind === 'shards' ? layout.count : inputs.length;
  return shardNames(prefix === '' ? commonPrefix(inputs) : prefix, count, to);
}

/** Counts what no earlier run has counted. */
async function indexInputs(
  inputs: readonly InputStamp[],
  memory: string,
  onError: OnError,
  { runUnits, output, onProgress, signal }: Planning,
): Promise<IndexedInput[]> {
  const { files, stateDir } = output;
  const known = await recallIndices(files, files.join(stateDir, memory), onError);
  const units = inputs
    .filter((input) => recalled(known, input, onError) === undefined)
    .map((input): CountUnit => ({ id: input.uri, input }));
  const module = new URL('./count.js', import.meta.url).href;
  const how = { work: isLocalWithin(mostLightBytes, units) ? 'light' : 'long' } as const;
  const { receipts } = await runPlainly({
    job: `${JOB}: counting`,
    units,
    work: (context) => runUnits<CountUnit, InputIndex>(module, units, { onError }, context, how),
    outDir: '',
    onProgress: units.length === 0 ? undefined : onProgress,
    signal,
  });
  const counted = receipts[Symbol.iterator]();
  return inputs.map((input) => ({ input, index: recalled(known, input, onError) ?? counted.next().value! }));
}

/** Relative to the output folder: shards of several names may stand in one. */
export function manifestName({ prefix }: Pick<ConvertJobOptions, 'prefix'>): string {
  return scopedName(MANIFEST, prefix);
}

/** One output in the report and in the manifest. */
export interface ConvertedFile {
  readonly output: OutputStamp;
  readonly records: number;
  readonly payloadBytes: number;
  readonly rejects: number;
  readonly proof?: string;
  /** What it is made of, in order. */
  readonly sources: readonly ConvertSource[];
}

export function convertedFile({
  outputs,
  records,
  payloadBytes,
  rejects,
  proof,
  sources,
}: ConvertReceipt): ConvertedFile {
  return {
    output: stampOf(outputs[0]),
    records,
    payloadBytes,
    rejects,
    ...(proof === undefined ? {} : { proof }),
    sources: sources.map(({ input, size, format, compression, records: some }) => ({
      input,
      size,
      format,
      compression,
      records: some,
    })),
  };
}

/** What a dry run can tell: where nothing had to be counted, there are no numbers of records. */
export function plannedShard({ outputs, pieces, rejects }: ConvertUnit): ConvertedFile {
  const sources = pieces.map((piece): ConvertSource => {
    const { uri, size } = piece.input;
    const records = piece.kind === 'whole' ? 0 : piece.records;
    const format = piece.kind === 'whole' ? 'unknown' : piece.kind === 'nothing' ? piece.format : piece.kind;
    return { input: uri, size, format, compression: 'compression' in piece ? piece.compression : 'none', records };
  });
  return {
    output: { name: outputs[0], bytes: 0, crc32c: '' },
    records: sources.reduce((sum, { records }) => sum + records, 0),
    payloadBytes: 0,
    rejects: rejects.length,
    sources: mergeSources(sources),
  };
}

export function totalsOfConverted(files: readonly ConvertedFile[]) {
  const sum = (of: (file: ConvertedFile) => number) => files.reduce((total, file) => total + of(file), 0);
  const sources = mergeSources(files.flatMap((file) => file.sources));
  return {
    inputs: sources.length,
    outputs: files.length,
    records: sum(({ records }) => records),
    rejects: sum(({ rejects }) => rejects),
    payloadBytes: sum(({ payloadBytes }) => payloadBytes),
    bytesIn: sources.reduce((total, { size }) => total + size, 0),
    bytesOut: sum(({ output }) => output.bytes),
    sources,
  };
}

/** Of all records in order; undefined unless every file has one. */
export function proofOfAll(files: readonly ConvertedFile[]): string | undefined {
  const parts = files.flatMap(({ records, proof }) => (proof === undefined ? [] : [{ records, proof }]));
  return parts.length === files.length ? joinProofs(parts).proof : undefined;
}

async function finish(
  options: ConvertJobOptions,
  receipts: readonly ConvertReceipt[],
  { leftOut }: LeftOut,
): Promise<void> {
  const { outDir, durable } = options;
  const files = receipts.map(convertedFile);
  const proof = options.proof ? proofOfAll(files) : undefined;
  const { sources, ...totals } = totalsOfConverted(files);
  const head = {
    job: JOB,
    version,
    options: manifestOptions(convertOptions, toldOf(options), convertOrder),
    to: options.to,
    ...totals,
    ...(proof === undefined ? {} : { proof }),
    ...leftOutEntry(leftOut),
  };
  await writeManifest(placeIn(outDir, manifestName(options)), head, { sources, files }, durable);
}
