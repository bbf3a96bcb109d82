/** gs://bucket/key: Google Cloud Storage over its JSON interface. https://cloud.google.com/storage/docs/json_api/v1 */

import type { IncomingHttpHeaders } from 'node:http';
import { usage } from '../../options.ts';
import { call, type Dialect, isJson, type Task } from '../client.ts';
import type { Env } from '../env.ts';
import { notThere } from '../failures.ts';
import { ListingGuard, listIn, objectIn, sizeOf, textIn, understood } from '../listing.ts';
import { type Reads, reading } from '../reading.ts';
import type { Patience } from '../retry.ts';
import type { Listed, ListOptions, ObjectStat, ObjectSums, Storage } from '../storage.ts';
import { parseBucketUri } from '../uri.ts';
import { gcsAccess } from './auth.ts';
import { type GcsService, statOf, strictly } from './service.ts';
import { gcsWriting } from './write.ts';

const google = 'https://storage.googleapis.com';

export async function openGcs(env: Env, patience?: Patience): Promise<Storage> {
  const emulator = env('STORAGE_EMULATOR_HOST');
  const base = emulator === undefined ? google : emulatorUrl(emulator);
  const access = emulator === undefined ? gcsAccess(env) : async () => undefined;
  let anonymous = false;
  const dialect: Dialect = {
    async sign(request) {
      const token = await access();
      anonymous = token === undefined;
      return { ...request, headers: { ...request.headers, ...token } };
    },
    explain,
    get accessHint() {
      return anonymous
        ? 'no credentials were found: set GOOGLE_APPLICATION_CREDENTIALS, or run "gcloud auth application-default login"'
        : 'check that the account may read (and, for outputs, write) objects of the bucket';
    },
    ...(patience === undefined ? {} : { patience }),
  };
  const objectUrl = (uri: string, query: { readonly [name: string]: string } = {}) => {
    const { bucket, key } = parseBucketUri(uri);
    return urlOf(`${base}/storage/v1/b/${strictly(bucket)}/o/${strictly(key)}`, query);
  };
  const service: GcsService = {
    dialect,
    objectUrl,
    uploadUrl: (uri, query) => {
      const { bucket, key } = parseBucketUri(uri);
      return urlOf(`${base}/upload/storage/v1/b/${strictly(bucket)}/o`, { ...query, name: key });
    },
    stat: (uri) => stat(dialect, objectUrl, uri),
  };
  const reads: Reads = {
    dialect,
    get: (uri, version) => {
      const condition = version === '' ? {} : { ifGenerationMatch: version };
      return { method: 'GET', url: objectUrl(uri, { alt: 'media', ...condition }), headers: {} };
    },
    versionOf: (headers: IncomingHttpHeaders) => String(headers['x-goog-generation'] ?? ''),
  };
  return {
    scheme: 'gs',
    ...reading(reads),
    ...gcsWriting(service),
    stat: service.stat,
    sums: (uri) => sums(dialect, objectUrl, uri),
    list: (prefix, options) => list(dialect, base, prefix, options),
  };
}

function urlOf(path: string, query: { readonly [name: string]: string }): URL {
  const search = Object.entries(query).map(([name, value]) => `${strictly(name)}=${strictly(value)}`);
  return new URL(search.length === 0 ? path : `${path}?${search.join('&')}`);
}

/** As Google's clients read it: with or without "http://". */
function emulatorUrl(text: string): string {
  try {
    return new URL(/^https?:\/\//.test(text) ? text : `http://${text}`).origin;
  } catch {
    throw usage(`Cannot use "${text}" (STORAGE_EMULATOR_HOST): expected an address such as http://127.0.0.1:4443`);
  }
}

const mostWords = 1000;

function explain(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: { message?: string } };
    return String(error?.message ?? '').slice(0, mostWords);
  } catch {
    // Not JSON: the words of something on the way, when they are few.
    return body.length < 200 ? body.trim() : '';
  }
}

async function stat(
  dialect: Dialect,
  objectUrl: GcsService['objectUrl'],
  uri: string,
): Promise<ObjectStat | undefined> {
  const task: Task = { doing: 'look at', uri, accept: [404], complete: isJson };
  const fields = { fields: 'size,generation' };
  const { status, body } = await call(dialect, task, () => ({
    method: 'GET',
    url: objectUrl(uri, fields),
    headers: {},
  }));
  return status === 404 ? undefined : statOf(uri, body);
}

async function sums(
  dialect: Dialect,
  objectUrl: GcsService['objectUrl'],
  uri: string,
): Promise<ObjectSums | undefined> {
  const task: Task = { doing: 'look at', uri, accept: [404], complete: isJson };
  const url = objectUrl(uri, { fields: 'size,generation,md5Hash,crc32c' });
  const { status, body } = await call(dialect, task, () => ({ method: 'GET', url, headers: {} }));
  if (status === 404) return undefined;
  return understood(task, () => {
    const { md5Hash, crc32c } = objectIn(JSON.parse(body.toString('utf8')));
    const hex = (text: unknown) => Buffer.from(textIn(text, 'a checksum'), 'base64').toString('hex');
    // An object that was composed of others has no MD5.
    return {
      ...statOf(uri, body),
      ...(md5Hash !== undefined && { md5: hex(md5Hash) }),
      ...(crc32c !== undefined && { crc32c: hex(crc32c) }),
    };
  });
}

interface ListReply {
  readonly items?: unknown;
  readonly prefixes?: unknown;
  readonly nextPageToken?: unknown;
}

async function* list(
  dialect: Dialect,
  base: string,
  prefix: string,
  { delimiter, stop }: ListOptions = {},
): AsyncGenerator<readonly Listed[]> {
  const { bucket, key } = parseBucketUri(prefix);
  const task: Task = { doing: 'list', uri: prefix, stop, accept: [404], complete: isJson };
  const guard = new ListingGuard(task);
  let pageToken: string | undefined;
  do {
    const query = {
      prefix: key,
      maxResults: '1000',
      fields: 'items(name,size,generation),prefixes,nextPageToken',
      ...(delimiter === undefined ? {} : { delimiter }),
      ...(pageToken === undefined ? {} : { pageToken }),
    };
    const url = urlOf(`${base}/storage/v1/b/${strictly(bucket)}/o`, query);
    const { status, body } = await call(dialect, task, () => ({ method: 'GET', url, headers: {} }));
    if (status === 404) throw notThere('list', prefix, explain(body.toString('utf8')) || 'no such bucket');
    const { page, next } = understood(task, () => pageOf(objectIn(JSON.parse(body.toString('utf8'))), bucket));
    yield page;
    guard.next(next, page.length);
    pageToken = next;
  } while (pageToken !== undefined);
}

function pageOf({ items = [], prefixes = [], nextPageToken }: ListReply, bucket: string) {
  const uriOf = (name: unknown) => `gs://${bucket}/${textIn(name, 'a name')}`;
  const objects = listIn(items).map((item): Listed => {
    const { name, size, generation } = objectIn(item);
    return { kind: 'object', uri: uriOf(name), size: sizeOf(size), version: String(generation ?? '') };
  });
  const folders = listIn(prefixes).map((name): Listed => ({ kind: 'prefix', uri: uriOf(name) }));
  const next = nextPageToken === undefined ? '' : textIn(nextPageToken, 'a token');
  return { page: [...objects, ...folders], next: next === '' ? undefined : next };
}
