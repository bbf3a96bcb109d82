/** The job `ingest`: a CSV of labels and recordings -> TFRecord shards. Plan and manifest; unit.ts makes the shards. */

import { identityOf, manifestOptions } from '../../option-tables.ts';
import { named, usage } from '../../options.ts';
import { type OnError, stillAccepted } from '../../records/on-error.ts';
import { writeFileAtomic } from '../../storage/drafts.ts';
import { openSource } from '../../storage/source.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { absolute, placeIn, shown } from '../../storage/uri.ts';
import { version } from '../../version.ts';
import type { Job, JobOptions } from '../engine/job.ts';
import { stampOf, writeManifest } from '../engine/manifest.ts';
import { scopedName, stateName } from '../engine/scope.ts';
import { isShardOf, shardNames } from '../engine/shard-names.ts';
import type { OneFileReceipt, OutputStamp } from '../engine/types.ts';
import { Spill } from '../rows/spill.ts';
import type { Counts } from '../rows/tally.ts';
import { type IngestUnitOptions, nounOf, shardsAtOnce } from './choices.ts';
import { type LabelRule, labelsJson } from './labels.ts';
import { ingestOptions, ingestOrder } from './options.ts';
import { type IngestUnit, type LabelConflict, planShards, type RowScan, scanRows } from './plan.ts';
import { type IngestTotals, sumTotals } from './tally.ts';

const MANIFEST = 'ingest.json';
const LABELS = 'labels.json';

export interface IngestJobOptions extends JobOptions, IngestUnitOptions {
  readonly durable: boolean;
  /** Of the CSV file as it was found: it is read as that version. */
  readonly csvStamp: Pick<InputStamp, 'size' | 'version'>;
  readonly maxRejects?: number | undefined;
  /** The beginning of the names of all files that are made, '' for none: then shards are called after the CSV file. */
  readonly scope: string;
  readonly prefix: string;
  readonly shards: number;
}

export interface IngestReceipt extends OneFileReceipt, IngestTotals {
  readonly rejects: number;
  readonly records: number;
  readonly onError: OnError;
}

/** What a plan found, for whoever reports. */
export interface IngestFindings {
  readonly rows: number;
  readonly labels: readonly (readonly [name: string, id: number])[] | undefined;
  readonly columns: RowScan['columns'];
  readonly delimiter: string;
  readonly repeats: number;
  readonly conflicts: number;
  readonly listed: readonly LabelConflict[];
  readonly bytes: number;
  readonly missing: number;
  readonly outside: number;
  readonly header: boolean;
  readonly remote: number;
}

export const ingestJob: Job<IngestJobOptions, IngestUnit, IngestReceipt, IngestFindings> = {
  name: 'ingest',
  module: new URL('./unit.js', import.meta.url).href,
  summaries: [MANIFEST, LABELS],
  async plan(options, { signal }) {
    const csv = await openSource(options.csv, options.csvStamp);
    const spill = new Spill();
    try {
      const scan = await scanRows(csv, options.audio, options, spill, signal);
      const findings = findingsOf(scan, options.labels);
      const names = shardNames(options.prefix, options.shards, 'tfrecord');
      refuseOwnCsv(options, names);
      const placesName = `${stateName('ingest', options.scope)}.places`;
      const { shuffle } = options;
      const units = planShards(scan, { names, shuffle, placesName });
      const plan = { units, findings, notices: noticesOf(findings, options) };
      return shuffle === null ? plan : { ...plan, table: { name: placesName, lines: scan.places.text(scan.end) } };
    } finally {
      spill.close();
      await csv.close();
    }
  },
  // The prefix is part of it: in a folder, two CSV files would share one journal.
  identity: (options) => ({ prefix: options.prefix, ...identityOf(ingestOptions, toldOf(options), ingestOrder) }),
  unitOptions: ({ outDir: _, scope: __, prefix: ___, shards: ____, csvStamp: _____, ...unitOptions }) =>
    unitOptions satisfies IngestUnitOptions,
  finish,
  sharing: {
    scope: ({ scope }) => scope,
    isOfSet: ({ prefix }, output) => isShardOf(prefix, output),
  },
  policy: {
    accepts: (receipt, { onError }) =>
      (receipt.salvaged === 0 || onError === 'salvage') && stillAccepted(receipt, onError),
    // The size is a share of all recordings, whose own sizes are in the version.
    isSameInput: (planned, made) => planned.uri === made.uri && planned.version === made.version,
  },
  lightness: { unitsAtOnce: shardsAtOnce },
};

/** In the words of the options, with what they mean where they were not given. */
function toldOf(options: IngestJobOptions) {
  const { length: window = null, hop = null, pad = null } = options.windows ?? {};
  return { ...options, window, hop, pad };
}

function findingsOf(scan: RowScan, rule: LabelRule): IngestFindings {
  const { rows, columns, header, dialect, vocabulary, repeats, conflicts, listed, bytes, missing, outside, remote } =
    scan;
  const labels =
    rule.kind === 'int'
      ? undefined
      : rule.kind === 'map'
        ? rule.ids
        : vocabulary.map((name, id) => [name, id] as const);
  const { delimiter } = dialect;
  return { rows, labels, columns, header, delimiter, repeats, conflicts, listed, bytes, missing, outside, remote };
}

function refuseOwnCsv({ csv, outDir }: IngestJobOptions, names: readonly string[]): void {
  const own = names.find((name) => absolute(placeIn(outDir, name)) === absolute(csv));
  if (own !== undefined) throw usage(`Cannot write "${own}" over "${csv}": choose another ${named('out')}`);
}

function noticesOf(
  { rows, columns, header, conflicts, listed, repeats, missing, outside, remote }: IngestFindings,
  { csv, audio, multiLabel, ...options }: IngestJobOptions,
): string[] {
  const notices: string[] = [];
  const noun = nounOf(options);
  if (rows === 0) notices.push(`"${shown(csv)}" has a header and no rows`);
  if (!header && options.header === 'auto') {
    notices.push(
      `The first row of "${shown(csv)}" is taken as data, for it has a label and names a ${noun} that is there: labels are in column ` +
        `${columns.label}, paths in column ${columns.path}; ${named('header', 'yes')} takes it for a header`,
    );
  }
  if (rows > 0 && options.shards > rows) {
    notices.push(`More shards (${options.shards}) than rows (${rows}): ${options.shards - rows} of them are empty`);
  }
  if (outside > 0) {
    notices.push(
      `${outside} of ${rows} rows name a ${noun} outside of "${shown(audio)}"; ${named('allowOutside')} reads them`,
    );
  }
  if (missing > 0) {
    const hint = missing === rows ? `; is "${shown(audio)}" the right ${named('audio')}?` : '';
    notices.push(`${missing} of ${rows} rows name a ${noun} that is not there${hint}`);
  }
  if (options.keepInputs !== undefined && remote === 0) {
    notices.push(`Nothing is kept in "${options.keepInputs}": no ${noun} is read over a network`);
  }
  const [first] = listed;
  if (first !== undefined) {
    const [a, b] = first.rows;
    const hint = multiLabel === null ? '; neither is left out for that' : '';
    const example = `rows ${a} and ${b} call "${first.input}" "${first.labels[0]}" and "${first.labels[1]}"`;
    notices.push(`${conflicts} row(s) contradict an earlier one, such as ${example}${hint}`);
  }
  if (repeats > 0) notices.push(`${repeats} row(s) say again what an earlier one said; they are kept`);
  return notices;
}

/** One shard in the report and in the manifest ingest.json. */
export interface IngestedShard extends OutputStamp {
  readonly rows: number;
  readonly records: number;
  readonly rejects: number;
}

export function ingestedShard({ outputs, rows, records, rejects }: IngestReceipt): IngestedShard {
  return { ...stampOf(outputs[0]), rows, records, rejects };
}

/** What a dry run can tell. */
export function plannedShard({ id, range }: IngestUnit): IngestedShard {
  return { name: id, bytes: 0, crc32c: '', rows: range.count, records: 0, rejects: 0 };
}

/** Records of one label. */
export interface ClassCount {
  /** Text, since an int64 may pass 2^53. */
  readonly id: string;
  /** Absent where labels are integers. */
  readonly name?: string;
  readonly records: number;
}

export function classCounts(classes: Counts, labels: IngestFindings['labels']): ClassCount[] {
  const names = new Map(labels?.map(([name, id]) => [String(id), name]));
  return classes.map(([id, records]) => {
    const name = names.get(id);
    return { id, ...(name === undefined ? {} : { name }), records };
  });
}

export function manifestName({ scope }: Pick<IngestJobOptions, 'scope'>): string {
  return scopedName(MANIFEST, scope);
}

/** Of the CSV file and all shards, in the words of report and manifest. */
export function totalsOfIngest(receipts: readonly IngestReceipt[], findings: IngestFindings) {
  const { rows: used, classes, sampleRates, channels, recordingBytes, ...totals } = sumTotals(receipts);
  const { rows, header, delimiter, columns, repeats, conflicts, listed } = findings;
  return {
    rows,
    used,
    header,
    delimiter,
    labelColumn: columns.label,
    pathColumn: columns.path,
    repeats,
    conflicts,
    contradictions: listed,
    ...totals,
    bytesIn: recordingBytes,
    bytesOut: receipts.reduce((sum, { outputs }) => sum + outputs[0].bytes, 0),
    classes: classCounts(classes, findings.labels),
    sampleRates: sampleRates.map(([hz, recordings]) => ({ sampleRate: Number(hz), recordings })),
    channels: channels.map(([count, recordings]) => ({ channels: Number(count), recordings })),
  };
}

async function finish(
  options: IngestJobOptions,
  receipts: readonly IngestReceipt[],
  findings: IngestFindings,
): Promise<void> {
  const { csv, audio, outDir, durable, scope } = options;
  // A map that was given is its owner's file.
  if (options.labels.kind === 'string') {
    await writeFileAtomic(placeIn(outDir, scopedName(LABELS, scope)), [labelsJson(findings.labels ?? [])], durable);
  }
  const head = {
    job: 'ingest',
    version,
    csv: shown(csv),
    options: { audio: shown(audio), ...described(options) },
    ...totalsOfIngest(receipts, findings),
  };
  await writeManifest(placeIn(outDir, manifestName(options)), head, { files: receipts.map(ingestedShard) }, durable);
}

/** The choices without the map of labels, which is in labels.json. */
function described(options: IngestJobOptions): object {
  return manifestOptions(ingestOptions, { ...toldOf(options), labels: options.labels.kind }, ingestOrder);
}
