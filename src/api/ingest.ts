/** The public function `ingest()`: reads its options, then runs the job in threads. */

import { pathOf } from '../file-uri.ts';
import { type JobResult, runJob } from '../jobs/engine/course.ts';
import { outPlaceOf } from '../jobs/engine/shard-names.ts';
import { ownFeatures } from '../jobs/ingest/examples.ts';
import {
  type IngestFindings,
  type IngestJobOptions,
  type IngestReceipt,
  ingestedShard,
  ingestJob,
  manifestName,
  plannedShard,
  totalsOfIngest,
} from '../jobs/ingest/job.ts';
import { type LabelRule, parseLabelMap } from '../jobs/ingest/labels.ts';
import { ingestOptions } from '../jobs/ingest/options.ts';
import type { IngestUnit } from '../jobs/ingest/plan.ts';
import type { Windows } from '../jobs/rows/clips.ts';
import { readPublic } from '../option-tables.ts';
import { named, usage } from '../options.ts';
import { keptColumns } from '../samples/rows/kept-columns.ts';
import { type InputFile, type Inputs, resolveInputs } from '../storage/inputs.ts';
import { linkOf } from '../storage/links.ts';
import { storageOf } from '../storage/registry.ts';
import { absolute, extensionOf, fileNameOf, folderOf, isRemote, joinUri, shown } from '../storage/uri.ts';
import { version } from '../version.ts';
import { divided, placesOf } from './run-settings.ts';
import { runShape } from './shapes.ts';
import type { IngestOptions, IngestReport } from './types.ts';

const shape = { ...ingestOptions, ...runShape };

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
  const { settings, options: asked } = divided(given);
  const job = await jobOptions(asked);
  const result = await runJob(ingestJob, job, settings);
  return reportOf(result, job, given);
}

function readGiven(options: IngestOptions) {
  const given = readPublic(options, shape, 'ingest()');
  for (const name of ['hop', 'pad'] as const) {
    if (given[name] !== undefined && given.window === undefined) {
      throw usage(`Cannot use option "${name}" without "window": it says how recordings are cut`);
    }
  }
  if (given.audioAs === 'bytes') {
    if (given.sampleRate !== null) throw unchangedBytes('sampleRate');
    if (given.window !== undefined) throw unchangedBytes('window');
    if (given.mono) throw unchangedBytes('mono');
  } else if (given.media === 'any') {
    throw usage(`Cannot decode what is no recording: ${named('media', 'any')} needs ${named('audioAs', 'bytes')}`);
  }
  if (given.keepInputs !== undefined && isRemote(given.keepInputs)) {
    throw usage(
      `Cannot keep copies in "${shown(given.keepInputs)}": ${named('keepInputs')} takes a folder of this machine`,
    );
  }
  return given;
}

function unchangedBytes(name: string) {
  return usage(`Cannot use ${named(name)} with ${named('audioAs', 'bytes')}: the files go into the shards as they are`);
}

async function jobOptions(asked: ReturnType<typeof divided<Given>>['options']): Promise<IngestJobOptions> {
  const { inputs, out, audio, labels, labelColumn, pathColumn, keepColumns, window, hop, pad, keepInputs, ...choices } =
    asked;
  const { mode, media } = choices;
  const windows: Windows | null =
    window === undefined ? null : { length: window, hop: hop ?? window, pad: pad ?? 'zero' };
  const kept = keptColumns(
    keepColumns,
    ownFeatures({ mode, media, windows }),
    'the feature of that name is made by ingest itself',
  );
  const file = await csvOf(inputs);
  const csv = linkOf(file);
  return {
    ...choices,
    csv,
    csvStamp: { size: file.size, version: file.version },
    keepInputs: keepInputs === undefined ? undefined : absolute(pathOf(keepInputs)),
    audio: audio ?? defaultAudio(csv),
    ...placeOf(out, csv),
    labels: await labelRule(labels),
    labelColumn: columnText(labelColumn),
    pathColumn: columnText(pathColumn),
    keepColumns: kept,
    windows,
  };
}

async function csvOf(inputs: Inputs): Promise<InputFile> {
  const left: string[] = [];
  const found = await resolveInputs(inputs, undefined, ({ path }) => left.push(path));
  const all = [...found.map(({ uri }) => uri), ...left];
  if (found.length === 1 && left.length === 0) return found[0]!;
  const names = all.slice(0, 3).map((name) => `"${name}"`);
  throw usage(
    `Cannot ingest ${all.length} files (${names.join(', ')}${all.length > 3 ? ', ...' : ''}): expected one CSV file; the recordings are named by its rows`,
  );
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

async function labelRule(labels: string): Promise<LabelRule> {
  if (labels === 'int' || labels === 'string') return { kind: labels };
  const json = await (await storageOf(labels)).read(labels);
  return { kind: 'map', ids: parseLabelMap(Buffer.from(json).toString('utf8'), labels) };
}

function reportOf(
  result: JobResult<IngestUnit, IngestReceipt, IngestFindings>,
  job: IngestJobOptions,
  { out, dryRun }: Given,
): IngestReport {
  const { units, findings, receipts, done, skipped, complete, notices, elapsedSeconds } = result;
  const { missing, outside, bytes, remote } = findings;
  const totals = totalsOfIngest(receipts, findings);
  return {
    job: 'ingest',
    version,
    csv: shown(job.csv),
    ...placesOf({ out, folder: job.outDir, manifest: complete ? manifestName(job) : undefined }),
    dryRun,
    complete,
    done,
    skipped,
    ...totals,
    bytesIn: dryRun ? bytes : totals.bytesIn,
    requests: remote,
    missing,
    outside,
    elapsedSeconds,
    notices,
    files: dryRun ? units.map(plannedShard) : receipts.map(ingestedShard),
  };
}
