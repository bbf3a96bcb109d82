/** Requests that are tried again while that may help, and refusals put into words. Every remote storage stands on this. */

import type { IncomingHttpHeaders } from 'node:http';
import type { Stop } from '../bytes.ts';
import { BowerbirdError, type ErrorCode } from '../errors.ts';
import { bareCause } from '../secrets.ts';
import { givenUp } from './failures.ts';
import {
  dropBody,
  type HttpReply,
  type HttpRequest,
  readBody,
  readRefusal,
  redirected,
  sendOnce,
} from './http-send.ts';
import { isTooSlow, usualPace } from './pace.ts';
import { isBroken, mayPass, type Patience, usualPatience, waitBefore } from './retry.ts';
import { shown } from './uri.ts';

/** How a kind of server is spoken to. */
export interface Dialect {
  /** The request with credentials. Asked at each try: signatures and tokens age. */
  sign(request: HttpRequest): Promise<HttpRequest>;
  /** What the body of a refusal says, in short; '' when it says nothing. */
  explain(body: string): string;
  /** What to do about 401 and 403. */
  readonly accessHint: string;
  /** Whether a refusal is about who asks, whatever its status. */
  denies?(body: string): boolean;
  /** A refusal that would not stand another time, as of another region: true to send again. */
  recover?(status: number, headers: IncomingHttpHeaders, body: string, request: HttpRequest): boolean;
  /** Whether to go where 3xx replies point. */
  readonly redirects?: boolean;
  /** Sees the headers of a redirect, which may tell what the end of the way does not. */
  onRedirect?(headers: IncomingHttpHeaders): IncomingHttpHeaders;
  readonly patience?: Patience;
  /** Hears of each request that is sent again, with the status that it was answered with, if it was. */
  onRetry?(status: number | undefined): void;
}

export interface Task {
  /** "read", "list", "write", ...: for messages. */
  readonly doing: string;
  readonly uri: string;
  /** Statuses besides 2xx that the caller understands. */
  readonly accept?: readonly number[];
  /** Whether the body of a 2xx reply is all there, where the body itself tells. */
  readonly complete?: (body: Buffer) => boolean;
  readonly stop?: Stop | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The request was sent before, and nobody knows what became of it. */
  readonly repeated: boolean;
}

/** Of a JSON reply: one that was cut off is no JSON. For `complete`. */
export function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

/** Each takes a minute. */
export const mostSlowTries = 3;

/** Sends and reads the whole reply. `make` builds the request at each try. */
export async function call(dialect: Dialect, task: Task, make: () => HttpRequest): Promise<Answer> {
  return trying(dialect, task, make, async (reply, tries) => {
    const { status, headers } = reply;
    const body = await readBody(reply);
    if (status < 300 && task.complete?.(body) === false) {
      throw Object.assign(new Error('the answer broke off, or is not of this protocol'), {
        code: 'ERR_STREAM_PREMATURE_CLOSE',
      });
    }
    return { status, headers, body, repeated: tries > 1 };
  });
}

/** Sends and hands out the reply with its body unread. */
export async function open(dialect: Dialect, task: Task, make: () => HttpRequest): Promise<HttpReply> {
  return trying(dialect, task, make, async (reply) => reply);
}

async function trying<T>(
  dialect: Dialect,
  task: Task,
  make: () => HttpRequest,
  take: (reply: HttpReply, tries: number) => Promise<T>,
): Promise<T> {
  const patience = dialect.patience ?? usualPatience;
  let slow = 0;
  for (let tries = 1; ; tries++) {
    task.stop?.throwIfAborted();
    let failed: BowerbirdError;
    let retryAfter: string | undefined;
    let status: number | undefined;
    try {
      const request = make();
      const reply = await follow(dialect, await dialect.sign(request));
      if ((reply.status >= 200 && reply.status < 300) || task.accept?.includes(reply.status))
        return await take(reply, tries);
      const body = await readRefusal(reply);
      const recovered =
        tries < patience.tries && dialect.recover?.(reply.status, reply.headers, body, request) === true;
      if (recovered) continue;
      status = reply.status;
      failed = refusal(dialect, task, status, body);
      if (!mayPass(status)) throw failed;
      retryAfter = reply.headers['retry-after'];
    } catch (error) {
      if (!isBroken(error)) throw wordsFor(task, error);
      failed = unreachable(task, error as NodeJS.ErrnoException);
      if (isTooSlow(error)) slow++;
    }
    if (tries >= patience.tries || slow >= mostSlowTries) throw givenUp(failed, tries);
    dialect.onRetry?.(status);
    await waitBefore(tries, patience, retryAfter, task.stop);
  }
}

async function follow(dialect: Dialect, first: HttpRequest): Promise<HttpReply> {
  let request = first;
  let seen: IncomingHttpHeaders = {};
  for (let hops = 0; ; hops++) {
    const reply = await sendOnce(request, dialect.patience?.pace ?? usualPace());
    const { location } = reply.headers;
    const leads = reply.status >= 300 && reply.status < 400 && location !== undefined;
    if (dialect.redirects !== true || !leads || hops === 10) {
      return { ...reply, headers: { ...reply.headers, ...seen } };
    }
    seen = { ...seen, ...dialect.onRedirect?.(reply.headers) };
    dropBody(reply);
    request = redirected(request, location);
  }
}

export function refusal(dialect: Dialect, { doing, uri }: Task, status: number, body: string): BowerbirdError {
  const said = dialect.explain(body);
  const state = `the server answered ${status}${said === '' ? '' : ` (${said})`}`;
  const code: ErrorCode =
    status === 401 || status === 403 || dialect.denies?.(body) === true
      ? 'ACCESS'
      : status === 404
        ? 'NOT_FOUND'
        : 'IO';
  const hint = code === 'ACCESS' ? `; ${dialect.accessHint}` : '';
  return new BowerbirdError(code, `Cannot ${doing} "${shown(uri)}": ${state}${hint}`, { source: uri });
}

function unreachable({ doing, uri }: Task, error: NodeJS.ErrnoException): BowerbirdError {
  const what = error.message || error.code;
  return new BowerbirdError(
    'IO',
    `Cannot ${doing} "${shown(uri)}": the connection failed (${what})`,
    { source: uri },
    { cause: bareCause(error) },
  );
}

function wordsFor({ doing, uri }: Task, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  // Certificates, names that do not exist: the network says no, and will again.
  if (error instanceof BowerbirdError || typeof code !== 'string') return error;
  const cause = bareCause(error);
  return new BowerbirdError('IO', `Cannot ${doing} "${shown(uri)}": ${cause.message}`, { source: uri }, { cause });
}
