/** Keys that are given as options: of one run alone, in all of its threads, and nowhere else. Needs a build: units run in threads. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { datasetCard } from '../../../../src/api/dataset/card.ts';
import { datasetScan } from '../../../../src/api/dataset/scan.ts';
import { withVariables } from '../../../../src/storage/env.ts';
import { storageOf, writableStorageOf } from '../../../../src/storage/registry.ts';
import { type ObjectServer, objectServer } from '../../../support/object-server.ts';
import { specs } from '../../../support/processed-episodes.ts';
import { scratch } from '../folder.ts';
import { build, hubStore, putEpisodes, repositoryOf, stateFolder, writePlan } from './building.ts';

const episodes = specs({ de: 2, en: 3 });
const servers: ObjectServer[] = [];
const store = await hubStore();

beforeAll(async () => {
  for (const name of Object.keys(process.env)) if (/^(R2|AWS)_/.test(name)) delete process.env[name];
  for (let i = 0; i < 2; i++) {
    const server = await objectServer();
    putEpisodes(server, episodes);
    servers.push(server);
  }
});
afterAll(() => Promise.all(servers.map((server) => server.close())));

const keysOf = (i: number) => ({
  r2EndpointUrl: servers[i]!.url,
  r2AccessKeyId: `hidden-key-${i}`,
  r2SecretAccessKey: `hidden-secret-${i}`,
});

/** Key identifiers in the signatures that a server saw. */
const seenBy = ({ seen }: ObjectServer) => [
  ...new Set(
    seen.map(({ headers }) =>
      /Credential=([^/]+)\/\d+\/([^/]+)/
        .exec(headers.authorization ?? '')
        ?.slice(1)
        .join(' '),
    ),
  ),
];

function allFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

function expectNoSecret(texts: readonly unknown[], ...folders: readonly string[]): void {
  expect(JSON.stringify(texts)).not.toMatch(/hidden-/);
  for (const path of folders.flatMap(allFiles)) expect(readFileSync(path).includes('hidden-'), path).toBe(false);
}

test('two runs at the same time each read with their own keys, in threads too, and write them nowhere', async () => {
  const told: unknown[] = [];
  const runs = [0, 1].map(async (i) => {
    const [state, out] = [stateFolder(episodes), scratch()];
    const report = await build({
      ...{ source: 'r2://bucket/processed/', state, out, ...keysOf(i) },
      onNotice: (notice) => told.push(notice),
      onProgress: (progress) => told.push(progress),
    });
    expect(report).toMatchObject({ complete: true, rows: 15 });
    expectNoSecret([report, told], state, out);
  });
  await Promise.all(runs);
  expect(servers.map(seenBy)).toEqual([['hidden-key-0 auto'], ['hidden-key-1 auto']]);
});

test('without them the same call knows no keys', async () => {
  const state = stateFolder(episodes);
  await expect(build({ source: 'r2://bucket/processed/', state, out: scratch() })).rejects.toThrow(
    /R2_ENDPOINT_URL .*R2_ACCESS_KEY_ID .*R2_SECRET_ACCESS_KEY /,
  );
});

test('a refusal tells none of them', async () => {
  const [server] = servers as [ObjectServer];
  server.fault = (request, response) => {
    response.writeHead(403).end(`<Error><Code>AccessDenied</Code><Message>no</Message></Error>`);
    return request !== undefined;
  };
  const state = stateFolder(episodes);
  const options = { source: 'r2://bucket/processed/', ...keysOf(0) };
  const failed = await build({ ...options, state, out: scratch() }).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: 'ACCESS' });
  const scan = await datasetScan({ ...options, state: scratch() }).catch((error: unknown) => error);
  expect(scan).toMatchObject({ code: 'ACCESS' });
  server.fault = undefined;
  expectNoSecret([failed, String(failed), String(scan), (failed as Error).stack], state);
});

test('a scan of r2:// plans what it lists', async () => {
  const state = scratch();
  const report = await datasetScan({ source: 'r2://bucket/processed/', state, ...keysOf(1) });
  expect(report).toMatchObject({ episodes: 5, added: 5, source: 'r2://bucket/processed/' });
  expect(JSON.parse(readFileSync(join(state, 'work_plan.json'), 'utf8')).de).toEqual([
    'processed/de/0000/',
    'processed/de/0001/',
  ]);
  expectNoSecret([report], state);
});

test('a token that is given reads and writes a private repository, whatever the environment has, and is in no file', async () => {
  const token = 'hf_hidden-token';
  const options = { source: 'r2://bucket/processed/', repo: 'org/ds', ...keysOf(0), hfToken: token };
  const state = stateFolder(episodes);
  const report = await build({ ...options, state });
  expect(report).toMatchObject({ complete: true, commits: 3 });
  Object.assign(store.hub.repos['org/ds']!, { token, writeToken: token });
  // The footers are read as files of hf://.
  const other = stateFolder(episodes);
  const again = await build({ ...options, state: other });
  expect(again).toMatchObject({ complete: true, commits: 0, done: 0, skipped: 3, rows: 15 });
  const card = await datasetCard({ repo: 'org/ds', hfToken: token, dryRun: true });
  expect(card).toMatchObject({ files: 3, rows: 15 });
  await expect(datasetCard({ repo: 'org/ds', dryRun: true })).rejects.toMatchObject({ code: 'ACCESS' });
  expect(Object.keys(repositoryOf(store.hub)).filter((name) => name.startsWith('data/'))).toHaveLength(3);
  putEpisodes(servers[0]!, specs({ de: 2, en: 5 }));
  writePlan(other, specs({ de: 2, en: 5 }));
  expect(await build({ ...options, state: other })).toMatchObject({ complete: true, commits: 2, rows: 21 });
  expectNoSecret([report, again, card], state, other);
});

test('what is written under r2:// is read there, by whoever has the keys', async () => {
  const variables = { R2_ENDPOINT_URL: servers[0]!.url, R2_ACCESS_KEY_ID: 'a', R2_SECRET_ACCESS_KEY: 'b' };
  await withVariables(variables, async () => {
    const storage = await writableStorageOf('r2://other/x');
    await storage.write('r2://other/x/y', Buffer.from('text'), { ifAbsent: true });
    const listed = [];
    for await (const page of storage.list('r2://other/x/')) listed.push(...page);
    expect(listed).toMatchObject([{ kind: 'object', uri: 'r2://other/x/y', size: 4 }]);
    expect(Buffer.from(await storage.read('r2://other/x/y')).toString()).toBe('text');
    expect(await storageOf('r2://other/x')).toBe(storage);
  });
  await expect(storageOf('r2://other/x')).rejects.toThrow('Cannot use Cloudflare R2: expected R2_ENDPOINT_URL');
});
