/** Credentials that stand in no file: of a command that a profile names, and of Amazon's own chain, which is played here. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { importOptional } from '../../../src/optional.ts';
import { s3Config } from '../../../src/storage/s3/config.ts';
import { scratch } from '../jobs/folder.ts';

vi.mock('../../../src/optional.ts', () => ({ importOptional: vi.fn() }));
const absent = () => Promise.reject(new Error('Cannot find package'));
vi.mocked(importOptional).mockImplementation(absent);
afterEach(() => void vi.mocked(importOptional).mockImplementation(absent));

/** A home whose profile "lab" gets its credentials by a command that appends a line to `runs` and prints `printed`. */
function withCommand(printed: string, end = 'exit 0') {
  const HOME = scratch();
  mkdirSync(join(HOME, '.aws'));
  const script = join(HOME, 'credentials of lab');
  const runs = join(HOME, 'runs');
  writeFileSync(script, `echo run >> '${runs}'\necho '${printed}'\necho 'it complains' >&2\n${end}\n`);
  writeFileSync(
    join(HOME, '.aws/config'),
    `[profile lab]\nregion = eu-north-1\ncredential_process = sh "${script}" a b\n`,
  );
  const ran = () => (existsSync(runs) ? readFileSync(runs, 'utf8').split('\n').length - 1 : 0);
  return { env: { HOME, AWS_PROFILE: 'lab' }, ran };
}

const configOf = (values: { readonly [name: string]: string }) => s3Config((name) => values[name]);
const json = (expiration?: string) =>
  JSON.stringify({
    Version: 1,
    AccessKeyId: 'p1',
    SecretAccessKey: 'p2',
    SessionToken: 'p3',
    ...(expiration === undefined ? {} : { Expiration: expiration }),
  });
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

test('s3Config() takes what credential_process prints, when it is needed and not before', async () => {
  const { env, ran } = withCommand(json());
  const { credentials, region } = await configOf(env);
  expect([region, ran()]).toEqual(['eu-north-1', 0]);
  const all = await Promise.all([credentials!(), credentials!(), credentials!()]);
  expect(all).toEqual(Array(3).fill({ accessKeyId: 'p1', secretAccessKey: 'p2', sessionToken: 'p3' }));
  expect(ran()).toBe(1);
});

test.each([
  ['an hour', 60, 1],
  ['two minutes', 2, 3],
])('s3Config() runs credential_process again when what it printed ends soon (in %s)', async (_, minutes, runs) => {
  const { env, ran } = withCommand(json(inMinutes(minutes)));
  const { credentials } = await configOf(env);
  for (let i = 0; i < 3; i++) expect(await credentials!()).toMatchObject({ accessKeyId: 'p1' });
  expect(ran()).toBe(runs);
});

test.each([
  ['fails', json(), 'exit 7', 'its credential_process ended with 7 (it complains)'],
  ['prints something else', '{"Version":2,"SecretAccessKey":"p2"}', 'exit 0', 'printed no JSON with Version 1'],
  ['prints no JSON', 'p2', 'exit 0', 'printed no JSON with Version 1'],
])(
  's3Config() says so when credential_process %s, tells no secret, and tries again',
  async (_, printed, end, words) => {
    const { env, ran } = withCommand(printed, end);
    const { credentials } = await configOf(env);
    for (let i = 1; i <= 2; i++) {
      const error = await credentials!().catch((e: unknown) => e as Error);
      expect(error).toMatchObject({ code: 'ACCESS', message: expect.stringContaining(words) });
      expect(`${(error as Error).stack}${JSON.stringify(error)}`).not.toContain('p2');
      expect(ran()).toBe(i);
    }
  },
);

test('s3Config() prefers keys of the environment and of the profile to credential_process', async () => {
  const { env, ran } = withCommand(json());
  const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  expect(await (await configOf({ ...env, ...keys })).credentials!()).toMatchObject({ accessKeyId: 'a' });
  writeFileSync(join(env.HOME, '.aws/credentials'), '[lab]\naws_access_key_id = l1\naws_secret_access_key = l2\n');
  expect(await (await configOf(env)).credentials!()).toMatchObject({ accessKeyId: 'l1' });
  expect(ran()).toBe(0);
});

const chained = [
  ['single sign-on', '[profile lab]\nsso_session = x\ncredential_process = false\n', {}, 'by sso_session'],
  ['a role', '[profile lab]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = default\n', {}, 'by role_arn'],
  [
    'a web identity',
    '[profile lab]\n',
    { AWS_WEB_IDENTITY_TOKEN_FILE: '/t' },
    'Cannot use AWS_WEB_IDENTITY_TOKEN_FILE;',
  ],
] as const;

test.each(chained)("s3Config() asks Amazon's chain for %s, and names it when it is not installed", async (...row) => {
  const [, config, more, words] = row;
  const HOME = scratch();
  mkdirSync(join(HOME, '.aws'));
  writeFileSync(join(HOME, '.aws/config'), config);
  const env = { HOME, AWS_PROFILE: 'lab', ...more };
  await expect(configOf(env)).rejects.toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining(words) });
  const defaultProvider = vi.fn(() => async () => ({ accessKeyId: 'c1', secretAccessKey: 'c2' }));
  vi.mocked(importOptional).mockImplementation(async () => ({ defaultProvider }));
  expect(await (await configOf(env)).credentials!()).toMatchObject({ accessKeyId: 'c1' });
  expect(defaultProvider).toHaveBeenCalledWith({ profile: 'lab' });
});
