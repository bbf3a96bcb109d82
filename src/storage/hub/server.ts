/** Which Hub is spoken to, and as whom: HF_ENDPOINT, HF_TOKEN and what `hf auth login` leaves. Refusals of it in words. */

import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { systemError } from '../../errors.ts';
import type { Dialect } from '../client.ts';
import { type Env, firstOf } from '../env.ts';
import type { SendLimits } from '../http-send.ts';
import type { Patience } from '../retry.ts';

export interface HubServer {
  /** Without "/" at its end. */
  readonly base: string;
  readonly dialect: Dialect;
  /** The header for an address of this Hub; others get none. */
  authorization(url: URL): string | undefined;
}

export interface HubServerOptions {
  /** Default: HF_TOKEN, HUGGING_FACE_HUB_TOKEN, or what `hf auth login` stored. */
  readonly token?: string | undefined;
  /** Default: HF_ENDPOINT, or https://huggingface.co. */
  readonly endpoint?: string | undefined;
  readonly patience?: Patience | undefined;
  /** Reading or writing: what the token has to allow. */
  readonly writes?: boolean;
  readonly onRetry?: ((status: number | undefined) => void) | undefined;
  /** Of requests that have none of their own. */
  readonly limits?: SendLimits | undefined;
}

export function hubServer(env: Env, options: HubServerOptions = {}): HubServer {
  const { patience, onRetry, limits } = options;
  const base = (options.endpoint ?? env('HF_ENDPOINT') ?? 'https://huggingface.co').replace(/\/+$/, '');
  const token = options.token ?? hubToken(env);
  const authorization = ({ href }: URL) =>
    token !== undefined && href.startsWith(`${base}/`) ? `Bearer ${token}` : undefined;
  const dialect: Dialect = {
    async sign(request) {
      const header = authorization(request.url);
      const limited = limits === undefined || request.limits !== undefined ? request : { ...request, limits };
      return header === undefined ? limited : { ...limited, headers: { ...request.headers, authorization: header } };
    },
    explain,
    accessHint: accessHint(token !== undefined, options.writes === true),
    redirects: true,
    // Large files are elsewhere: what the Hub itself calls them is said on the way there.
    onRedirect: (headers) => {
      const linked = headers['x-linked-etag'];
      return linked === undefined ? {} : { 'x-linked-etag': linked };
    },
    ...(patience === undefined ? {} : { patience }),
    ...(onRetry === undefined ? {} : { onRetry }),
  };
  return { base, dialect, authorization };
}

function accessHint(hasToken: boolean, writes: boolean): string {
  if (!hasToken) return 'no token was found: set HF_TOKEN, or run "hf auth login"';
  return writes
    ? 'check that the token (HF_TOKEN) has not expired and may write to it (https://huggingface.co/settings/tokens)'
    : 'check that the token (HF_TOKEN) may read it, and that the conditions of a gated dataset were accepted';
}

/** Of the environment, or what `hf auth login` stored. */
export function hubToken(env: Env): string | undefined {
  return firstOf(env, 'HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN') ?? storedToken(env);
}

/** Where `hf auth login` puts it. */
function storedToken(env: Env): string | undefined {
  const home = env('HF_HOME') ?? join(env('XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'huggingface');
  const path = env('HF_TOKEN_PATH') ?? join(home, 'token');
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw systemError('read', path, error);
  }
}

const mostWords = 1000;

/** What the body of a refusal says. */
export function explain(body: string): string {
  try {
    const json = JSON.parse(body) as { error?: unknown; message?: unknown } | null;
    return String(json?.error ?? json?.message ?? '').slice(0, mostWords);
  } catch {
    // Not JSON: the words of something on the way, when they are few.
    return body.length < 200 ? body.trim() : '';
  }
}
