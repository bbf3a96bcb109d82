import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { environment } from '../../../src/storage/env.ts';
import { s3Config } from '../../../src/storage/s3/config.ts';
import { scratch } from '../jobs/folder.ts';

test('environment() takes what is really set first, then .env, and leaves process.env alone', () => {
  const folder = scratch();
  writeFileSync(join(folder, '.env'), '# comment\nAWS_REGION="from file"\nBOWERBIRD_TEST_ONLY=file # why\nEMPTY=\n');
  const env = environment({ AWS_REGION: 'real', EMPTY: '' }, folder);
  expect([env('AWS_REGION'), env('BOWERBIRD_TEST_ONLY'), env('EMPTY'), env('NONE')]).toEqual([
    'real',
    'file',
    undefined,
    undefined,
  ]);
  expect(process.env['BOWERBIRD_TEST_ONLY']).toBeUndefined();
});

test('environment() knows the first variable behind a byte order mark', () => {
  const folder = scratch();
  writeFileSync(join(folder, '.env'), '\ufeffNUM_SHARDS=2\nOTHER=3\n');
  const env = environment({}, folder);
  expect([env('NUM_SHARDS'), env('OTHER')]).toEqual(['2', '3']);
});

test('environment() needs no .env', () => {
  expect(environment({ A: '1' }, scratch())('A')).toBe('1');
});

function home(files: { readonly [name: string]: string }): string {
  const folder = scratch();
  mkdirSync(join(folder, '.aws'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, '.aws', name), text);
  return folder;
}

const config = async (values: { readonly [name: string]: string }) => {
  const { endpoint, region, credentials } = await s3Config((name) => values[name]);
  return { endpoint: endpoint?.href, region, ...(await credentials?.()) };
};

test('s3Config() reads keys, session and region from the environment', async () => {
  const keys = {
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    AWS_SESSION_TOKEN: 'c',
    AWS_DEFAULT_REGION: 'eu-west-3',
  };
  expect(await config({ ...keys, HOME: '/nonexistent' })).toEqual({
    endpoint: undefined,
    region: 'eu-west-3',
    accessKeyId: 'a',
    secretAccessKey: 'b',
    sessionToken: 'c',
  });
});

test('s3Config() reads the profile from both files, the credentials file first', async () => {
  const HOME = home({
    config:
      '[default]\nregion = us-west-2\n\n[profile lab]\nregion=ap-southeast-2\nendpoint_url = https://minio.example.org:9000\n',
    credentials:
      '[default]\naws_access_key_id=d1\naws_secret_access_key=d2\n[lab]\naws_access_key_id = l1\naws_secret_access_key = l2\n',
  });
  expect(await config({ HOME })).toMatchObject({ region: 'us-west-2', accessKeyId: 'd1', secretAccessKey: 'd2' });
  expect(await config({ HOME, AWS_PROFILE: 'lab' })).toMatchObject({
    endpoint: 'https://minio.example.org:9000/',
    region: 'ap-southeast-2',
    accessKeyId: 'l1',
    secretAccessKey: 'l2',
  });
  await expect(config({ HOME, AWS_PROFILE: 'none' })).rejects.toThrow('Cannot use the profile "none" (AWS_PROFILE)');
});

test('s3Config() takes R2_* for Cloudflare, whatever AWS_* says', async () => {
  const R2 = { R2_ACCOUNT_ID: '0123', R2_ACCESS_KEY_ID: 'r1', R2_SECRET_ACCESS_KEY: 'r2' };
  expect(await config({ ...R2, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', HOME: '/nonexistent' })).toEqual({
    endpoint: 'https://0123.r2.cloudflarestorage.com/',
    region: 'auto',
    accessKeyId: 'r1',
    secretAccessKey: 'r2',
  });
});

test('s3Config() says what is missing', async () => {
  await expect(config({ AWS_ACCESS_KEY_ID: 'a', HOME: '/nonexistent' })).rejects.toThrow(
    'expected AWS_SECRET_ACCESS_KEY with it',
  );
  await expect(config({ AWS_ENDPOINT_URL: 'minio:9000', HOME: '/nonexistent' })).rejects.toMatchObject({
    code: 'USAGE',
  });
  const HOME = home({ config: '[default]\nsso_session = lab\n' });
  await expect(config({ HOME })).rejects.toThrow(
    /it gets its credentials by sso_session; install @aws-sdk\/credential-provider-node/,
  );
});
