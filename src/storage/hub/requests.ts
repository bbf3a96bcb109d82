/** The `fetch` that the client of the Hub is given: every request of it is tried again, has a deadline, and can be stopped. */

import type { Stop } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { bareCause } from '../../secrets.ts';
import { call, type Dialect, isJson, refusal, type Task } from '../client.ts';
import { type HttpRequest, readBody, redirected, type SentBody, sendOnce } from '../http-send.ts';
import { objectIn, textIn, understood } from '../listing.ts';
import { usualPace } from '../pace.ts';
import { isBroken, mayPass, type Patience, usualPatience } from '../retry.ts';
import { FileSlice } from './content.ts';
import { AttemptEnded } from './outcomes.ts';
import type { HubServer } from './server.ts';

export interface HubTiming {
  readonly patience: Patience;
  /** Without a byte, either way, a connection is given up. */
  readonly silenceMs: number;
  /** The same where the Hub has to work for its answer. */
  readonly workMs: number;
  /** Of an exchange, besides what its bytes may take at the least speed. */
  readonly deadlineMs: number;
}

export const usualTiming: HubTiming = {
  patience: usualPatience,
  silenceMs: 60_000,
  workMs: 180_000,
  deadlineMs: 600_000,
};

export type XetChoice = 'on' | 'off' | 'auto';

/** What one attempt to commit does on the wire. */
export interface Attempt {
  /** hf://datasets/OWNER/NAME, for messages. */
  readonly uri: string;
  readonly server: HubServer;
  readonly timing: HubTiming;
  readonly xet: XetChoice;
  readonly stop: Stop;
  /** The SHA-256 of large files, by path, as they were told; and of what else may go up. */
  readonly expected: { readonly files: ReadonlyMap<string, string>; readonly others: ReadonlySet<string> };
  /** Statuses that say that what was asked for is there already. */
  readonly conflicts: readonly number[];
  onRetry(status: number | undefined): void;
  /** Bytes of content, fewer again when a request failed. */
  onBytes(more: number): void;
}

interface Given {
  readonly method?: string;
  readonly headers?: ConstructorParameters<typeof Headers>[0];
  readonly body?: unknown;
  readonly signal?: AbortSignal | null;
}

export function fetchFor(attempt: Attempt): typeof fetch {
  /** Where parts go: the answer has to have a tag. */
  const parts = new Set<string>();
  const run = async (input: unknown, init: Given = {}): Promise<Response> => {
    const url = new URL(String(input));
    const stop: Stop = {
      throwIfAborted() {
        attempt.stop.throwIfAborted();
        init.signal?.throwIfAborted();
      },
    };
    const what = whatOf(attempt, url, init.method ?? 'GET');
    if (what === 'commit') return postCommit(attempt, url, init, stop);
    if (what === 'batch') checkHashes(attempt, String(init.body));
    const answer = await send(attempt, url, init, what, stop);
    if (what === 'api' && /\/preupload\//.test(url.pathname)) return withoutEmpty(answer, String(init.body));
    if (what === 'batch' && answer.ok) noteParts(attempt, await answer.clone().text(), parts);
    if (parts.has(url.href) && !answer.headers.get('etag')) {
      const error = new BowerbirdError('IO', `Cannot upload to "${attempt.uri}": a part was taken without an ETag`);
      throw new AttemptEnded({ kind: 'upload' }, error);
    }
    return answer;
  };
  return run as typeof fetch;
}

type What = 'commit' | 'batch' | 'api' | 'content' | 'lookup' | 'work';

function whatOf({ server: { base } }: Attempt, { href, pathname }: URL, method: string): What {
  const isHub = href.startsWith(`${base}/`);
  if (isHub && /^\/api\/datasets\/[^/]+\/[^/]+\/commit\//.test(pathname)) return 'commit';
  if (isHub && pathname.endsWith('.git/info/lfs/objects/batch')) return 'batch';
  if (isHub && /^\/api\/(datasets|repos)\//.test(pathname)) return 'api';
  if (/\/v1\/chunks\/[^/]+\/[0-9a-f]+$/.test(pathname)) return 'lookup';
  if (method === 'PUT' || /\/v1\/xorbs\//.test(pathname)) return 'content';
  return 'work';
}

/** A link that has run out, a part that is not there any more: the upload is begun again, with new links. */
const stale = [400, 401, 403, 404, 410, 422];

async function send(attempt: Attempt, url: URL, init: Given, what: What, stop: Stop): Promise<Response> {
  const { uri, server, timing, onRetry, conflicts } = attempt;
  const isOurs = what === 'api' || what === 'batch';
  const ourDialect: Dialect = { ...server.dialect, onRetry };
  const foreign: Dialect = { ...ourDialect, sign: async (request) => request };
  const dialect = isOurs ? ourDialect : foreign;
  const task: Task = {
    doing: what === 'api' ? 'write to' : 'upload to',
    uri,
    stop,
    accept: isOurs ? conflicts : stale,
    ...(isOurs && { complete: isJson }),
  };
  let counted = 0;
  const { body, stream } = bodyOf(init.body);
  const make = (): HttpRequest => {
    // What a request had sent that failed.
    attempt.onBytes(-counted);
    counted = 0;
    const onSent = (bytes: number) => {
      if (what !== 'content') return;
      counted += bytes;
      attempt.onBytes(bytes);
    };
    const length = stream?.length ?? body?.length ?? 0;
    const limits = { ...limitsOf(timing, what, length), stop, onSent };
    return { method: methodOf(init), url, headers: headersOf(init, isOurs), body, stream, limits };
  };
  const answer = await call(dialect, task, make).catch((error) => {
    attempt.onBytes(-counted);
    throw error;
  });
  const { status } = answer;
  if (status >= 300 && !(what === 'lookup' && status === 404)) {
    attempt.onBytes(-counted);
    throw new AttemptEnded(
      { kind: isOurs ? 'conflict' : 'upload' },
      refusal(foreign, task, status, answer.body.toString('utf8')),
    );
  }
  return responseOf(answer.status, answer.headers, answer.body);
}

function limitsOf({ silenceMs, workMs, deadlineMs }: HubTiming, what: What, bytes: number) {
  const { leastBytes, spanMs } = usualPace();
  const isWork = what === 'batch' || what === 'work' || what === 'commit';
  return {
    silenceMs: isWork ? workMs : silenceMs,
    // Who waits for ever for slow servers has the silence to end a dead one.
    ...(leastBytes > 0 && { deadlineMs: deadlineMs + Math.ceil(bytes / leastBytes) * spanMs }),
  };
}

function methodOf({ method = 'GET' }: Given): HttpRequest['method'] {
  return method as HttpRequest['method'];
}

function headersOf({ headers }: Given, isOurs: boolean): { [name: string]: string } {
  const plain = Object.fromEntries(new Headers(headers).entries());
  if (!isOurs) return plain;
  const { authorization: _, ...others } = plain;
  return others;
}

function bodyOf(given: unknown): { readonly body: Uint8Array | undefined; readonly stream: SentBody | undefined } {
  if (given instanceof FileSlice) return { body: undefined, stream: given };
  if (given instanceof Uint8Array) return { body: given, stream: undefined };
  if (typeof given === 'string') return { body: Buffer.from(given), stream: undefined };
  if (given === undefined || given === null) return { body: undefined, stream: undefined };
  throw new TypeError('a request of the client of the Hub has a body of an unknown kind');
}

/** Without an address: links of uploads are signed, and the client puts them into its messages. */
function responseOf(status: number, headers: { readonly [name: string]: unknown }, body: Uint8Array): Response {
  const plain: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') plain.push([name, value]);
  const isEmpty = status === 204 || status === 205 || status === 304;
  return new Response(isEmpty ? null : new Uint8Array(body), { status, headers: plain });
}

/** Empty files are committed as they are: the store of large ones refuses them, and the client does not know. */
async function withoutEmpty(answer: Response, asked: string): Promise<Response> {
  const { files } = JSON.parse(asked) as {
    readonly files: readonly { readonly path: string; readonly size: number }[];
  };
  const empty = new Set(files.filter(({ size }) => size === 0).map(({ path }) => path));
  if (empty.size === 0) return answer;
  const told = (await answer.json()) as { files: { path: string; uploadMode: string }[] };
  for (const file of told.files) if (empty.has(file.path)) file.uploadMode = 'regular';
  return Response.json(told);
}

/** What the client read of a file before it asks where to send it. */
function checkHashes({ uri, expected }: Attempt, body: string): void {
  const { objects } = JSON.parse(body) as { readonly objects: readonly { readonly oid: string }[] };
  const found = new Set(objects.map(({ oid }) => oid));
  const known = new Set([...expected.files.values(), ...expected.others]);
  if (objects.every(({ oid }) => known.has(oid))) return;
  const names = [...expected.files].filter(([, sha256]) => !found.has(sha256)).map(([path]) => `"${path}"`);
  const message =
    `Cannot upload ${names.join(', ')} to "${uri}": changed since made (expected the SHA-256 that was told, found another); ` +
    'run the same command again when nothing writes to it';
  throw new BowerbirdError('IO', message, { source: uri });
}

function noteParts({ uri, xet }: Attempt, text: string, parts: Set<string>): void {
  const task: Task = { doing: 'upload to', uri };
  understood(task, () => {
    const { transfer, objects } = objectIn(JSON.parse(text));
    const uploads = (Array.isArray(objects) ? objects : []).flatMap((object) => {
      const { actions } = objectIn(object) as { actions?: { upload?: { header?: { [name: string]: string } } } };
      return actions?.upload === undefined ? [] : [actions.upload];
    });
    for (const { header = {} } of uploads) {
      for (const [name, url] of Object.entries(header)) if (/^\d+$/.test(name)) parts.add(new URL(url).href);
    }
    if (xet === 'on' && uploads.length > 0 && transfer !== 'xet') {
      const message = `Cannot upload to "${uri}" by xet: the server offers ${JSON.stringify(transfer ?? 'basic')}; leave it to the server ("auto")`;
      throw new BowerbirdError('UNSUPPORTED', message, { source: uri });
    }
  });
}

/** Once: what becomes of a commit whose answer is lost is looked up, and not tried out. */
async function postCommit(attempt: Attempt, url: URL, init: Given, stop: Stop): Promise<Response> {
  const { uri, server, timing } = attempt;
  const task: Task = { doing: 'commit to', uri };
  const body = Buffer.from(String(init.body));
  let request: HttpRequest = {
    method: 'POST',
    url,
    headers: headersOf(init, true),
    body,
    limits: { ...limitsOf(timing, 'commit', body.length), stop },
  };
  for (let hops = 0; ; hops++) {
    try {
      const reply = await sendOnce(await server.dialect.sign(request), usualPace());
      const { status, headers } = reply;
      const answer = await readBody(reply);
      if ((status === 307 || status === 308) && headers.location !== undefined && hops < 10) {
        request = redirected(request, headers.location);
        continue;
      }
      if (status >= 200 && status < 300) {
        const commitOid = commitIn(task, answer);
        return responseOf(status, { 'content-type': 'application/json' }, Buffer.from(JSON.stringify({ commitOid })));
      }
      throw endOf(refusal(server.dialect, task, status, answer.toString('utf8')), status, headers['retry-after']);
    } catch (error) {
      if (!isBroken(error)) throw error;
      const said = (error as Error).message || (error as NodeJS.ErrnoException).code;
      const message = `Cannot commit to "${uri}": the connection failed (${said})`;
      const told = new BowerbirdError('IO', message, { source: uri }, { cause: bareCause(error) });
      throw new AttemptEnded({ kind: 'unknown' }, told);
    }
  }
}

/** An answer that cannot be read says nothing of what became of the commit either. */
function commitIn(task: Task, answer: Buffer): string {
  try {
    return understood(task, () => textIn(objectIn(JSON.parse(answer.toString('utf8')))['commitOid'], 'a commit'));
  } catch (error) {
    throw new AttemptEnded({ kind: 'unknown' }, error as BowerbirdError);
  }
}

function endOf(told: BowerbirdError, status: number, retryAfter: string | undefined): Error {
  if (status === 409 || status === 412) return new AttemptEnded({ kind: 'conflict' }, told);
  if (status === 413) return new AttemptEnded({ kind: 'large' }, told);
  if (status === 429) return new AttemptEnded({ kind: 'throttled', seconds: secondsOf(retryAfter) }, told);
  return mayPass(status) ? new AttemptEnded({ kind: 'unknown' }, told) : told;
}

/** Of Retry-After: seconds, or a date. */
function secondsOf(said: string | undefined): number | undefined {
  if (said === undefined) return undefined;
  if (/^\d{1,9}$/.test(said)) return Number(said);
  const date = Date.parse(said);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}
