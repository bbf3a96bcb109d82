/** The public function `ingest()`: reads its options, then runs the job in threads. */

import { type JobResult, runJob } from '../jobs/engine/course.ts';
import { outPlaceOf } from '../jobs/engine/shard-names.ts';
import type { Windows } from '../jobs/ingest/choices.ts';
import type { KeptColumn } from '../jobs/ingest/columns.ts';
import { ownFeatures } from '../jobs/ingest/examples.ts';
import {
  type IngestFindings,
  type IngestJobOptions,
  type IngestReceipt,
  ingestedShard,
  ingestJob,
  plannedShard,
  totalsOfShards,
} from '../jobs/ingest/job.ts';
import { type LabelRule, parseLabelMap } from '../jobs/ingest/labels.ts';
import type { IngestUnit } from '../jobs/ingest/plan.ts';
import { flag, integer, oneOf, optional, readOptions, requiredText, text, usage } from '../options.ts';
import { storageOf } from '../storage/registry.ts';
import { extensionOf, fileNameOf, folderOf, isRemote, joinUri, shown } from '../storage/uri.ts';
import { version } from '../version.ts';
import { runSettings } from './run-settings.ts';
import { jobShape, rejectsShape } from './shapes.ts';
import type { IngestOptions, IngestReport } from './types.ts';

const mostShards = 99_999;
/** More would hold more recordings in memory than hide the latency of any network. */
const mostPrefetch = 1024;

const isText = (v: unknown): v is string => typeof v === 'string' && v !== '';
const isPositive = (v: unknown) => typeof v === 'number' && Number.isFinite(v) && v > 0;
const column = optional<string | number>(
  'the name of a column or its number, counted from 0',
  (v) => isText(v) || (Number.isSafeInteger(v) && (v as number) >= 0),
);
const seconds = optional<number>('a number of seconds above 0', isPositive);

const shape = {
  ...jobShape,
  ...rejectsShape,
  csv: requiredText('a CSV file'),
  out: requiredText('the beginning of the names of shards, or a folder'),
  audio: optional<string>('a folder, a bucket or the beginning of a URI', (v) => typeof v === 'string'),
  shards: integer(1, mostShards, 1),
  labelColumn: column,
  pathColumn: column,
  delimiter: optional<string>('one character', (v) => isText(v) && v.length === 1 && !/["\r\n]/.test(v)),
  header: oneOf(['auto', 'yes', 'no'], 'auto'),
  allowOutside: flag(false),
  labels: text('int'),
  multiLabel: optional<string>('the text between two labels', isText),
  keepColumns: optional<readonly string[]>('a list of columns', (v) => Array.isArray(v) && v.every(isText)),
  mode: oneOf(['compat', 'rich'], 'compat'),
  audioAs: oneOf(['tensor', 'pcm16', 'bytes', 'flac'], 'tensor'),
  sampleRate: integer(1, 0xffffffff, undefined),
  mono: flag(false),
  window: seconds,
  hop: seconds,
  pad: optional<'zero' | 'drop'>('one of zero, drop', (v) => v === 'zero' || v === 'drop'),
  compression: oneOf(['none', 'gzip'], 'none'),
  shuffle: integer(0, 0xffffffff, undefined),
  prefetch: integer(0, mostPrefetch, 8),
};

type Given = ReturnType<typeof readGiven>;

/**
 * Turns a CSV file of labels and the recordings that it names into TFRecord shards of tf.train.Example, PREFIX-00000-of-00064.tfrecord and so
 * on, and a manifest. The same rows and recordings give the same bytes, however many threads there are. Run again after any interruption, it
 * goes on where it ended.
 *
 * @throws BowerbirdError
 */
export async function ingest(options: IngestOptions): Promise<IngestReport> {
  const given = readGiven(options);
  const result = await runJob(ingestJob, await jobOptions(given), runSettings(given));
  return reportOf(result, given);
}

function readGiven(options: IngestOptions) {
  const given = readOptions(options, shape, 'ingest()');
  for (const name of ['hop', 'pad'] as const) {
    if (given[name] !== undefined && given.window === undefined) {
      throw usage(`Cannot use option "${name}" without "window": it says how recordings are cut`);
    }
  }
  if (given.audioAs === 'bytes') {
    for (const name of ['sampleRate', 'window'] as const) {
      if (given[name] !== undefined) throw unchangedBytes(name);
    }
    if (given.mono) throw unchangedBytes('mono');
  }
  return given;
}

function unchangedBytes(name: string) {
  return usage(`Cannot use option "${name}" with audioAs "bytes": the files go into the shards as they are`);
}

async function jobOptions(given: Given): Promise<IngestJobOptions> {
  const { csv, out, window, hop, pad, mode } = given;
  const windows: Windows | null =
    window === undefined ? null : { length: window, hop: hop ?? window, pad: pad ?? 'zero' };
  const place = placeOf(out, csv);
  return {
    csv,
    audio: given.audio ?? defaultAudio(csv),
    ...place,
    shards: given.shards,
    labelColumn: columnText(given.labelColumn),
    pathColumn: columnText(given.pathColumn),
    keepColumns: keptColumns(given.keepColumns ?? [], ownFeatures({ mode, windows })),
    header: given.header,
    allowOutside: given.allowOutside,
    delimiter: given.delimiter ?? null,
    labels: await labelRule(given.labels),
    multiLabel: given.multiLabel ?? null,
    mode,
    audioAs: given.audioAs,
    sampleRate: given.sampleRate ?? null,
    mono: given.mono,
    windows,
    compression: given.compression,
    shuffle: given.shuffle ?? null,
    prefetch: given.prefetch,
    onError: given.onError,
    maxRejects: given.maxRejects,
    durable: given.durable,
  };
}

/** The folder of the CSV file, so that names beside it are found from anywhere. */
function defaultAudio(csv: string): string {
  return isRemote(csv) ? joinUri(folderOf(csv), '') : folderOf(csv);
}

/** A slash at the end, or a folder that is there: shards are called after the CSV file, and the folder is theirs. */
function placeOf(out: string, csv: string): Pick<IngestJobOptions, 'outDir' | 'prefix' | 'scope'> {
  const { outDir, prefix } = outPlaceOf(out, { kind: 'match-shards' });
  if (prefix !== '') return { outDir, prefix, scope: prefix };
  const base = fileNameOf(csv);
  const stem = base.slice(0, base.length - extensionOf(base).length);
  return { outDir, prefix: stem === '' ? 'records' : stem, scope: '' };
}

function columnText(column: string | number | undefined): string | null {
  return column === undefined ? null : String(column);
}

/** "name", "name:int", "name:float" or "name:text"; what stands behind another colon belongs to the name. */
function keptColumns(columns: readonly string[], taken: readonly string[]): KeptColumn[] {
  const kept = columns.map((given): KeptColumn => {
    const [, name, as] = /^(.+):(int|float|text)$/.exec(given) ?? [undefined, given, 'text'];
    return { name: name!, as: as as KeptColumn['as'] };
  });
  for (const [i, { name }] of kept.entries()) {
    if (taken.includes(name)) {
      throw usage(`Cannot keep column "${name}": the feature of that name is made by ingest itself`);
    }
    if (kept.findIndex((other) => other.name === name) < i) throw usage(`Cannot keep column "${name}" twice`);
  }
  return kept;
}

async function labelRule(labels: string): Promise<LabelRule> {
  if (labels === 'int' || labels === 'string') return { kind: labels };
  const json = await (await storageOf(labels)).read(labels);
  return { kind: 'map', ids: parseLabelMap(Buffer.from(json).toString('utf8'), labels) };
}

function reportOf(result: JobResult<IngestUnit, IngestReceipt, IngestFindings>, given: Given): IngestReport {
  const { units, findings, receipts, done, skipped, complete, notices, elapsedSeconds } = result;
  const { rows, repeats, conflicts, listed, missing, outside, header, bytes, remote } = findings;
  const { rows: used, ...totals } = totalsOfShards(receipts, findings);
  const { csv, out, dryRun } = given;
  return {
    job: 'ingest',
    version,
    csv: shown(csv),
    out,
    dryRun,
    complete,
    done,
    skipped,
    rows,
    used,
    ...totals,
    bytesIn: dryRun ? bytes : totals.bytesIn,
    requests: remote,
    missing,
    outside,
    header,
    repeats,
    conflicts,
    contradictions: listed,
    elapsedSeconds,
    notices,
    shards: dryRun ? units.map(plannedShard) : receipts.map(ingestedShard),
  };
}
