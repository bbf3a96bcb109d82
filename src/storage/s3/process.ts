/** Credentials that a command prints: `credential_process` of a profile. https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html */

import { exec } from 'node:child_process';
import { promisify } from 'node:util';
import { BowerbirdError } from '../../errors.ts';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Asked anew so long before they end, as Amazon's own tools do. */
const earlyMs = 5 * 60_000;
const patienceMs = 60_000;

interface Printed {
  readonly Version?: unknown;
  readonly AccessKeyId?: unknown;
  readonly SecretAccessKey?: unknown;
  readonly SessionToken?: unknown;
  readonly Expiration?: unknown;
}

/** The command runs when credentials are first needed, and again when they end. */
export function processCredentials(command: string, profile: string): () => Promise<S3Credentials> {
  let printed: Promise<S3Credentials> | undefined;
  let ends = Number.POSITIVE_INFINITY;
  const ask = async () => {
    const { Version, AccessKeyId, SecretAccessKey, SessionToken, Expiration } = parsed(await run(command, profile));
    if (Version !== 1 || typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string') {
      throw refused(profile, 'printed no JSON with Version 1, AccessKeyId and SecretAccessKey');
    }
    ends = typeof Expiration === 'string' ? Date.parse(Expiration) : Number.POSITIVE_INFINITY;
    const sessionToken = typeof SessionToken === 'string' ? SessionToken : undefined;
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken };
  };
  return () => {
    if (printed === undefined || Date.now() > ends - earlyMs) {
      ends = Number.POSITIVE_INFINITY;
      printed = ask();
      // Told to whoever waits; the next to ask runs the command again.
      printed.catch(() => (printed = undefined));
    }
    return printed;
  };
}

/** What it printed holds secrets, and is never told; what it complained of is. */
async function run(command: string, profile: string): Promise<string> {
  try {
    return (await promisify(exec)(command, { timeout: patienceMs })).stdout;
  } catch (error) {
    const { code, killed, stderr } = error as { code?: number; killed?: boolean; stderr?: string };
    const said = stderr?.trim().split('\n').at(-1) ?? '';
    const end = killed === true ? `did not end in ${patienceMs / 1000} s` : `ended with ${code}`;
    throw refused(profile, `${end}${said === '' ? '' : ` (${said})`}`);
  }
}

function parsed(text: string): Printed {
  try {
    return Object(JSON.parse(text)) as Printed;
  } catch {
    // Its caller finds nothing in it.
    return {};
  }
}

function refused(profile: string, state: string): BowerbirdError {
  return new BowerbirdError('ACCESS', `Cannot use the profile "${profile}": its credential_process ${state}`);
}
