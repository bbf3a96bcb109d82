/**
 * One HTTP exchange over node:http: no retries, no judgement. Not fetch(), which unpacks bodies with a Content-Encoding behind our back, so
 * that ranges and lengths no longer fit.
 */

import type { Agent, IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers: { readonly [name: string]: string };
  readonly body?: Uint8Array | undefined;
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

const agents = new Map<string, Agent>();

/** Fails with the system's error when the connection does. */
export async function sendOnce(request: HttpRequest): Promise<HttpReply> {
  const { url, method, body } = request;
  const { http, agent } = await transport(url.protocol);
  const options: RequestOptions = { method, agent, headers: headersOf(request) };
  return new Promise((resolve, reject) => {
    const sent = http.request(url, options, (message) => {
      resolve({ status: message.statusCode!, headers: message.headers, body: message });
    });
    sent.setTimeout(silenceMs, () => sent.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
    sent.on('error', reject);
    sent.end(body);
  });
}

function headersOf({ headers, body, method }: HttpRequest): { [name: string]: string } {
  const length =
    body === undefined && (method === 'GET' || method === 'HEAD') ? {} : { 'content-length': `${body?.length ?? 0}` };
  return { 'user-agent': 'bowerbird', 'accept-encoding': 'identity', ...headers, ...length };
}

async function transport(protocol: string) {
  const http = protocol === 'https:' ? await import('node:https') : await import('node:http');
  let agent = agents.get(protocol);
  if (agent === undefined) {
    agent = new http.Agent({ keepAlive: true, maxSockets: mostSockets });
    agents.set(protocol, agent);
  }
  return { http, agent };
}

/** Reads a body whole. Fails when it ends before its Content-Length. */
export async function readBody({ body }: HttpReply): Promise<Buffer> {
  const blocks: Buffer[] = [];
  for await (const block of body as AsyncIterable<Buffer>) blocks.push(block);
  return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks);
}

/** Another host, or the way to it without encryption, must not see credentials. */
export function redirected(request: HttpRequest, location: string): HttpRequest {
  const url = new URL(location, request.url);
  if (url.origin === request.url.origin) return { ...request, url };
  const { authorization: _, ...headers } = request.headers;
  return { ...request, url, headers };
}
