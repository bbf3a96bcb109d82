/** The job `dataset`: chunks of episodes, or of other rows -> Parquet files, in a folder or in a repository of the Hub. Plan and manifest; unit.ts makes the files. */

import { isDeepStrictEqual } from 'node:util';
import { throwIfAborted } from '../../counters.ts';
import { BowerbirdError, named } from '../../errors.ts';
import { identityOf, manifestOptions } from '../../option-tables.ts';
import { unlessAborted } from '../../promises.ts';
import { stillAccepted } from '../../records/on-error.ts';
import { viewerBytes } from '../../samples/parquet/viewer-limit.ts';
import { placeIn, shown } from '../../storage/uri.ts';
import { version } from '../../version.ts';
import type { Job, JobOptions, Plan, Planning } from '../engine/job.ts';
import { readJournals } from '../engine/journal.ts';
import { leftOutEntry, writeManifest } from '../engine/manifest.ts';
import { NoteCounter } from '../engine/note-counts.ts';
import { type DatasetUnit, type DatasetUnitOptions, uploadFolder } from './choices.ts';
import type { PlannedChunk, PlannedChunks } from './chunk-source.ts';
import { refuseOthers, type Why } from './hub/chunk-states.ts';
import { Footers, footersName } from './hub/footers.ts';
import type { HubTarget } from './hub/target.ts';
import { identityOfChunk, lengthOfIdentity } from './identity.ts';
import { buildOptions } from './options.ts';
import type { DatasetReceipt } from './receipt.ts';

export const jobName = 'dataset';
export const manifestName = 'dataset.json';

/** The choices as journal and manifest tell them; null where they were not given or mean nothing. */
export interface DatasetTold {
  readonly episodesPerChunk: number | null;
  readonly samplesPerChunk: number | null;
  readonly parquetMaxBytes: number;
  readonly rowgroupBytes: number;
  readonly samplingRate: number | null;
  readonly check: string;
  readonly audioColumn: string | null;
  readonly textColumn: string | null;
  readonly keepColumns: readonly string[] | null;
  readonly allowOutside: boolean;
  readonly onError: string;
}

export interface DatasetJobOptions extends JobOptions, DatasetUnitOptions {
  readonly maxRejects: number | undefined;
  /** Of episodes or rows, as it may be shown. */
  readonly source: string;
  readonly told: DatasetTold;
  readonly planned: PlannedChunks;
  /** Where files go that stay in no folder. */
  readonly target: HubTarget | null;
  readonly overwrite: boolean;
}

export interface DatasetFindings {
  readonly chunks: number;
  /** Episodes or rows of the plan, as far as they are counted. */
  readonly sources: number;
  /** Chunks that the repository had, by their ids. */
  readonly there: readonly string[];
  readonly leftOut: readonly string[];
  readonly notKept: readonly string[];
}

export const datasetJob: Job<DatasetJobOptions, DatasetUnit, DatasetReceipt, DatasetFindings> = {
  name: jobName,
  module: new URL('./unit.js', import.meta.url).href,
  summaries: [manifestName],
  hasParts: true,
  plan: planOf,
  identity: ({ told }) => identityOf(buildOptions, told),
  unitOptions: ({
    outDir: _,
    source: __,
    told: ___,
    planned: ____,
    target: _____,
    overwrite: ______,
    ...unitOptions
  }) => unitOptions satisfies DatasetUnitOptions,
  finish,
  async seal({ target }, unit, receipt, { outDir }) {
    return target === null ? receipt : target.commit(unit, receipt, outDir);
  },
  sharing: {
    scope: () => '',
    // Without being asked to nothing goes that an earlier plan of episodes made: it may be another part of the same dataset. Rows are all of it.
    isOfSet: ({ overwrite, planned }, output) =>
      (overwrite || planned.rows !== undefined) && planned.chunks.some((chunk) => isBeside(chunk.output, output)),
  },
  policy: {
    accepts: (receipt, { onError, target }) =>
      stillAccepted(receipt, onError) &&
      (target === null ? receipt.isAway !== true : receipt.files.length === 0 || target.done.has(receipt.unit)),
    isAway: ({ isAway }) => isAway === true,
  },
  lightness: {
    isLight: (_, units) => units.every(({ adopted }) => adopted !== null),
  },
};

function isBeside(planned: string, output: string): boolean {
  const folder = planned.slice(0, planned.lastIndexOf('/') + 1);
  return output.startsWith(folder) && /^chunk-\d{5,}(-part-\d{2,})?\.parquet$/.test(output.slice(folder.length));
}

async function planOf(options: DatasetJobOptions, planning: Planning): Promise<Plan<DatasetUnit, DatasetFindings>> {
  const { planned, target } = options;
  const { signal, output } = planning;
  const stop = { throwIfAborted: () => throwIfAborted(signal) };
  const chunks = planned.chunks.map((chunk) => ({ chunk, identity: identityOfChunk(options, chunk) }));
  const namesOf = (config: string) => namesOfConfig(planned, config);
  let told: readonly string[] = [];
  let memory: Plan<DatasetUnit, DatasetFindings>['memory'];
  await refuseOtherUse(options, planning);
  if (target === null) await refuseOtherPlan(options, chunks, planning);
  else {
    const footers = await Footers.read(output.files, output.files.join(output.stateDir, footersName));
    told = await unlessAborted(target.look(chunks, options, namesOf, footers), signal);
    memory = footers.asFile();
  }
  stop.throwIfAborted();
  const units = chunks.map(({ chunk, identity }): DatasetUnit => {
    const { id, config, split, size, from, stamp } = chunk;
    const adopted = target?.done.get(id) ?? null;
    return {
      id,
      input: { uri: id, size, version: stamp === undefined ? identity : `${identity}-${stamp}` },
      outputs: [target === null ? chunk.output : `${uploadFolder}/${chunk.output}`],
      config,
      split,
      identity,
      from,
      sources: sourcesIn(chunk),
      adopted,
    };
  });
  const there = units.flatMap(({ id, adopted }) => (adopted === null ? [] : [id]));
  const { leftOut, notKept, notices, table } = planned;
  const sources = planned.chunks.reduce((sum, chunk) => sum + sourcesIn(chunk), 0);
  return {
    units,
    findings: { chunks: units.length, sources, there, leftOut, notKept },
    notices: [...noticesOfGroups(options), ...notices, ...told],
    ...(memory !== undefined && { memory }),
    ...(table !== undefined && { table }),
  };
}

function sourcesIn({ names, count = names.length }: PlannedChunk): number {
  return count;
}

/** The folder of a dataset keeps its files, that of a repository's state none: neither becomes the other. */
async function refuseOtherUse({ outDir, target }: DatasetJobOptions, { output }: Planning): Promise<void> {
  for (const { entries } of await readJournals<DatasetReceipt>(output.stateDir, jobName, output.files)) {
    for (const { outputs } of entries.values()) {
      const [first] = outputs;
      if (first === undefined || first.startsWith(`${uploadFolder}/`) === (target !== null)) continue;
      const [is, wanted, remedy] =
        target === null
          ? ['the state of a repository', named('out'), 'another folder']
          : [`a dataset that ${named('out')} made`, named('repo'), `another folder as ${named('state')}`];
      const message = `Cannot use "${outDir}" with ${wanted}: it is ${is}; choose ${remedy}`;
      throw new BowerbirdError('EXISTS', message, { source: outDir });
    }
  }
}

function* namesOfConfig({ chunks }: PlannedChunks, config: string): Generator<string> {
  for (const chunk of chunks) if (chunk.config === config) yield* chunk.names;
}

function noticesOfGroups({ rowgroupBytes }: DatasetJobOptions): string[] {
  if (rowgroupBytes <= viewerBytes) return [];
  const groups = `${named('rowgroupBytes', String(rowgroupBytes))}: row groups may be too large for readers`;
  return [`${groups} that take them whole, as viewers of the Hub do above ${viewerBytes} bytes`];
}

/** A folder of another plan: what it holds would be replaced under the same names. One that has grown since only gets more. */
async function refuseOtherPlan(
  { outDir, overwrite, ...options }: DatasetJobOptions,
  chunks: readonly { readonly chunk: PlannedChunks['chunks'][number]; readonly identity: string }[],
  { output }: Planning,
): Promise<void> {
  if (overwrite) return;
  const identities = new Map(chunks.map((each) => [each.chunk.id, each]));
  const others: Why[] = [];
  const { stateDir, files } = output;
  for (const journal of await readJournals<DatasetReceipt>(stateDir, jobName, files)) {
    const { entries } = journal;
    // Other options are told by whoever enters the folder.
    if (!isDeepStrictEqual(journal.options, identityOf(buildOptions, options.told))) continue;
    for (const { unit, receipt } of entries.values()) {
      const planned = identities.get(unit);
      const made = receipt?.input.version;
      if (planned === undefined || made === undefined || made === planned.identity || receipt?.files.length === 0)
        continue;
      if (planned.chunk.from.kind !== 'episodes' || lengthOfIdentity(options, planned.chunk.names, made) !== undefined)
        continue;
      others.push(
        () =>
          `chunk ${unit} is of another plan, or of other sizes (${named('episodesPerChunk')}, ${named('parquetMaxBytes')})`,
      );
    }
  }
  refuseOthers(outDir, others);
}

/** Of all chunks, in the words of report and manifest. */
export function totalsOfDataset(receipts: readonly DatasetReceipt[]) {
  const sum = (of: (receipt: DatasetReceipt) => number) => receipts.reduce((total, receipt) => total + of(receipt), 0);
  const notes = new NoteCounter();
  for (const receipt of receipts) notes.addAll(receipt.notes);
  return {
    rows: sum(({ records }) => records),
    rejects: sum(({ rejects }) => rejects),
    extras: sum(({ extras }) => extras),
    seconds: sum(({ seconds }) => seconds),
    rowsWithoutDuration: sum(({ unknownSeconds }) => unknownSeconds),
    bytesOut: sum(({ files }) => files.reduce((total, { bytes }) => total + bytes, 0)),
    emptyChunks: receipts.filter(({ files }) => files.length === 0).map(({ unit }) => unit),
    notKept: [...new Set(receipts.flatMap(({ notKept }) => notKept))].sort(),
    notes: notes.counts(),
  };
}

async function finish(
  options: DatasetJobOptions,
  receipts: readonly DatasetReceipt[],
  { sources, leftOut, notKept }: DatasetFindings,
): Promise<void> {
  const { outDir, source, target, durable, told } = options;
  const { notKept: keys, ...totals } = totalsOfDataset(receipts);
  if (totals.rows === 0) throw nothing(source, totals.rejects);
  await target?.removeRest();
  const lead = {
    job: jobName,
    version,
    source: shown(source),
    ...(target === null ? {} : { repository: target.uri }),
    options: manifestOptions(buildOptions, told),
    chunks: receipts.length,
    sources,
    ...totals,
    notKept: [...notKept, ...keys],
    ...leftOutEntry(leftOut),
  };
  const files = receipts.flatMap(({ files, config, split }) => files.map((file) => ({ ...file, config, split })));
  await writeManifest(placeIn(outDir, manifestName), lead, { files }, durable);
}

function nothing(source: string, rejects: number): BowerbirdError {
  const state =
    rejects === 0 ? 'it gives no row' : `none of its ${rejects} segments or rows can be used; see rejects.jsonl`;
  return new BowerbirdError('BAD_SCHEMA', `Cannot build a dataset of "${shown(source)}": ${state}`, { source });
}
