import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { datasetScan } from '../../../src/api/dataset/scan.ts';
import { holdState } from '../../../src/jobs/dataset/state-lock.ts';
import { type ObjectServer, objectServer } from '../../support/object-server.ts';
import { scratch } from '../jobs/folder.ts';

let server: ObjectServer;
beforeAll(async () => {
  server = await objectServer();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: server.url,
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'auto',
  });
});
afterAll(() => server.close());
beforeEach(() => {
  server.objects.clear();
  server.fault = undefined;
});

const put = (...keys: string[]) => {
  for (const key of keys) server.objects.set(`bucket/${key}`, Buffer.from('[]'));
};
const episode = (folder: string, id: string) => `processed/${folder}/${id}/all_segments.json`;
const source = 's3://bucket/processed/';
const planIn = (state: string) => JSON.parse(readFileSync(join(state, 'work_plan.json'), 'utf8'));

test('a bucket becomes a plan: languages normalised, episodes sorted, what is neither told', async () => {
  put(episode('en', 'b'), episode('en', 'a'), episode('en-US', 'c'), episode('deu', 'x'), episode('de', 'y'));
  put(
    'processed/readme.txt',
    'processed/en/notes.txt',
    'processed/.trash/z/all_segments.json',
    'other/en/no/all_segments.json',
  );
  const state = scratch();
  const notices: string[] = [];
  const report = await datasetScan({ source, state, onNotice: (notice) => notices.push(notice) });
  expect(planIn(state)).toEqual({
    de: ['processed/de/y/', 'processed/deu/x/'],
    en: ['processed/en-US/c/', 'processed/en/a/', 'processed/en/b/'],
  });
  expect(report).toMatchObject({
    job: 'dataset scan',
    source,
    plan: join(state, 'work_plan.json'),
    episodes: 5,
    added: 5,
    languages: [
      { language: 'de', episodes: 2, added: 2 },
      { language: 'en', episodes: 3, added: 3 },
    ],
    leftOut: [
      's3://bucket/processed/.trash/: a hidden folder',
      's3://bucket/processed/readme.txt: a file where a folder was expected',
      's3://bucket/processed/en/notes.txt: a file where a folder was expected',
    ],
    notices,
  });
  expect(notices.join('\n')).toMatch(/"de", "deu" are one language, "de"/);
});

test('a second scan keeps the order of the plan, puts what is new behind it, and tells what is gone', async () => {
  const state = scratch();
  const old = { en: ['processed/en/z/', 'processed/en/gone/', 'processed/en/a/'], fr: ['processed/fr/q/'] };
  writeFileSync(join(state, 'work_plan.json'), JSON.stringify(old));
  put(
    episode('en', 'a'),
    episode('en', 'm'),
    episode('en', 'z'),
    episode('sr', 'n'),
    episode('fr', 'q'),
    episode('fr', 'b'),
  );
  const report = await datasetScan({ source, state, language: ['ENG,srp'] });
  expect(planIn(state)).toEqual({ en: [...old.en, 'processed/en/m/'], fr: old.fr, sr: ['processed/sr/n/'] });
  expect(report).toMatchObject({ added: 2, episodes: 6, gone: ['processed/en/gone/'] });
  expect(report.notices.join('\n')).toMatch(
    /1 episode\(s\) of the plan are not there any more: "processed\/en\/gone\/"/,
  );
});

test('an episode whose language is spelled otherwise by now is not planned twice', async () => {
  const state = scratch();
  writeFileSync(join(state, 'work_plan.json'), JSON.stringify({ 'en-us': ['processed/en-US/a/'] }));
  put(episode('en-US', 'a'));
  expect(await datasetScan({ source, state })).toMatchObject({ added: 0 });
  expect(planIn(state)['en-us']).toEqual(['processed/en-US/a/']);
});

test('a limit holds for the plan of a language as a whole, and asks for no more pages', async () => {
  put(...Array.from({ length: 1500 }, (_, i) => episode('en', String(i).padStart(5, '0'))), episode('de', 'a'));
  const state = scratch();
  expect(await datasetScan({ source, state, limitPerLanguage: 3 })).toMatchObject({ added: 4 });
  expect(planIn(state).en).toEqual(['processed/en/00000/', 'processed/en/00001/', 'processed/en/00002/']);
  expect(await datasetScan({ source, state, limitPerLanguage: 3 })).toMatchObject({ added: 0, gone: [] });
  expect(await datasetScan({ source, state, limitPerLanguage: 5 })).toMatchObject({ added: 2 });
  expect(await datasetScan({ source, state })).toMatchObject({ added: 1495, gone: [] });
});

test('a local folder is a source too', async () => {
  const root = scratch();
  for (const path of ['en/b', 'en/a', 'ENG/c', '.hidden/x'])
    mkdirSync(join(root, 'processed', path), { recursive: true });
  writeFileSync(join(root, 'processed/en/a/all_segments.json'), '[]');
  writeFileSync(join(root, 'processed/en/b/all_segments.json'), '[]');
  writeFileSync(join(root, 'processed/ENG/c/all_segments.json'), '[]');
  await datasetScan({ source: join(root, 'processed'), state: root });
  expect(planIn(root)).toEqual({ en: ['processed/ENG/c/', 'processed/en/a/', 'processed/en/b/'] });
});

test.each<[string, string[], object, string]>([
  ['nothing', [], {}, 'it has no folder'],
  ['no episode', ['processed/en/x.txt'], {}, 'none of its folders has an episode'],
  ['no such language', [episode('en', 'a')], { language: 'fr' }, 'it has no episode of fr'],
])('%s is an error, and no plan', async (_, keys, more, message) => {
  put(...keys);
  const state = scratch();
  await expect(datasetScan({ source, state, ...more })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining(message),
  });
  expect(existsSync(join(state, 'work_plan.json'))).toBe(false);
});

test('a dry run writes nothing, not even the state', async () => {
  put(episode('en', 'a'));
  const state = join(scratch(), 'state');
  expect(await datasetScan({ source, state, dryRun: true })).toMatchObject({ added: 1, dryRun: true });
  expect(existsSync(state)).toBe(false);
});

test('a server that refuses ends the scan, and the plan is as it was', async () => {
  const state = scratch();
  writeFileSync(join(state, 'work_plan.json'), '{"en":["processed/en/a/"]}');
  put(episode('en', 'a'), episode('en', 'b'), episode('de', 'c'));
  server.fault = ({ url }, response) => {
    if (!url.includes('processed%2Fde%2F')) return false;
    response.writeHead(403, { 'content-type': 'application/xml' }).end('<Error><Code>AccessDenied</Code></Error>');
    return true;
  };
  await expect(datasetScan({ source, state })).rejects.toMatchObject({ code: 'ACCESS' });
  expect(readFileSync(join(state, 'work_plan.json'), 'utf8')).toBe('{"en":["processed/en/a/"]}');
});

test('an abort ends the scan, and the plan is as it was', async () => {
  put(episode('en', 'a'));
  const state = scratch();
  const stop = new AbortController();
  const scan = datasetScan({ source, state, signal: stop.signal, onProgress: () => stop.abort() });
  await expect(scan).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(existsSync(join(state, 'work_plan.json'))).toBe(false);
});

test('one scan at a time in a state folder', async () => {
  put(episode('en', 'a'));
  const state = scratch();
  const lock = holdState(state);
  await expect(datasetScan({ source, state })).rejects.toMatchObject({ code: 'LOCKED' });
  await lock.release();
  expect(await datasetScan({ source, state })).toMatchObject({ added: 1 });
});
