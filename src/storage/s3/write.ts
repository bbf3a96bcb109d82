/** Writing to S3: one request for what is small, parts for what is not. Either way an object appears at the end, or not at all. */

import type { ByteBlocks } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { type Answer, call, refusal, type Task } from '../client.ts';
import { notThere, taken } from '../failures.ts';
import type { HttpRequest } from '../http-send.ts';
import { leastPart, mostParts, partSizeFor, sendParts, splitFirst } from '../parts.ts';
import { usualPatience, waitBefore } from '../retry.ts';
import type { ObjectStat, Storage, WriteOptions } from '../storage.ts';
import { parseBucketUri } from '../uri.ts';
import { encodedKey, type S3Service, strictly } from './url.ts';
import { escaped, isXml, wordsOf } from './xml.ts';

/** One PUT takes up to 5 GiB; from here on parts share the work. */
const mostAtOnce = 8 * leastPart;
const mostCopiedAtOnce = 5 * 2 ** 30;
const copiedPart = 2 ** 30;
/** 409: somebody else is writing the same key just now. */
const conditionFailed = [409, 412];

export function s3Writing(service: S3Service): Pick<Storage, 'write' | 'copy' | 'delete'> {
  return {
    async write(uri, content, options = {}) {
      if (content instanceof Uint8Array && content.length <= mostAtOnce) return put(service, uri, content, options);
      const size = content instanceof Uint8Array ? content.length : options.size;
      const blocks: ByteBlocks = content instanceof Uint8Array ? once(content) : content;
      const { first, rest } = await splitFirst(blocks, partSizeFor(size));
      if (rest === undefined) return put(service, uri, first, options);
      return putParts(service, uri, first, rest, options);
    },
    copy: (from, to) => copy(service, from, to),
    async delete(uri) {
      const task: Task = { doing: 'remove', uri, accept: [404] };
      await call(service.dialect, task, () => ({ method: 'DELETE', url: service.urlOf(uri), headers: {} }));
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function conditions({ ifAbsent, ifVersion }: WriteOptions): { readonly [name: string]: string } {
  if (ifVersion !== undefined) return { 'if-match': `"${ifVersion}"` };
  return ifAbsent === true ? { 'if-none-match': '*' } : {};
}

async function put(service: S3Service, uri: string, body: Uint8Array, options: WriteOptions): Promise<ObjectStat> {
  const { dialect, urlOf, versionOf } = service;
  const task: Task = {
    doing: 'write',
    uri,
    accept: [...conditionFailed, ...(options.ifVersion === undefined ? [] : [404])],
    stop: options.stop,
  };
  const headers = conditions(options);
  const answer = await call(dialect, task, () => ({ method: 'PUT', url: urlOf(uri), headers, body }));
  if (answer.status >= 400) {
    const ours = answer.repeated ? await sameBytes(service, uri, body) : undefined;
    if (ours === undefined) throw taken(uri);
    return ours;
  }
  return { uri, size: body.length, version: versionOf(answer.headers) };
}

/** A first try whose answer was lost may be what the second one met. */
async function sameBytes(service: S3Service, uri: string, body: Uint8Array): Promise<ObjectStat | undefined> {
  const found = await service.stat(uri);
  if (found?.size !== body.length) return undefined;
  const task: Task = { doing: 'read', uri, accept: [404, 412] };
  const headers = { 'if-match': `"${found.version}"` };
  const there = await call(service.dialect, task, () => ({ method: 'GET', url: service.urlOf(uri), headers }));
  return there.status < 300 && there.body.equals(body) ? found : undefined;
}

async function putParts(
  service: S3Service,
  uri: string,
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
  options: WriteOptions,
): Promise<ObjectStat> {
  const { dialect, urlOf } = service;
  const task: Task = { doing: 'write', uri, stop: options.stop };
  const uploadId = await beginUpload(service, task);
  let size = 0;
  const upload = async (body: Uint8Array, number: number): Promise<string> => {
    if (number > mostParts) throw tooLong(uri, first.length);
    const query = { partNumber: String(number), uploadId };
    const { headers } = await call(dialect, task, () => ({ method: 'PUT', url: urlOf(uri, query), headers: {}, body }));
    size += body.length;
    return String(headers.etag);
  };
  try {
    const etags = await sendParts(first, rest, upload, options.stop);
    return await endUpload(service, task, uploadId, etags, size, options);
  } catch (error) {
    await abortUpload(service, task, uploadId);
    throw error;
  }
}

async function beginUpload({ dialect, urlOf }: S3Service, task: Task): Promise<string> {
  const { body } = await call(dialect, { ...task, complete: isXml }, () => ({
    method: 'POST',
    url: urlOf(task.uri, { uploads: '' }),
    headers: {},
  }));
  const id = wordsOf(body.toString('utf8'), 'UploadId');
  if (id !== undefined) return id;
  const message = `Cannot write "${task.uri}": the endpoint does not answer as S3 does; check AWS_ENDPOINT_URL`;
  throw new BowerbirdError('IO', message, { source: task.uri });
}

async function endUpload(
  service: S3Service,
  task: Task,
  uploadId: string,
  etags: readonly string[],
  size: number,
  options: WriteOptions,
): Promise<ObjectStat> {
  const { uri } = task;
  const parts = etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escaped(etag)}</ETag></Part>`);
  const xml = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`;
  const request = (): HttpRequest => ({
    method: 'POST',
    url: service.urlOf(uri, { uploadId }),
    headers: { ...conditions(options), 'content-type': 'application/xml' },
    body: Buffer.from(xml),
  });
  const answer = await patiently(service, { ...task, accept: [404, ...conditionFailed] }, request);
  if (answer.status === 404 || conditionFailed.includes(answer.status)) {
    // The upload is gone because it was completed, and only the answer was lost; or because it is really gone.
    const found = answer.repeated ? await service.stat(uri) : undefined;
    if (found?.size === size) return found;
    if (answer.status !== 404) throw taken(uri);
    throw refusal(service.dialect, task, answer.status, answer.body.toString('utf8'));
  }
  const version = wordsOf(answer.body.toString('utf8'), 'ETag')?.replaceAll('"', '') ?? '';
  return { uri, size, version };
}

/** Completing and copying answer 200 first and may say afterwards that they failed. */
async function patiently(service: S3Service, task: Task, request: () => HttpRequest): Promise<Answer> {
  const { dialect } = service;
  const patience = dialect.patience ?? usualPatience;
  for (let tries = 1; ; tries++) {
    const answer = await call(dialect, { ...task, complete: isXml }, request);
    const body = answer.body.toString('utf8');
    if (answer.status >= 300 || !body.includes('<Error>')) return { ...answer, repeated: answer.repeated || tries > 1 };
    if (tries >= patience.tries) throw refusal(dialect, task, answer.status, body);
    await waitBefore(tries, patience, undefined, task.stop);
  }
}

/** What went wrong before is the error to tell; parts that stay behind are cleaned up by the bucket's lifecycle rules. */
async function abortUpload({ dialect, urlOf }: S3Service, { uri }: Task, uploadId: string): Promise<void> {
  const task: Task = { doing: 'abort the upload of', uri, accept: [404] };
  const request = (): HttpRequest => ({ method: 'DELETE', url: urlOf(uri, { uploadId }), headers: {} });
  await call(dialect, task, request).catch(() => {});
}

async function copy(service: S3Service, from: string, to: string): Promise<ObjectStat> {
  const found = await service.stat(from);
  if (found === undefined) throw notThere('copy', from);
  const source = sourceHeader(from);
  const task: Task = { doing: 'copy', uri: from };
  if (found.size <= mostCopiedAtOnce) {
    const answer = await patiently(service, task, () => ({ method: 'PUT', url: service.urlOf(to), headers: source }));
    return {
      uri: to,
      size: found.size,
      version: wordsOf(answer.body.toString('utf8'), 'ETag')?.replaceAll('"', '') ?? '',
    };
  }
  const writing: Task = { doing: 'write', uri: to };
  const uploadId = await beginUpload(service, writing);
  try {
    const etags: string[] = [];
    for (let at = 0; at < found.size; at += copiedPart) {
      const range = `bytes=${at}-${Math.min(found.size, at + copiedPart) - 1}`;
      const url = service.urlOf(to, { partNumber: String(etags.length + 1), uploadId });
      const headers = {
        ...source,
        'x-amz-copy-source-range': range,
        'x-amz-copy-source-if-match': `"${found.version}"`,
      };
      const answer = await patiently(service, task, () => ({ method: 'PUT', url, headers }));
      etags.push(wordsOf(answer.body.toString('utf8'), 'ETag') ?? '');
    }
    return await endUpload(service, writing, uploadId, etags, found.size, {});
  } catch (error) {
    await abortUpload(service, writing, uploadId);
    throw error;
  }
}

function sourceHeader(from: string): { readonly [name: string]: string } {
  const { bucket, key } = parseBucketUri(from);
  return { 'x-amz-copy-source': `/${strictly(bucket)}/${encodedKey(from, key)}` };
}

function tooLong(uri: string, part: number): BowerbirdError {
  const message = `Cannot write "${uri}": it is longer than ${mostParts} parts of ${part} bytes, the most that an object may have`;
  return new BowerbirdError('IO', message, { source: uri });
}
