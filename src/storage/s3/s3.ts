/** s3://bucket/key: Amazon S3, Cloudflare R2, and whatever speaks that protocol; r2://bucket/key: Cloudflare R2 and nothing else. https://docs.aws.amazon.com/AmazonS3/latest/API/ */

import type { IncomingHttpHeaders } from 'node:http';
import { call, type Dialect, type Task } from '../client.ts';
import type { Env } from '../env.ts';
import type { HttpRequest } from '../http-send.ts';
import { ListingGuard, sizeOf, textIn, understood } from '../listing.ts';
import { type Reads, reading } from '../reading.ts';
import type { Patience } from '../retry.ts';
import type { Listed, ListOptions, ObjectStat, Storage } from '../storage.ts';
import { parseBucketUri } from '../uri.ts';
import { r2Config, type S3Config, s3Config } from './config.ts';
import { signedHeaders } from './sign.ts';
import { objectUrl, type S3Service } from './url.ts';
import { s3Writing } from './write.ts';
import { elementsOf, keyOf, textOf, wordsOf } from './xml.ts';

/** Most come with 403; a session that ended comes with 400, and some servers say 404 for a key they do not know. */
const denials: ReadonlySet<string> = new Set([
  ...['AccessDenied', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'InvalidToken'],
  ...['TokenRefreshRequired', 'RequestTimeTooSkewed', 'XAdminUserNotFound'],
]);

const s3Hints = {
  none: 'no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_PROFILE, or R2_*), in the environment or in .env',
  some: 'check the credentials (AWS_*, AWS_PROFILE, R2_*), their rights on the bucket, and AWS_ENDPOINT_URL',
};
const r2Hint = 'check R2_ACCESS_KEY_ID, R2_SECRET_ACCESS_KEY, their rights on the bucket, and R2_ENDPOINT_URL';

export async function openS3(env: Env, patience?: Patience): Promise<Storage> {
  const config = await s3Config(env);
  return opened('s3', config, config.credentials === undefined ? s3Hints.none : s3Hints.some, patience);
}

export async function openR2(env: Env, patience?: Patience): Promise<Storage> {
  return opened('r2', r2Config(env), r2Hint, patience);
}

function opened(scheme: 's3' | 'r2', config: S3Config, accessHint: string, patience: Patience | undefined): Storage {
  const { endpoint, region, credentials } = config;
  const regions = new Map<string, string>();

  const urlOf = (uri: string, query: { readonly [name: string]: string } = {}) =>
    objectUrl(uri, query, endpoint, (bucket) => regions.get(bucket) ?? region);
  const bucketOf = ({ url }: HttpRequest) =>
    endpoint === undefined ? (/^(.+)\.s3\./.exec(url.hostname)?.[1] ?? pathBucket(url)) : pathBucket(url);

  const dialect: Dialect = {
    async sign(request) {
      if (credentials === undefined) return request;
      const scope = { region: regions.get(bucketOf(request) ?? '') ?? region, now: new Date() };
      // Never aws-chunked: servers that do not know it store its framing (all newer SDKs send it by default, and this is why none is here).
      return { ...request, headers: signedHeaders(request, await credentials(), scope) };
    },
    explain: (body) => [wordsOf(body, 'Code'), wordsOf(body, 'Message')].filter(Boolean).join(': '),
    accessHint,
    denies: (body) => denials.has(wordsOf(body, 'Code') ?? ''),
    recover(_status, headers, body, request) {
      const bucket = bucketOf(request);
      const right = String(headers['x-amz-bucket-region'] ?? wordsOf(body, 'Region') ?? '');
      if (endpoint !== undefined || bucket === undefined || right === '' || regions.get(bucket) === right) return false;
      regions.set(bucket, right);
      return true;
    },
    ...(patience === undefined ? {} : { patience }),
  };

  const versionOf = ({ etag }: IncomingHttpHeaders) => (etag ?? '').replace(/^W\//, '').replaceAll('"', '');
  const reads: Reads = {
    dialect,
    get: (uri, version) => ({
      method: 'GET',
      url: urlOf(uri),
      headers: version === '' ? {} : { 'if-match': `"${version}"` },
    }),
    versionOf,
  };

  const stat = async (uri: string): Promise<ObjectStat | undefined> => {
    const task: Task = { doing: 'look at', uri, accept: [404] };
    const { status, headers } = await call(dialect, task, () => ({ method: 'HEAD', url: urlOf(uri), headers: {} }));
    if (status === 404) return undefined;
    return understood(task, () => ({ uri, size: sizeOf(headers['content-length']), version: versionOf(headers) }));
  };

  return {
    scheme,
    ...reading(reads),
    ...s3Writing({ dialect, urlOf, versionOf, stat }),
    stat,
    async sums(uri) {
      const found = await stat(uri);
      return found && { ...found, ...sumOf(found.version) };
    },
    list: (prefix, options) => list(scheme, { dialect, urlOf }, prefix, options),
  };
}

/** Most ETags are MD5s. Those that look so and are not (of what is encrypted with a key of KMS) are the MD5 of nothing that is at hand. */
function sumOf(etag: string): { readonly md5?: string; readonly md5OfParts?: string } {
  if (/^[0-9a-f]{32}$/.test(etag)) return { md5: etag };
  return /^[0-9a-f]{32}-\d+$/.test(etag) ? { md5OfParts: etag } : {};
}

async function* list(
  scheme: string,
  { dialect, urlOf }: Pick<S3Service, 'dialect' | 'urlOf'>,
  prefix: string,
  { delimiter, stop }: ListOptions = {},
): AsyncGenerator<readonly Listed[]> {
  const { bucket, key } = parseBucketUri(prefix);
  const complete = (body: Buffer) => body.includes('</ListBucketResult>');
  const task: Task = { doing: 'list', uri: prefix, stop, complete };
  const guard = new ListingGuard(task);
  let token: string | undefined;
  do {
    const query = {
      'list-type': '2',
      'encoding-type': 'url',
      prefix: key,
      ...(delimiter === undefined ? {} : { delimiter }),
      ...(token === undefined ? {} : { 'continuation-token': token }),
    };
    const { body } = await call(dialect, task, () => ({
      method: 'GET',
      url: urlOf(`${scheme}://${bucket}/`, query),
      headers: {},
    }));
    const xml = body.toString('utf8');
    const page = understood(task, () => pageOf(xml, `${scheme}://${bucket}/`));
    yield page;
    token = understood(task, () => nextToken(xml));
    guard.next(token, page.length);
  } while (token !== undefined);
}

function nextToken(xml: string): string | undefined {
  if (textOf(xml, 'IsTruncated') !== 'true') return undefined;
  return textIn(textOf(xml, 'NextContinuationToken'), 'a NextContinuationToken, since the list is truncated');
}

function pageOf(xml: string, root: string): Listed[] {
  const encoded = textOf(xml, 'EncodingType') === 'url';
  const uriOf = (key: string | undefined) => `${root}${keyOf(textIn(key, 'a key'), encoded)}`;
  const objects = elementsOf(xml, 'Contents').map((object): Listed => {
    const uri = uriOf(textOf(object, 'Key'));
    const version = (textOf(object, 'ETag') ?? '').replaceAll('"', '');
    return { kind: 'object', uri, size: sizeOf(textOf(object, 'Size')), version };
  });
  const prefixes = elementsOf(xml, 'CommonPrefixes').map(
    (part): Listed => ({ kind: 'prefix', uri: uriOf(textOf(part, 'Prefix')) }),
  );
  return [...objects, ...prefixes];
}

function pathBucket(url: URL): string | undefined {
  return url.pathname.split('/')[1];
}
