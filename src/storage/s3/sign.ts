/**
 * Signature Version 4 in the header of a request, which is how S3 wants to know who asks. Not by a package: the small ones use WebCrypto, which
 * takes five times as long, a third of what small objects cost.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */

import { createHash, createHmac } from 'node:crypto';
import type { HttpRequest } from '../http-send.ts';
import type { S3Credentials } from './process.ts';

export interface SigningScope {
  readonly region: string;
  readonly now: Date;
}

/** Of a day, a region and a secret: four hashes that need not be made for every request. */
const signingKeys = new Map<string, Buffer>();

/**
 * The headers of the request with those that prove who sends it. Every header that it has is signed, and the SHA-256 of the whole body, so that
 * what arrives damaged is refused. Path and query must be escaped as objectUrl() does it.
 */
export function signedHeaders(
  { method, url, headers, body }: HttpRequest,
  { accessKeyId, secretAccessKey, sessionToken }: S3Credentials,
  { region, now }: SigningScope,
): { readonly [name: string]: string } {
  const time = now.toISOString().replace(/[:-]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const hash = sha256(body ?? '');
  const sent: { [name: string]: string } = {
    ...headers,
    'x-amz-content-sha256': hash,
    'x-amz-date': time,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
  const signed = Object.entries({ ...sent, host: url.host })
    .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/\s+/g, ' ')] as const)
    .sort(byName);
  const names = signed.map(([name]) => name).join(';');
  const lines = signed.map(([name, value]) => `${name}:${value}\n`).join('');
  const canonical = [method, url.pathname, canonicalQuery(url), lines, names, hash].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const key = signingKey(secretAccessKey, day, region);
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`).toString('hex');
  const proof = `Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...sent, authorization: `AWS4-HMAC-SHA256 ${proof}` };
}

function canonicalQuery({ search }: URL): string {
  if (search === '') return '';
  const pairs = search.slice(1).split('&');
  return pairs
    .map((pair) => pair.split('=', 2) as [string, string?])
    .sort(byName)
    .map(([name, value = '']) => `${name}=${value}`)
    .join('&');
}

/** Each name comes once. */
function byName([a]: readonly [string, ...unknown[]], [b]: readonly [string, ...unknown[]]): number {
  return a < b ? -1 : 1;
}

function signingKey(secret: string, day: string, region: string): Buffer {
  const name = [secret, day, region].join();
  let key = signingKeys.get(name);
  if (key === undefined) {
    key = [day, region, 's3', 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`));
    signingKeys.set(name, key);
  }
  return key;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
