/** The public function `decode()`: recordings to WAV, one file to one file or many to a folder. */

import { lstatSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BowerbirdError } from '../errors.ts';
import { checkChannels } from '../formats/audio/shape.ts';
import { decodeInThreads } from '../jobs/decode/decode-in-parts.ts';
import {
  type DecodedFile,
  type DecodeUnitOptions,
  decodedFile,
  decodeJob,
  MANIFEST,
  notesOfDecoded,
  plannedFile,
  totalsOfDecoded,
} from '../jobs/decode/job.ts';
import { decodeOptions } from '../jobs/decode/options.ts';
import { runJob } from '../jobs/engine/course.ts';
import { runPlainly } from '../jobs/engine/plain-run.ts';
import type { OneFileUnit } from '../jobs/engine/types.ts';
import { readPublic } from '../option-tables.ts';
import { named, show, usage } from '../options.ts';
import { runUnitsIn } from '../runners/local.ts';
import { poolSize } from '../runners/pool-size.ts';
import { leftOutSentence, resolveInputs } from '../storage/inputs.ts';
import { isFolder } from '../storage/local/folders.ts';
import { isSameFile } from '../storage/local/same-file.ts';
import { writableStorageOf } from '../storage/registry.ts';
import { absolute, fileNameOf, folderOf, isRemote } from '../storage/uri.ts';
import { version } from '../version.ts';
import { isOutput, isWav } from './decode-again.ts';
import { divided, placesOf } from './run-settings.ts';
import { runShape } from './shapes.ts';
import type { DecodeOptions, DecodeReport } from './types.ts';

const shape = { ...decodeOptions, ...runShape };

type Given = ReturnType<typeof readGiven>;

/**
 * Decodes recordings to WAV files that hold the same samples, in as many bits as they need. `out` that ends in ".wav" is the output of a
 * single input; else it is a folder, in which an interrupted run is finished by the same call, as extract() does it.
 *
 * @throws BowerbirdError CORRUPT, TRUNCATED for damage without `lenient`; UNSUPPORTED, EXISTS, LOCKED, NOT_FOUND, IO, INTERRUPTED, USAGE
 */
export async function decode(options: DecodeOptions): Promise<DecodeReport> {
  const given = readGiven(options);
  return isWavFile(given.out) ? await decodeToFile(given) : await decodeToFolder(given);
}

function readGiven(options: DecodeOptions) {
  const given = readPublic(options, shape, 'decode()');
  const { from, to, out, channel, mono } = given;
  checkChannels({ mono, channel: channel === 'all' ? undefined : channel });
  if (to !== null && to <= from) {
    throw usage(`Cannot decode from ${from} s to ${to} s: expected an end behind the start`);
  }
  if (otherSound.test(out) && !isFolder(out)) {
    throw usage(
      `Cannot write ${show(out)}: decode makes WAV; expected a name that ends in .wav, or a folder (one to be called so: with a slash at its end)`,
    );
  }
  return given;
}

/** What somebody who writes such a name wants is no folder. */
const otherSound =
  /\.(?:mp[1234]|flac|og[gax]|opus|aac|m4a|wma|aiff?|aifc|wv|ape|wave|bwf|w64|rf64|caf|au|snd|pcm|raw)$/i;

/** A folder may be called "x.wav" too, if it is there. */
function isWavFile(out: string): boolean {
  return /\.wav$/i.test(out) && !isFolder(out);
}

function unitOptions({ channel, mono, sampleRate, from, to, bits, lenient, durable }: Given): DecodeUnitOptions {
  return { channel, mono, sampleRate, from, to, bits, lenient, durable };
}

async function decodeToFolder(given: Given): Promise<DecodeReport> {
  const { dryRun } = given;
  const { settings, options } = divided(given);
  const { out: outDir, ...choices } = options;
  const result = await runJob(decodeJob, { ...choices, outDir }, settings);
  const { done, skipped, complete, notices, elapsedSeconds } = result;
  const files = dryRun ? result.units.map(plannedFile) : result.receipts.map(decodedFile);
  const places = placesOf({ out: outDir, folder: outDir, manifest: complete ? MANIFEST : undefined });
  return report(places, dryRun, files, { done, skipped, complete, notices, elapsedSeconds });
}

async function decodeToFile(given: Given): Promise<DecodeReport> {
  const { inputs, out, dryRun, overwrite, workers, onProgress, signal } = given;
  if (given.units !== undefined) throw usage(`Cannot take a part ("units") of one file: expected a folder as output`);
  const notices: string[] = [];
  const found = await resolveInputs(inputs, undefined, (left) => notices.push(leftOutSentence(left)));
  for (const notice of notices) given.onNotice?.(notice);
  if (found.length > 1) {
    throw usage(`Cannot decode ${found.length} recordings into "${out}": expected a folder as output`);
  }
  const input = found[0]!;
  if (isSameFile(input.uri, out)) throw usage(`Cannot decode "${out}" into itself: expected another file as output`);
  const unit: OneFileUnit = { id: input.uri, input, outputs: [fileNameOf(out)] };
  const done = { done: 1, skipped: 0, complete: true, notices };
  const places = placesOf({ out, folder: folderOf(out) });
  if (dryRun)
    return report(places, true, [plannedFile(unit)], { ...done, done: 0, complete: false, elapsedSeconds: 0 });
  const isThere = !overwrite && (await isTaken(out));
  if (isThere && !(await isWav(out))) throw exists(out);
  const isElsewhere = isThere || isRemote(out);
  const folders = {
    outDir: isElsewhere ? await mkdtemp(join(tmpdir(), 'bowerbird-decode-')) : folderOf(absolute(out)),
    ...(isRemote(out) && !isThere ? { upload: folderOf(out) } : {}),
  };
  const threads = { runUnits: runUnitsIn(workers), workers: poolSize(workers, Number.POSITIVE_INFINITY) };
  const { receipts, elapsedSeconds } = await runPlainly({
    job: 'decode',
    units: [unit],
    work: (context) => decodeInThreads(unit, unitOptions(given), context, threads),
    ...folders,
    onProgress,
    signal,
  }).finally(() => (isElsewhere ? rm(folders.outDir, { recursive: true, force: true }) : undefined));
  const files = receipts.map(decodedFile);
  if (!isThere) return report(places, false, files, { ...done, elapsedSeconds });
  // Only decoding it again tells whether an earlier run finished here, of this input and with these options.
  if (!(await isOutput(out, files[0]!.output))) throw exists(out);
  return report(places, false, files, { ...done, done: 0, skipped: 1, elapsedSeconds });
}

function exists(out: string): BowerbirdError {
  const message = `Cannot write "${out}": it exists, and is not what this would make; choose another name, or replace it with ${named('overwrite')}`;
  return new BowerbirdError('EXISTS', message, { source: out });
}

async function isTaken(out: string): Promise<boolean> {
  if (!isRemote(out)) return lstatSync(out, { throwIfNoEntry: false }) !== undefined;
  return (await (await writableStorageOf(out)).stat(out)) !== undefined;
}

type Course = Pick<DecodeReport, 'done' | 'skipped' | 'complete' | 'notices' | 'elapsedSeconds'>;

function report(
  places: ReturnType<typeof placesOf>,
  dryRun: boolean,
  files: readonly DecodedFile[],
  course: Course,
): DecodeReport {
  return {
    job: 'decode',
    version,
    ...places,
    dryRun,
    ...course,
    ...totalsOfDecoded(files),
    notes: notesOfDecoded(files),
    files,
  };
}
