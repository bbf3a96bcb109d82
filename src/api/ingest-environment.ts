/** The public function `ingestEnvironment()`: options of ingest() from the variables of the Beam pipeline that it replaces. */

import { usage } from '../options.ts';
import { type EnvValues, environment } from '../storage/env.ts';
import { schemeOf } from '../storage/uri.ts';
import type { IngestOptions } from './types.ts';

export interface IngestEnvironment {
  readonly options: Partial<Pick<IngestOptions, 'inputs' | 'audio' | 'out' | 'shards' | 'workers'>>;
  /** What is set and does not matter here. */
  readonly notices: readonly string[];
  /** Set when `.env` gives some of them: its path, and the variable of each. */
  readonly dotEnv?: {
    readonly path: string;
    readonly variables: { readonly [option in keyof IngestEnvironment['options']]?: string };
  };
}

const variableOf = {
  inputs: 'DATA_INPUT_PATH',
  audio: 'BUCKET_NAME',
  out: 'DATA_OUTPUT_PATH',
  shards: 'NUM_SHARDS',
  workers: 'NUM_WORKERS',
} as const satisfies { readonly [option in keyof IngestEnvironment['options']]: string };

/** Of machines that Beam would have started. */
const beamOnly = ['PROJECT_ID', 'REGION', 'BEAM_STAGING_LOCATION', 'BEAM_TEMP_LOCATION', 'JOB_NAME', 'DISK_SIZE'];

/**
 * DATA_INPUT_PATH, BUCKET_NAME (a bucket of Google Cloud Storage, without its scheme), DATA_OUTPUT_PATH, NUM_SHARDS and NUM_WORKERS, as the
 * environment has them, else a file `.env` in the working directory. See .env.template.
 *
 * @throws BowerbirdError USAGE for a number that is none
 */
export function ingestEnvironment(
  variables: EnvValues = process.env,
  folder: string = process.cwd(),
): IngestEnvironment {
  const fromFile = new Map<string, string>();
  const env = environment(variables, folder, (name, path) => fromFile.set(name, path));
  const whole = (name: string): number | undefined => {
    const value = env(name);
    if (value === undefined) return undefined;
    if (/^\d{1,9}$/.test(value) && Number(value) > 0) return Number(value);
    throw usage(`Cannot use ${name}="${value}": expected a whole number, 1 or more`);
  };
  const bucket = env(variableOf.audio);
  const options = {
    inputs: env(variableOf.inputs),
    audio: bucket === undefined || schemeOf(bucket) !== undefined ? bucket : `gs://${bucket}`,
    out: env(variableOf.out),
    shards: whole(variableOf.shards),
    workers: whole(variableOf.workers),
  };
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const runner = env('RUNNER');
  const isHere = runner === undefined || /^(local|directrunner)$/i.test(runner);
  const unused = beamOnly.filter((name) => env(name) !== undefined);
  const notices = isHere
    ? []
    : [
        `RUNNER=${runner}: everything runs on this machine${unused.length === 0 ? '' : `; not used: ${unused.join(', ')}`}`,
      ];
  const ofFile = Object.entries(variableOf).filter(([, variable]) => fromFile.has(variable));
  const [first] = ofFile;
  const dotEnv = first && { path: fromFile.get(first[1])!, variables: Object.fromEntries(ofFile) };
  return { options: Object.fromEntries(given), notices, ...(dotEnv && { dotEnv }) };
}
