/** The public function `datasetEnvironment()`: options of the builder of datasets from the variables of the script that it replaces. And what is missing. */

import type { buildChoices } from '../../jobs/dataset/options/build-choices.ts';
import { buildOptions } from '../../jobs/dataset/options.ts';
import { named, usage } from '../../options.ts';
import { sizeWords } from '../../quantities.ts';
import { type EnvValues, environment } from '../../storage/env.ts';
import { hubToken } from '../../storage/hub/server.ts';
import { missingOfR2 } from '../../storage/s3/config.ts';
import { schemeOf } from '../../storage/uri.ts';
import type { DatasetBuildOptions } from '../types/dataset-build.ts';

export interface DatasetEnvironment {
  readonly options: Partial<
    Pick<
      DatasetBuildOptions,
      'source' | 'repo' | 'episodesPerChunk' | 'downloadWorkers' | 'parquetMaxBytes' | 'rowgroupBytes'
    >
  >;
  /** Set when `.env` gives some of them: its path, and the variable of each. */
  readonly dotEnv?: {
    readonly path: string;
    readonly variables: { readonly [option in keyof DatasetEnvironment['options']]?: string };
  };
}

const variableOf = {
  source: 'R2_BUCKET',
  repo: 'HF_REPO_ID',
  episodesPerChunk: 'EPISODES_PER_CHUNK',
  downloadWorkers: 'DOWNLOAD_WORKERS',
  parquetMaxBytes: 'PARQUET_MAX_BYTES',
  rowgroupBytes: 'PARQUET_ROWGROUP_BYTES',
} as const satisfies { readonly [option in keyof Required<DatasetEnvironment['options']>]: string };

/**
 * R2_BUCKET (r2://R2_BUCKET/processed/ is `source`), HF_REPO_ID, EPISODES_PER_CHUNK, DOWNLOAD_WORKERS, PARQUET_MAX_BYTES and PARQUET_ROWGROUP_BYTES, as the
 * environment has them, else a file `.env` in the working directory. See .env.template. Of R2_ENDPOINT_URL, R2_ACCESS_KEY_ID, R2_SECRET_ACCESS_KEY and
 * HF_TOKEN nothing is said here: whoever needs them reads them.
 *
 * @throws BowerbirdError USAGE for a number that is none
 */
export function datasetEnvironment(
  variables: EnvValues = process.env,
  folder: string = process.cwd(),
): DatasetEnvironment {
  const fromFile = new Map<string, string>();
  const env = environment(variables, folder, (name, path) => fromFile.set(name, path));
  const numberOf = (option: keyof typeof buildChoices | 'downloadWorkers', words = wholeWords): number | undefined => {
    const name = variableOf[option as keyof typeof variableOf];
    const text = env(name);
    if (text === undefined) return undefined;
    const value = words.fromText(text.trim());
    const { accepts, expected } = buildOptions[option];
    if (value !== undefined && accepts(value)) return value;
    throw usage(`Cannot use ${name}="${text}": expected ${value === undefined ? words.expected : expected}`);
  };
  const bucket = env(variableOf.source)?.replace(/\/+$/, '');
  const options = {
    source: bucket === undefined ? undefined : `${schemeOf(bucket) === undefined ? 'r2://' : ''}${bucket}/processed/`,
    repo: env(variableOf.repo),
    episodesPerChunk: numberOf('episodesPerChunk'),
    downloadWorkers: numberOf('downloadWorkers'),
    parquetMaxBytes: numberOf('parquetMaxBytes', sizeWords),
    rowgroupBytes: numberOf('rowgroupBytes', sizeWords),
  };
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const ofFile = Object.entries(variableOf).filter(([, variable]) => fromFile.has(variable));
  const [first] = ofFile;
  const dotEnv = first && { path: fromFile.get(first[1])!, variables: Object.fromEntries(ofFile) };
  return { options: Object.fromEntries(given), ...(dotEnv && { dotEnv }) };
}

const wholeWords = {
  expected: 'a whole number',
  fromText: (text: string) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined),
};

const optionOf = {
  R2_ENDPOINT_URL: 'r2EndpointUrl',
  R2_ACCESS_KEY_ID: 'r2AccessKeyId',
  R2_SECRET_ACCESS_KEY: 'r2SecretAccessKey',
  HF_TOKEN: 'hfToken',
} as const;

type Access = { readonly [option in (typeof optionOf)[keyof typeof optionOf]]?: string | undefined };

/** Who may read and write, as options tell it: variables of this run alone (withVariables()). Null where the environment says it all. */
export function accessOf(given: Access): EnvValues | null {
  const told = Object.entries(optionOf).filter(([, option]) => given[option] !== undefined);
  return told.length === 0 ? null : Object.fromEntries(told.map(([name, option]) => [name, given[option]]));
}

export interface Needed {
  /** "Cannot scan". */
  readonly doing: string;
  /** Where episodes are; null where none are read. */
  readonly source: string | undefined | null;
  /** What is written to; null where nothing is. */
  readonly target: { readonly repo?: string | undefined; readonly out?: string | undefined } | null;
  /** Something is sent to a repository. */
  readonly sends: boolean;
}

/** All that is missing, at once. REQUIRES: to be called in withVariables(accessOf(...)). */
export function refuseMissing({ doing, source, target, sends }: Needed): void {
  const env = environment();
  const missing: string[] = [];
  if (source === undefined) missing.push(`R2_BUCKET (${named('source')})`);
  if (source === undefined || (source !== null && schemeOf(source) === 'r2')) {
    missing.push(...missingOfR2(env).map((name) => `${name} (${named(optionOf[name as keyof typeof optionOf])})`));
  }
  if (target !== null && target.out === undefined) {
    if (target.repo === undefined) missing.push(`HF_REPO_ID (${named('repo')}, or a folder as ${named('out')})`);
    if (sends && hubToken(env) === undefined) missing.push(`HF_TOKEN (${named('hfToken')}, or "hf auth login")`);
  }
  if (missing.length === 0) return;
  throw usage(`${doing}: expected ${missing.join(', ')}, in the environment, in .env, or as options; found none`);
}
