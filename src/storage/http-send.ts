/**
 * One HTTP exchange over node:http: no retries, no judgement. Not fetch(), which unpacks bodies with a Content-Encoding behind our back, so
 * that ranges and lengths no longer fit.
 */

import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import type { Stop } from '../bytes.ts';
import { interrupted } from '../counters.ts';
import { type Pace, watchPace } from './pace.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers: { readonly [name: string]: string };
  readonly body?: Uint8Array | undefined;
  /** In the place of `body`. */
  readonly stream?: SentBody | undefined;
  readonly limits?: SendLimits | undefined;
}

/** A body that is made anew at each try. */
export interface SentBody {
  /** In bytes. */
  readonly length: number;
  blocks(): AsyncIterable<Uint8Array>;
}

export interface SendLimits {
  /** Default a minute. */
  readonly silenceMs?: number;
  /** For all of an exchange, the answer's body included. Default: none. */
  readonly deadlineMs?: number;
  /** Ends an exchange that is under way, where others are asked only between two. */
  readonly stop?: Stop | undefined;
  /** Hears of bytes of the body as the system takes them. */
  readonly onSent?: ((bytes: number) => void) | undefined;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Must be read to its end or destroyed. */
  readonly body: IncomingMessage;
}

/** Nothing arrives for so long: the connection is dead, and another one may not be. */
const silenceMs = 60_000;
/** What one thread keeps open to one host; more requests wait. */
const mostSockets = 64;

interface Transport {
  readonly request: typeof import('node:http').request;
  readonly agent: Agent;
}

const transports = new Map<string, Transport>();

/** Fails with the system's error when the connection does. `pace` is of answers that are read: what writes may have to wait for a server's work. */
export async function sendOnce(request: HttpRequest, pace: Pace): Promise<HttpReply> {
  const { url, method, body, stream, limits } = request;
  const { request: begin, agent } = transports.get(url.protocol) ?? (await transport(url.protocol));
  const options: RequestOptions = { method, agent, headers: headersOf(request) };
  return new Promise((resolve, reject) => {
    const sent = begin(url, options, (message) => {
      // Who refuses may do so before all of a body has come; the rest is not wanted, and the connection is of no more use.
      message.once('close', () => sent.writableFinished || sent.destroy());
      resolve({ status: message.statusCode!, headers: message.headers, body: message });
    });
    const silence = limits?.silenceMs ?? silenceMs;
    sent.setTimeout(silence, () => sent.destroy(timedOut(`no byte came or went for ${silence / 1000} s`)));
    if (method === 'GET') watchPace(sent, pace);
    if (limits !== undefined) watchLimits(sent, limits);
    sent.on('error', reject);
    if (stream !== undefined) {
      pump(sent, stream, limits?.onSent);
      return;
    }
    sent.once('finish', () => limits?.onSent?.(body?.length ?? 0));
    sent.end(body);
  });
}

function timedOut(message: string): Error {
  return Object.assign(new Error(message), { code: 'ETIMEDOUT' });
}

const lookAroundMs = 100;

function watchLimits(sent: ClientRequest, { deadlineMs, stop }: SendLimits): void {
  let answer: IncomingMessage | undefined;
  const timers: NodeJS.Timeout[] = [];
  const end = (error: Error) => (answer ?? sent).destroy(error);
  if (deadlineMs !== undefined) {
    timers.push(setTimeout(() => end(timedOut(`it took more than ${deadlineMs / 1000} s`)), deadlineMs));
  }
  if (stop !== undefined) {
    const look = () => {
      try {
        stop.throwIfAborted();
      } catch (error) {
        end(error instanceof Error ? error : interrupted(error));
      }
    };
    timers.push(setInterval(look, lookAroundMs));
  }
  const clear = () => {
    for (const timer of timers) clearTimeout(timer);
  };
  sent.once('response', (message: IncomingMessage) => {
    answer = message;
    message.once('close', clear);
  });
  sent.once('close', () => answer === undefined && clear());
}

/** Never more than the connection takes; what fails here fails the request. */
async function pump(sent: ClientRequest, body: SentBody, onSent: SendLimits['onSent']): Promise<void> {
  let ended = false;
  let wake = () => {};
  const end = () => {
    ended = true;
    wake();
  };
  sent.once('close', end).once('response', end);
  sent.on('drain', () => wake());
  try {
    let length = 0;
    for await (const block of body.blocks()) {
      if (ended) return;
      length += block.length;
      const room = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (!sent.write(block) && !ended) await room;
      onSent?.(block.length);
    }
    if (ended) return;
    if (length !== body.length) throw new Error(`a body of ${body.length} bytes has ${length}`);
    sent.end();
  } catch (error) {
    sent.destroy(error as Error);
  }
}

function headersOf({ headers, body, stream, method }: HttpRequest): { [name: string]: string } {
  const sent = stream ?? body;
  const length =
    sent === undefined && (method === 'GET' || method === 'HEAD') ? {} : { 'content-length': `${sent?.length ?? 0}` };
  return { 'user-agent': 'bowerbird', 'accept-encoding': 'identity', ...headers, ...length };
}

async function transport(protocol: string): Promise<Transport> {
  const { Agent, request } = protocol === 'https:' ? await import('node:https') : await import('node:http');
  const opened = transports.get(protocol) ?? {
    request,
    agent: new Agent({ keepAlive: true, maxSockets: mostSockets }),
  };
  transports.set(protocol, opened);
  return opened;
}

/** Lists, sessions and the like are far smaller; what is read of recordings and shards does not come this way. */
const mostBody = 32 << 20;

/** Reads a body whole. Fails when it ends before its Content-Length, or is longer than any answer that is no object. */
export async function readBody({ body }: HttpReply, most = mostBody): Promise<Buffer> {
  const blocks: Buffer[] = [];
  let length = 0;
  await eachBlock(body, (block) => {
    length += block.length;
    if (length > most) {
      const message = `the answer is longer than ${most} bytes`;
      throw Object.assign(new Error(message), { code: 'ERR_ANSWER_TOO_LONG' });
    }
    blocks.push(block);
  });
  return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks);
}

/** Lets go of a body that nobody wants: a short one is read to its end, so that the connection can be used again. */
export function dropBody({ headers, body }: Pick<HttpReply, 'headers' | 'body'>): void {
  // It may break off, which nobody needs to know.
  body.on('error', () => {});
  if (Number(headers['content-length'] ?? mostRefusal) < mostRefusal) body.resume();
  else body.destroy();
}

/** What a refusal says, or its beginning: nobody reads on. */
export async function readRefusal({ body }: HttpReply): Promise<string> {
  const blocks: Buffer[] = [];
  let length = 0;
  for await (const block of body as AsyncIterable<Buffer>) {
    blocks.push(block);
    length += block.length;
    if (length >= mostRefusal) break;
  }
  return Buffer.concat(blocks).subarray(0, mostRefusal).toString('utf8');
}

const mostRefusal = 64 << 10;

/** Hands out the blocks of a body as they come; an async iterator would wait several times for each. Fails as readBody() does, or as `take`. */
export function eachBlock(body: IncomingMessage, take: (block: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    body.on('data', (block: Buffer) => {
      try {
        take(block);
      } catch (error) {
        reject(error);
        body.destroy();
      }
    });
    body.once('end', resolve);
    body.once('error', reject);
    body.once('close', () => {
      reject(Object.assign(new Error('the body broke off'), { code: 'ERR_STREAM_PREMATURE_CLOSE' }));
    });
  });
}

/** Another host, or the way to it without encryption, must not see credentials. */
export function redirected(request: HttpRequest, location: string): HttpRequest {
  const url = URL.canParse(location, request.url.href) ? new URL(location, request.url) : undefined;
  // Node's own error would hold the addresses.
  if (url === undefined) throw Object.assign(new Error('the server leads to no address'), { code: 'ERR_INVALID_URL' });
  if (url.origin === request.url.origin) return { ...request, url };
  const { authorization: _, ...headers } = request.headers;
  return { ...request, url, headers };
}
