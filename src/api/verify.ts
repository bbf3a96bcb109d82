/** The public function `verify()`: every check of every file, in parallel; nothing is written. */

import { joinProofs } from '../formats/record-proof.ts';
import type { VerifiedFile } from '../jobs/files/registry.ts';
import type { VerifySettings } from '../jobs/files/work.ts';
import { runPlainly } from '../jobs/plain-run.ts';
import { flag, readOptions } from '../options.ts';
import { runUnitsIn } from '../runners/local.ts';
import { resolveInputs } from '../storage/inputs.ts';
import { version } from '../version.ts';
import { inputsShape, runShape } from './shapes.ts';
import type { VerifyOptions, VerifyReport } from './types.ts';

const shape = { ...inputsShape, ...runShape, proof: flag(false) };

const unitModule = new URL('../jobs/verify-unit.js', import.meta.url).href;

/**
 * Reads every byte of files, whose formats are found by content, and checks all that can be checked: both CRC-32C of every record of
 * TFRecord files, compressed or not; every hash of ArrayRecord files, and their indices; the checksums of every frame of FLAC recordings,
 * and their MD5; of WAV, that header and samples agree. Damage is in the report, not an exception; so is a file of another
 * format.
 *
 * @throws BowerbirdError NOT_FOUND, IO, INTERRUPTED, USAGE
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const { inputs, proof, workers, ...run } = readOptions(options, shape, 'verify()');
  const units = (await resolveInputs(inputs)).map((input) => ({ id: input.uri, input }));
  const { receipts, elapsedSeconds } = await runPlainly<(typeof units)[number], VerifiedFile>({
    ...run,
    runUnits: runUnitsIn(workers),
    job: 'verify',
    module: unitModule,
    units,
    options: { proof } satisfies VerifySettings,
    outDir: '',
  });
  return reportOf(receipts, elapsedSeconds, proof);
}

function reportOf(files: readonly VerifiedFile[], elapsedSeconds: number, proof: boolean): VerifyReport {
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
