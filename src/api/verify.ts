/** The public function `verify()`: every check of every file, in parallel; nothing is written. */

import { joinProofs } from '../formats/records/proof.ts';
import { verifyOptions } from '../jobs/check/options.ts';
import type { VerifiedFile } from '../jobs/check/registry.ts';
import type { VerifiedUnknown } from '../jobs/check/tfrecord.ts';
import { cutInputs, joinParts, type VerifyReceipt, type VerifyUnit, wholeFile } from '../jobs/check/verify-parts.ts';
import type { VerifySettings } from '../jobs/check/work.ts';
import { runPlainly } from '../jobs/engine/plain-run.ts';
import { readPublic } from '../option-tables.ts';
import { runUnitsIn } from '../runners/local.ts';
import { poolSize } from '../runners/pool-size.ts';
import { type LeftOutInput, leftOutSentence, resolveInputs } from '../storage/inputs.ts';
import type { InputStamp } from '../storage/stamp.ts';
import { version } from '../version.ts';
import { runShape } from './shapes.ts';
import type { VerifyOptions, VerifyReport } from './types.ts';

const shape = { ...verifyOptions, ...runShape };

const unitModule = new URL('../jobs/check/verify-unit.js', import.meta.url).href;

/**
 * Reads every byte of files, whose formats are found by content, and checks all that can be checked: both CRC-32C of every record of
 * TFRecord files, compressed or not; every hash of ArrayRecord files, and their indices; the checksums of every frame of FLAC recordings,
 * and their MD5; of WAV, that header and samples agree. Damage is in the report, not an exception; so is a file of another
 * format.
 *
 * @throws BowerbirdError NOT_FOUND, IO, INTERRUPTED, USAGE
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const { inputs, proof, workers, onNotice, ...run } = readPublic(options, shape, 'verify()');
  const settings: VerifySettings = { proof };
  const runUnits = runUnitsIn(workers);
  const work = (units: readonly VerifyUnit[], of: readonly InputStamp[]) =>
    runPlainly({
      ...run,
      job: 'verify',
      units,
      work: (context) => runUnits<VerifyUnit, VerifyReceipt>(unitModule, units, settings, context),
      inputs: of,
      outDir: '',
    });
  const notices: string[] = [];
  const unopened: VerifiedUnknown[] = [];
  const onLeftOut = (left: LeftOutInput) => {
    if (left.isLoss) unopened.push(unopenedFile(left));
    else {
      notices.push(leftOutSentence(left));
      onNotice?.(leftOutSentence(left));
    }
  };
  const found = await resolveInputs(inputs, undefined, onLeftOut, (error, input) => {
    unopened.push({ ...nothingOf(error.source ?? input), error: error.toJSON() });
  });
  const all = (of: ReadonlyMap<string, VerifiedFile>) => [...inOrder(found, of), ...unopened];
  const units = await cutInputs(found, poolSize(workers, Number.POSITIVE_INFINITY));
  const { receipts, elapsedSeconds } = await work(units, found);
  const files = joinParts(units, receipts);
  const left = found.filter(({ uri }) => !files.has(uri));
  if (left.length === 0) return reportOf(all(files), elapsedSeconds, proof, notices);
  const again = await work(left.map(wholeFile), left);
  for (const [i, { uri }] of left.entries()) files.set(uri, again.receipts[i] as VerifiedFile);
  return reportOf(all(files), elapsedSeconds + again.elapsedSeconds, proof, notices);
}

function inOrder(inputs: readonly InputStamp[], files: ReadonlyMap<string, VerifiedFile>): VerifiedFile[] {
  return inputs.map(({ uri }) => files.get(uri)!);
}

/** A file that was not checked is not intact: left out in silence, it would be taken for one. */
function unopenedFile({ path, reason }: LeftOutInput): VerifiedUnknown {
  const error = { code: 'UNSUPPORTED', source: path, message: `Cannot verify "${path}": ${reason}` } as const;
  return { ...nothingOf(path), error };
}

function nothingOf(source: string) {
  const nothing = { compression: 'none', size: 0, records: 0, payloadBytes: 0, damaged: [] } as const;
  return { source, format: 'unknown', ...nothing, ok: false } as const;
}

function reportOf(
  files: readonly VerifiedFile[],
  elapsedSeconds: number,
  proof: boolean,
  notices: readonly string[],
): VerifyReport {
  const joint = proof ? proofOfAll(files) : undefined;
  return {
    job: 'verify',
    version,
    ok: files.every(({ ok }) => ok),
    inputs: files.length,
    damagedInputs: files.filter(({ ok }) => !ok).length,
    records: files.reduce((total, file) => total + ('records' in file ? file.records : 0), 0),
    soundSeconds: files.reduce((total, file) => total + ('durationSeconds' in file ? file.durationSeconds : 0), 0),
    bytes: files.reduce((total, { size }) => total + size, 0),
    ...(joint === undefined ? {} : { proof: joint }),
    elapsedSeconds,
    notices,
    files,
  };
}

/** Of the records of all files in their order; undefined when one of them holds none by its nature. */
function proofOfAll(files: readonly VerifiedFile[]): string | undefined {
  const parts = files.flatMap((file) =>
    'proof' in file && file.proof !== undefined ? [{ records: file.records, proof: file.proof }] : [],
  );
  return parts.length === files.length ? joinProofs(parts).proof : undefined;
}
