/** Signatures as Amazon publishes them, and as aws4fetch makes them. */

import { AwsV4Signer } from 'aws4fetch';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signedHeaders } from '../../../src/storage/s3/sign.ts';
import { objectUrl } from '../../../src/storage/s3/url.ts';

const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const scope = { region: 'us-east-1', now: new Date('2013-05-24T00:00:00Z') };
const host = 'https://examplebucket.s3.amazonaws.com';

// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
describe('signedHeaders() signs as the examples of Amazon do', () => {
  test.each([
    {
      what: 'GET object',
      request: { method: 'GET', url: new URL(`${host}/test.txt`), headers: { range: 'bytes=0-9' } },
      names: 'host;range;x-amz-content-sha256;x-amz-date',
      signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    },
    {
      what: 'PUT object',
      request: {
        method: 'PUT',
        url: new URL(`${host}/test%24file.text`),
        headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
        body: Buffer.from('Welcome to Amazon S3.'),
      },
      names: 'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
      signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    },
    {
      what: 'GET bucket lifecycle',
      request: { method: 'GET', url: new URL(`${host}/?lifecycle`), headers: {} },
      names: 'host;x-amz-content-sha256;x-amz-date',
      signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    },
    {
      what: 'GET bucket (list objects)',
      request: { method: 'GET', url: new URL(`${host}/?max-keys=2&prefix=J`), headers: {} },
      names: 'host;x-amz-content-sha256;x-amz-date',
      signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    },
  ] as const)('$what', ({ request, names, signature }) => {
    const { authorization } = signedHeaders(request, credentials, scope);
    const day = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';
    expect(authorization).toBe(`AWS4-HMAC-SHA256 Credential=${day}, SignedHeaders=${names}, Signature=${signature}`);
  });
});

test('signedHeaders() agrees with aws4fetch about any key, query, header, body, session, region and address', async () => {
  const text = fc.string({ unit: 'grapheme' });
  // Refused before anybody signs: encodedKey(). A name of the generator may have slashes of its own.
  const isAddressable = (key: string) => !key.split('/').some((name) => name === '.' || name === '..');
  const given = fc.record({
    method: fc.constantFrom('GET' as const, 'PUT' as const, 'POST' as const, 'DELETE' as const),
    key: fc
      .array(text, { minLength: 1, maxLength: 4 })
      .map((names) => names.join('/'))
      .filter(isAddressable),
    query: fc.dictionary(
      fc.constantFrom('list', 'list-type', 'prefix', 'partNumber', 'uploadId', 'uploads', 'a%b'),
      text,
    ),
    headers: fc.record(
      { 'if-match': fc.constant('"e  1"'), range: fc.constant('bytes=0-'), 'content-type': fc.constant('text/xml') },
      { requiredKeys: [] },
    ),
    body: fc.option(fc.uint8Array(), { nil: undefined }),
    sessionToken: fc.option(fc.base64String({ minLength: 4 }), { nil: undefined }),
    region: fc.constantFrom('us-east-1', 'auto', 'eu-central-2'),
    endpoint: fc.constantFrom(undefined, new URL('http://127.0.0.1:9000'), new URL('https://host:443/a/b%21/')),
    now: fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true }),
  });
  await fc.assert(
    fc.asyncProperty(given, async ({ method, key, query, headers, body, sessionToken, region, endpoint, now }) => {
      const url = objectUrl(`s3://bucket/${key}`, query, endpoint, () => region);
      const ours = signedHeaders({ method, url, headers, body }, { ...credentials, sessionToken }, { region, now });
      const theirs = await new AwsV4Signer({
        ...credentials,
        ...(sessionToken === undefined ? {} : { sessionToken }),
        method,
        url: url.href,
        headers: { ...headers, 'x-amz-content-sha256': ours['x-amz-content-sha256']! },
        service: 's3',
        region,
        allHeaders: true,
        datetime: now.toISOString().replace(/[:-]|\.\d{3}/g, ''),
      }).sign();
      expect(ours).toEqual(Object.fromEntries(theirs.headers as unknown as Iterable<[string, string]>));
    }),
    { numRuns: 300 },
  );
});
