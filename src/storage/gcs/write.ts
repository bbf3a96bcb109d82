/** Writing to Google Cloud Storage: one request for what is small, a resumable upload for what is not. https://cloud.google.com/storage/docs/resumable-uploads */

import { native } from '../../native/native.ts';
import { call, isJson, refusal, type Task } from '../client.ts';
import { notThere, taken } from '../failures.ts';
import { objectIn, textIn, understood } from '../listing.ts';
import { leastPart, splitFirst } from '../parts.ts';
import type { ObjectStat, Storage, WriteOptions } from '../storage.ts';
import { parseBucketUri } from '../uri.ts';
import { type GcsService, statOf } from './service.ts';

const precondition = 412;
/** A chunk was taken, and the upload goes on. */
const resumeIncomplete = 308;
/** What is said of the session of an upload that has ended, one way or the other. */
const gone = [404, 410];

export function gcsWriting(service: GcsService): Pick<Storage, 'write' | 'copy' | 'delete'> {
  return {
    async write(uri, content, options = {}) {
      if (content instanceof Uint8Array && content.length <= leastPart) return put(service, uri, content, options);
      const blocks = content instanceof Uint8Array ? once(content) : content;
      const { first, rest } = await splitFirst(blocks, leastPart);
      if (rest === undefined) return put(service, uri, first, options);
      return putChunks(service, uri, first, rest, options);
    },
    copy: (from, to) => copy(service, from, to),
    async delete(uri) {
      const task: Task = { doing: 'remove', uri, accept: [404] };
      await call(service.dialect, task, () => ({ method: 'DELETE', url: service.objectUrl(uri), headers: {} }));
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function conditions({ ifAbsent, ifVersion }: WriteOptions): { readonly [name: string]: string } {
  if (ifVersion !== undefined) return { ifGenerationMatch: ifVersion };
  return ifAbsent === true ? { ifGenerationMatch: '0' } : {};
}

async function put(service: GcsService, uri: string, body: Uint8Array, options: WriteOptions): Promise<ObjectStat> {
  const task: Task = { doing: 'write', uri, accept: [precondition], complete: isJson, stop: options.stop };
  const url = service.uploadUrl(uri, { uploadType: 'media', ...conditions(options) });
  const headers = { 'content-type': 'application/octet-stream', 'x-goog-hash': `crc32c=${crcHeader(body)}` };
  const answer = await call(service.dialect, task, () => ({ method: 'POST', url, headers, body }));
  if (answer.status !== precondition) return statOf(uri, answer.body);
  // A first try whose answer was lost may be what the second one met.
  const found = answer.repeated ? await sameBytes(service, uri, body) : undefined;
  if (found === undefined) throw taken(uri);
  return found;
}

async function sameBytes(service: GcsService, uri: string, body: Uint8Array): Promise<ObjectStat | undefined> {
  const found = await service.stat(uri);
  if (found?.size !== body.length) return undefined;
  const task: Task = { doing: 'read', uri, accept: [404] };
  const url = service.objectUrl(uri, { alt: 'media' });
  const there = await call(service.dialect, task, () => ({ method: 'GET', url, headers: {} }));
  return there.status < 300 && there.body.equals(body) ? found : undefined;
}

/** The checksum travels in front, so that the server refuses bytes that were changed on the way. */
function crcHeader(body: Uint8Array): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(native().crc32c(body, 0) >>> 0);
  return bytes.toString('base64');
}

async function putChunks(
  service: GcsService,
  uri: string,
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
  options: WriteOptions,
): Promise<ObjectStat> {
  const task: Task = { doing: 'write', uri, stop: options.stop };
  const session = await begin(service, task, options);
  try {
    let at = 0;
    let chunk = first;
    for (;;) {
      const next = await rest.next();
      const last = next.done === true;
      const done = await sendChunk(service, task, session, chunk, at, last);
      at += chunk.length;
      if (last) return done ?? (await landed(service, uri, at));
      chunk = next.value;
    }
  } catch (error) {
    // What went wrong before is the error to tell; a session that stays behind ends by itself after a week.
    await call(service.dialect, { doing: 'abort the upload of', uri, accept: [...gone, 499] }, () => ({
      method: 'DELETE',
      url: session,
      headers: {},
    })).catch(() => {});
    throw error;
  }
}

async function begin({ dialect, uploadUrl }: GcsService, task: Task, options: WriteOptions): Promise<URL> {
  const url = uploadUrl(task.uri, { uploadType: 'resumable', ...conditions(options) });
  const headers = { 'content-type': 'application/json', 'x-upload-content-type': 'application/octet-stream' };
  const asked = { ...task, accept: [precondition] };
  const answer = await call(dialect, asked, () => ({ method: 'POST', url, headers, body: Buffer.from('{}') }));
  const { location } = answer.headers;
  if (answer.status === precondition) throw taken(task.uri);
  if (location === undefined) throw refusal(dialect, task, answer.status, 'no place for the upload was given');
  return new URL(location, url);
}

/** Undefined while the upload goes on. The server may have kept less of a chunk than was sent: what is missing is sent again. */
async function sendChunk(
  service: GcsService,
  task: Task,
  session: URL,
  chunk: Uint8Array,
  at: number,
  last: boolean,
): Promise<ObjectStat | undefined> {
  const end = at + chunk.length;
  // What is sent again although it is there already, the server passes over.
  const accept = [resumeIncomplete, precondition, ...gone];
  for (let from = at; ; ) {
    const range = `bytes ${from}-${end - 1}/${last ? end : '*'}`;
    const body = chunk.subarray(from - at);
    const request = { method: 'PUT', url: session, headers: { 'content-range': range }, body } as const;
    const answer = await call(service.dialect, { ...task, accept, complete: isJson }, () => request);
    if (answer.status === precondition) throw taken(task.uri);
    if (gone.includes(answer.status)) {
      // A session ends with its last chunk: the answer to that may be what was lost.
      if (last && answer.repeated) return undefined;
      throw refusal(service.dialect, task, answer.status, answer.body.toString('utf8'));
    }
    if (answer.status < 300) return statOf(task.uri, answer.body);
    const kept = keptBytes(answer.headers.range);
    if (kept >= end && !last) return undefined;
    if (kept < at || kept > end)
      throw refusal(service.dialect, task, answer.status, `${kept} bytes are kept, expected ${at} to ${end}`);
    from = kept;
  }
}

function keptBytes(range: string | undefined): number {
  const match = /^bytes=0-(\d+)$/.exec(range ?? '');
  return match === null ? 0 : Number(match[1]) + 1;
}

async function landed(service: GcsService, uri: string, size: number): Promise<ObjectStat> {
  const found = await service.stat(uri);
  if (found?.size === size) return found;
  throw refusal(
    service.dialect,
    { doing: 'write', uri },
    200,
    `expected ${size} bytes, found ${found?.size ?? 'nothing'}`,
  );
}

async function copy(service: GcsService, from: string, to: string): Promise<ObjectStat> {
  const target = parseBucketUri(to);
  const task: Task = { doing: 'copy', uri: from, accept: [404], complete: isJson };
  let token: string | undefined;
  for (;;) {
    const place = service.objectUrl(from);
    place.pathname += `/rewriteTo/b/${encodeURIComponent(target.bucket)}/o/${encodeURIComponent(target.key)}`;
    if (token !== undefined) place.searchParams.set('rewriteToken', token);
    const answer = await call(service.dialect, task, () => ({ method: 'POST', url: place, headers: {} }));
    if (answer.status === 404) throw notThere('copy', from);
    const reply = understood(task, () => objectIn(JSON.parse(answer.body.toString('utf8'))));
    if (reply['done'] === true) return statOf(to, Buffer.from(JSON.stringify(reply['resource'] ?? null)));
    token = understood(task, () => textIn(reply['rewriteToken'], 'a token'));
  }
}
