/** The public function `pack()`: reads its options, then runs the job in threads. */

import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { throwIfAborted } from '../counters.ts';
import { type JobResult, runJob } from '../jobs/engine/course.ts';
import type { RunSettings } from '../jobs/engine/run.ts';
import { type PackJobOptions, packJob, TABLE, totalsOfPack } from '../jobs/pack/job.ts';
import { type PackedShard, packedShard } from '../jobs/pack/metadata.ts';
import { noticesOfShards } from '../jobs/pack/notices.ts';
import { packOptions } from '../jobs/pack/options.ts';
import { type PackFindings, type PackPlan, type PackUnit, planRows } from '../jobs/pack/plan.ts';
import { planParts, planSpool } from '../jobs/pack/plan-converter.ts';
import { planParquetShards } from '../jobs/pack/plan-parquet.ts';
import type { PackReceipt } from '../jobs/pack/receipt.ts';
import { type PackSource, packSource } from '../jobs/pack/source.ts';
import { processorSpec, uploadOf } from '../jobs/pack/specs.ts';
import { loadUploader, refuseInside, uploadFolder } from '../jobs/pack/upload.ts';
import { Spill } from '../jobs/rows/spill.ts';
import { readPublic } from '../option-tables.ts';
import { named, optional, usage } from '../options.ts';
import type { Converter } from '../samples/converter.ts';
import { type HubConverter, type RowConverterOptions, rowSourceOf } from '../samples/converters.ts';
import { type BuiltInProcessor, loadProcessor, processorIdentity } from '../samples/load.ts';
import type { ModuleClass } from '../samples/module-class.ts';
import { planHub } from '../samples/parquet/plan-hub.ts';
import { Spool } from '../storage/local/spool.ts';
import { HFUploader } from '../storage/uploads/hf-uploader.ts';
import { takesFiles, type Uploader } from '../storage/uploads/uploader.ts';
import { isRemote, shown } from '../storage/uri.ts';
import { version } from '../version.ts';
import { divided, placesOf } from './run-settings.ts';
import { runShape } from './shapes.ts';
import type { PackOptions, PackReport } from './types.ts';

const { converter, processor, upload } = packOptions;
const shape = {
  ...packOptions,
  converter: optional<Converter | ModuleClass>(converter.expected, converter.accepts),
  processor: optional<string | BuiltInProcessor | ModuleClass>(processor.expected, processor.accepts),
  upload: optional<string | Uploader | ModuleClass>(upload.expected, upload.accepts),
  ...runShape,
};

type Given = ReturnType<typeof readGiven>;

const samplesWithSound = 1000;
const samplesWithout = 10_000;

/**
 * Packs samples into LMDB shards that Python reads, `shard_00000/data.mdb` and so on, with metadata.json, as AudioMDB has them. The same samples
 * give the same bytes, however many threads there are. Run again after any interruption, it goes on where it ended.
 *
 * @throws BowerbirdError
 */
export async function pack(options: PackOptions): Promise<PackReport> {
  const given = readGiven(options);
  const { settings, options: asked } = divided(given);
  const source = await packSource({
    inputs: asked.inputs,
    converter: asked.converter,
    choices: rowChoices(asked),
    hub: hubChoices(asked),
  });
  const isSpooled = source.kind === 'given' && (source.module === null || source.converter.parts === undefined);
  if (isSpooled && settings.units !== undefined) {
    throw usage(
      `Cannot use ${named('units')}: converter "${source.name}" gives its samples one after another; parts() and a static "module" divide them`,
    );
  }
  const spool = source.kind === 'rows' || isSpooled ? new Spool(tmpdir()) : undefined;
  try {
    const { job, uploader } = await jobOptions(asked, source, isSpooled, spool, settings);
    // What would end the upload in hours is told now.
    if (uploader instanceof HFUploader && settings.dryRun !== true) await uploader.open({ signal: settings.signal });
    const result = await runJob(packJob, job, settings);
    const sent =
      uploader === undefined || settings.dryRun === true
        ? []
        : await uploadFolder(uploader, resolve(asked.out), { ...settings, complete: result.complete });
    return reportOf(result, job, given, [...laterNotices(result, job, settings.onNotice), ...sent]);
  } finally {
    spool?.close();
  }
}

function readGiven(options: PackOptions) {
  const given = readPublic(options, shape, 'pack()');
  if (given.codec === 'original') {
    for (const name of ['sampleRate', 'mono'] as const) {
      if (given[name])
        throw usage(`Cannot use ${named(name)} with ${named('codec', 'original')}: recordings stay as they are`);
    }
  }
  if (given.codec !== 'pcm' && given.processor !== undefined) {
    throw usage(
      `Cannot use ${named('codec', given.codec)} with ${named('processor')}: processors are given samples of sound`,
    );
  }
  if (given.processorOptions !== undefined && typeof given.processor !== 'string') {
    throw usage(`Cannot use ${named('processorOptions')} without ${named('processor')} by its name`);
  }
  if (given.removeUploaded && given.upload === undefined) {
    throw usage(`Cannot use ${named('removeUploaded')} without ${named('upload')}`);
  }
  if (given.upload !== undefined && isRemote(given.out)) {
    throw usage(`Cannot use ${named('upload')} with "${shown(given.out)}": what is made there is uploaded already`);
  }
  return given;
}

type Asked = ReturnType<typeof divided<Given>>['options'];

function rowChoices({ audio, audioColumn, textColumn, keepColumns }: Asked) {
  return {
    ...(audio !== undefined && { audio }),
    ...(audioColumn !== null && { audioColumn }),
    ...(textColumn !== null && { textColumn }),
    ...(keepColumns !== undefined && { keepColumns }),
  };
}

function hubChoices({ split, config, revision }: Asked) {
  return {
    ...(split !== undefined && { split }),
    ...(config !== undefined && { config }),
    ...(revision !== undefined && { revision }),
  };
}

async function jobOptions(
  asked: Asked,
  source: PackSource,
  isSpooled: boolean,
  spool: Spool | undefined,
  settings: RunSettings,
) {
  const spec = processorSpec(asked.processor, asked.processorOptions);
  const loaded = spec === null ? undefined : await loadProcessor(spec);
  const { upload: target, uploader } = await uploadOf(asked.upload, asked.removeUploaded);
  if (target !== null) refuseInside(asked.out, target);
  const keepsSound = loaded === undefined || loaded.processor.keepOriginal;
  const samplesPerShard = asked.samplesPerShard ?? (keepsSound ? samplesWithSound : samplesWithout);
  const { sampleRate, mono, codec, values, allowOutside, prefetch, onError, maxRejects, durable, removeUploaded } =
    asked;
  const isRows = source.kind === 'rows';
  const choices: RowConverterOptions =
    source.kind === 'given' ? {} : isRows ? source.choices : source.converter.options;
  const hub = source.kind === 'parquet' ? await planOfHub(source.converter, settings) : undefined;
  const rows = isRows ? rowSourceOf(source.converter, choices, asked.out) : undefined;
  const audio = choices.audio ?? rows?.audio ?? '';
  const makePlan = async (signal: AbortSignal | undefined): Promise<PackPlan> => {
    if (hub !== undefined) return planParquetShards(hub.plan, samplesPerShard, hub.notices);
    if (rows === undefined) return planGiven(source, isSpooled, samplesPerShard, spool, signal);
    const spill = new Spill();
    try {
      return await planRows({ source: rows, audio, allowOutside, samplesPerShard, spool: spool!, spill, signal });
    } finally {
      spill.close();
    }
  };
  const job: PackJobOptions = {
    ...{ sampleRate, mono, codec, values, allowOutside, prefetch, onError, maxRejects, durable, removeUploaded },
    outDir: asked.out.replace(/(?<=.)\/+$/, ''),
    source: source.name,
    audio,
    converterName: isRows ? rows!.converter : source.kind === 'parquet' ? source.converter.converterName : source.name,
    converter: source.kind === 'given' && !isSpooled ? source.module : null,
    converterIdentity: source.kind === 'given' ? source.identity : null,
    parquet: hub === undefined ? null : { columns: hub.plan.columns, root: hub.root },
    processor: spec,
    processorName: loaded?.name,
    processorIdentity: spec === null ? null : await processorIdentity(spec),
    datasetName: asked.datasetName ?? source.datasetName,
    uploader: target,
    takesShards: target !== null && takesFiles(await loadUploader(target)),
    table: TABLE,
    tableSpool: isRows ? spool : undefined,
    told: {
      audioColumn: choices.audioColumn ?? null,
      textColumn: choices.textColumn ?? null,
      keepColumns: choices.keepColumns ?? null,
      samplesPerShard: source.kind === 'given' && !isSpooled ? null : samplesPerShard,
    },
    makePlan,
  };
  return { job, uploader };
}

function planOfHub({ options }: HubConverter, { signal }: RunSettings) {
  return planHub(options, { throwIfAborted: () => throwIfAborted(signal) });
}

async function planGiven(
  source: PackSource,
  isSpooled: boolean,
  samplesPerShard: number,
  spool: Spool | undefined,
  signal: AbortSignal | undefined,
): Promise<PackPlan> {
  const { converter, name } = source;
  if (!isSpooled) return planParts(converter as Converter, name, signal);
  return planSpool({ converter: converter as Converter, name, samplesPerShard, spool: spool!, signal });
}

type Result = JobResult<PackUnit, PackReceipt, PackFindings>;

function laterNotices(result: Result, job: PackJobOptions, onNotice: ((notice: string) => void) | undefined): string[] {
  const notices = noticesOfShards(result.receipts, job.processorName);
  for (const notice of notices) onNotice?.(notice);
  return notices;
}

/** What a dry run can tell: of a part of a converter nobody knows how many samples it has. */
function plannedShard(
  { outputs: [name], first }: PackUnit,
  { rows = 0 }: PackFindings,
  { told: { samplesPerShard } }: PackJobOptions,
): PackedShard {
  const samples = first === undefined || samplesPerShard === null ? 0 : Math.min(samplesPerShard, rows - first);
  return { name, bytes: 0, crc32c: '', samples, rejects: 0, seconds: 0, sha256: '' };
}

function reportOf(result: Result, job: PackJobOptions, { out, dryRun }: Given, more: readonly string[]): PackReport {
  const { units, findings, receipts, done, skipped, complete, notices, elapsedSeconds } = result;
  const { missing, outside, remote, bytes, leftOut } = findings;
  const totals = totalsOfPack(receipts, findings);
  const files = dryRun ? units.map((unit) => plannedShard(unit, findings, job)) : receipts.map(packedShard);
  return {
    job: 'pack',
    version,
    source: job.source,
    ...placesOf({ out, folder: job.outDir, manifest: complete ? 'pack.json' : undefined }),
    dryRun,
    complete,
    done,
    skipped,
    ...totals,
    samples: files.reduce((sum, { samples }) => sum + samples, 0),
    bytesIn: dryRun ? bytes : totals.bytesIn,
    missing,
    outside,
    requests: remote,
    leftOut,
    elapsedSeconds,
    notices: [...notices, ...more],
    files,
  };
}
