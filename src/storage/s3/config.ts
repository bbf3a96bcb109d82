/** Who asks, whom, and where: credentials, endpoint and region of s3:// from the variables and files that the tools of that world read. */

import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BowerbirdError, systemError } from '../../errors.ts';
import { importOptional } from '../../optional.ts';
import { usage } from '../../options.ts';
import { type Env, firstOf } from '../env.ts';
import { processCredentials, type S3Credentials } from './process.ts';
import { strictly } from './url.ts';

export interface S3Config {
  /** Undefined: Amazon's own, by region and bucket. */
  readonly endpoint: URL | undefined;
  readonly region: string;
  /** Undefined: nothing was found, and what is public can still be read. */
  readonly credentials: (() => Promise<S3Credentials>) | undefined;
}

/**
 * R2_* first, since who sets them means Cloudflare; then AWS_* keys; then the profile (AWS_PROFILE, or "default"): its keys, or its
 * credential_process; then, if it is installed, Amazon's own chain (single sign-on, roles, instances).
 */
export async function s3Config(env: Env): Promise<S3Config> {
  const profile = readProfile(env);
  const isR2 = env('R2_ACCESS_KEY_ID') !== undefined && r2Endpoint(env) !== undefined;
  if (isR2 && env('AWS_ENDPOINT_URL_S3') === undefined) return r2Config(env);
  const endpoint = firstOf(env, 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL') ?? profile['endpoint_url'];
  return {
    endpoint: endpoint === undefined ? undefined : urlOf(endpoint, 'AWS_ENDPOINT_URL'),
    region: firstOf(env, 'AWS_REGION', 'AWS_DEFAULT_REGION') ?? profile['region'] ?? 'us-east-1',
    credentials: await credentialsOf(env, profile),
  };
}

/** Cloudflare's alone: AWS_* says nothing about it. */
export function r2Config(env: Env): S3Config {
  const missing = missingOfR2(env);
  const accessKeyId = env('R2_ACCESS_KEY_ID');
  const secretAccessKey = env('R2_SECRET_ACCESS_KEY');
  if (missing.length > 0 || accessKeyId === undefined || secretAccessKey === undefined) {
    throw usage(`Cannot use Cloudflare R2: expected ${missing.join(', ')} in the environment or in .env`);
  }
  return {
    endpoint: urlOf(r2Endpoint(env)!, 'R2_ENDPOINT_URL'),
    region: 'auto',
    credentials: async () => ({ accessKeyId, secretAccessKey }),
  };
}

/** Names of variables, all at once. An account says where it is, too. */
export function missingOfR2(env: Env): string[] {
  const needed = ['R2_ACCESS_KEY_ID', 'R2_SECRET_ACCESS_KEY'].filter((name) => env(name) === undefined);
  return r2Endpoint(env) === undefined ? ['R2_ENDPOINT_URL', ...needed] : needed;
}

function r2Endpoint(env: Env): string | undefined {
  const account = env('R2_ACCOUNT_ID');
  const own = account === undefined ? undefined : `https://${account}.r2.cloudflarestorage.com`;
  return firstOf(env, 'R2_ENDPOINT_URL', 'R2_ENDPOINT') ?? own;
}

async function credentialsOf(env: Env, profile: Section): Promise<S3Config['credentials']> {
  const given = {
    accessKeyId: env('AWS_ACCESS_KEY_ID'),
    secretAccessKey: env('AWS_SECRET_ACCESS_KEY'),
    sessionToken: env('AWS_SESSION_TOKEN'),
  };
  const named = {
    accessKeyId: profile['aws_access_key_id'],
    secretAccessKey: profile['aws_secret_access_key'],
    sessionToken: profile['aws_session_token'],
  };
  for (const { accessKeyId, secretAccessKey, sessionToken } of [given, named]) {
    if (accessKeyId !== undefined && secretAccessKey !== undefined) {
      return async () => ({ accessKeyId, secretAccessKey, sessionToken });
    }
    if (accessKeyId !== undefined)
      throw usage('Cannot use AWS_ACCESS_KEY_ID alone: expected AWS_SECRET_ACCESS_KEY with it');
  }
  const command = profile['credential_process'];
  const elsewhere = inProfile.some((name) => profile[name] !== undefined);
  return command === undefined || elsewhere
    ? providerChain(env, profile)
    : processCredentials(command, profileName(env));
}

const chainPackage = '@aws-sdk/credential-provider-node';
/** What says that a server has to be asked for credentials. */
const inProfile = ['sso_session', 'sso_start_url', 'role_arn', 'web_identity_token_file'];
const inEnvironment = [
  ...['AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'],
];

/** Heavy, and few need it: not a dependency, but used where it is. */
async function providerChain(env: Env, profile: Section): Promise<S3Config['credentials']> {
  let chain: { readonly defaultProvider: (options: object) => () => Promise<S3Credentials> };
  try {
    chain = (await importOptional(chainPackage)) as typeof chain;
  } catch (cause) {
    const kind = inProfile.find((name) => profile[name] !== undefined);
    const variable = inEnvironment.find((name) => env(name) !== undefined);
    if (kind === undefined && variable === undefined) return undefined;
    const what =
      kind === undefined ? variable : `the profile "${profileName(env)}": it gets its credentials by ${kind}`;
    const message =
      `Cannot use ${what}; install ${chainPackage}, ` +
      'or put the result of "aws configure export-credentials --format env" into the environment';
    throw new BowerbirdError('UNSUPPORTED', message, {}, { cause });
  }
  const profileOption = env('AWS_PROFILE');
  return chain.defaultProvider(profileOption === undefined ? {} : { profile: profileOption });
}

type Section = { readonly [name: string]: string | undefined };

function profileName(env: Env): string {
  return env('AWS_PROFILE') ?? 'default';
}

/** What both files say of the profile; the credentials file wins. */
function readProfile(env: Env): Section {
  const name = profileName(env);
  const folder = join(env('HOME') ?? homedir(), '.aws');
  const config = readIni(env('AWS_CONFIG_FILE') ?? join(folder, 'config'));
  const credentials = readIni(env('AWS_SHARED_CREDENTIALS_FILE') ?? join(folder, 'credentials'));
  const sections = [
    config.get(`profile ${name}`),
    name === 'default' ? config.get('default') : undefined,
    credentials.get(name),
  ];
  const named = env('AWS_PROFILE') !== undefined && env('AWS_ACCESS_KEY_ID') === undefined;
  if (named && sections.every((section) => section === undefined)) {
    throw usage(
      `Cannot use the profile "${name}" (AWS_PROFILE): it is in neither ${join(folder, 'config')} nor ${join(folder, 'credentials')}`,
    );
  }
  return Object.assign({}, ...sections);
}

function readIni(path: string): Map<string, Section> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return new Map();
    throw systemError('read', path, error);
  }
  const sections = new Map<string, { [name: string]: string }>();
  let section: { [name: string]: string } = {};
  for (const line of text.split(/\r?\n/)) {
    const title = /^\s*\[\s*(.+?)\s*\]/.exec(line)?.[1];
    const pair = /^([\w.-]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (title !== undefined) {
      section = sections.get(title) ?? {};
      sections.set(title, section);
    } else if (pair !== null) section[pair[1]!] = pair[2]!;
  }
  return sections;
}

function urlOf(text: string, name: string): URL {
  try {
    const url = new URL(text);
    // As signatures demand it, which is stricter than URLs are.
    url.pathname = url.pathname
      .split('/')
      .map((name) => strictly(decodeURIComponent(name)))
      .join('/');
    if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  } catch {
    // No URL at all: the same words.
  }
  throw usage(`Cannot use "${text}" (${name}): expected a URL such as https://storage.example.org`);
}
