/** bowerbird ingest: where the recordings of rows may lie, and what is said of one that is not there. */

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readShards, wav } from '../support/labelled.ts';
import { bowerbird, scratch } from './built.ts';
import { rejects } from './ingesting.ts';

const ingest = (folder: string, ...more: readonly string[]) =>
  bowerbird(folder, ['ingest', 'labels.csv', '--audio', 'audio', '--out', 'out/train', ...more]);

describe('a recording that is not there is told with the one that is', () => {
  test.each([
    ['another case', 'A.WAV', 'a.wav'],
    ['another case of a folder', 'Sub/a.wav', 'sub/a.wav'],
    ['back slashes', '.\\sub\\a.wav', 'sub/a.wav'],
    ['blanks around', ' a.wav ', 'a.wav'],
    ['composed letters', 'gr\u00fcn.wav', 'gru\u0308n.wav'],
    ['decomposed letters', 'u\u0308ber.wav', '\u00fcber.wav'],
  ])('%s', async (_, written, there) => {
    const names = ['a.wav', 'sub/a.wav', 'gru\u0308n.wav', '\u00fcber.wav'];
    const folder = scratch({
      'labels.csv': `Label,Blob Name\n1,${written}\n`,
      ...Object.fromEntries(names.map((name) => [`audio/${name}`, wav([1])])),
    });
    const run = await ingest(folder, '--on-error', 'skip');
    expect(run.code).toBe(3);
    const [{ code, reason }] = rejects(join(folder, 'out/train.rejects.jsonl'));
    expect(code).toBe('NOT_FOUND');
    expect(reason).toContain(`there is "${join(folder, 'audio', there)}"`);
    expect((await ingest(folder)).stderr).toContain(`there is "${join(folder, 'audio', there)}"`);
  });

  test('but not when there are two, or none', async () => {
    const folder = scratch({
      'labels.csv': 'Label,Blob Name\n1,A.Wav\n2,b.wav\n',
      'audio/a.wav': wav([1]),
      'audio/a.WAV': wav([1]),
    });
    expect((await ingest(folder, '--on-error', 'skip')).code).toBe(3);
    for (const { reason } of rejects(join(folder, 'out/train.rejects.jsonl'))) expect(reason).not.toContain('there is');
  });
});

describe('what lies outside of --audio', () => {
  function withSecrets() {
    const folder = scratch({ 'secret.wav': wav([7]), 'elsewhere/b.wav': wav([8]), 'audio/a.wav': wav([1]) });
    symlinkSync(join(folder, 'secret.wav'), join(folder, 'audio/link.wav'));
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'audio/folder'));
    symlinkSync('a.wav', join(folder, 'audio/own.wav'));
    return folder;
  }

  test.each([
    ['a step up', () => '../secret.wav', 'it lies outside'],
    ['a step up in the middle', () => 'x/../../secret.wav', 'it lies outside'],
    ['an absolute path', (folder: string) => join(folder, 'secret.wav'), 'it lies outside'],
    ['a file: URI', (folder: string) => `file://${folder}/secret.wav`, 'it lies outside'],
    ['a folder whose name begins alike', () => '../audio2/c.wav', 'it lies outside'],
    ['a link', () => 'link.wav', 'a link leads outside'],
    ['a link of a folder', () => 'folder/b.wav', 'a link leads outside'],
    ['a page of the web', () => 'http://127.0.0.1:9/x.wav', 'it lies outside'],
    ['an object of a bucket', () => 's3://bucket/x.wav', 'it lies outside'],
  ])('is not read: %s', async (_, row, why) => {
    const folder = withSecrets();
    const uri = row(folder);
    mkdirSync(join(folder, 'audio2'));
    writeFileSync(join(folder, 'audio2/c.wav'), wav([9]));
    writeFileSync(join(folder, 'labels.csv'), `Label,Blob Name\n1,a.wav\n2,${uri}\n`);
    const refused = await ingest(folder);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`${why} "audio"; --allow-outside reads such recordings`);
    const skipped = await ingest(folder, '--on-error', 'skip', '--json');
    expect(skipped.code).toBe(3);
    expect(JSON.parse(skipped.stdout)).toMatchObject({
      used: 1,
      rejects: 1,
      outside: why.startsWith('a link') ? 0 : 1,
    });
    expect(readShards(join(folder, 'out')).map(({ label }) => label)).toEqual([[1]]);
  });

  test('is read when it is allowed, by the same command run again', async () => {
    const folder = withSecrets();
    const rows = ['a.wav', '../secret.wav', 'link.wav', 'folder/b.wav', 'own.wav', join(folder, 'audio/a.wav')];
    writeFileSync(join(folder, 'labels.csv'), `Label,Blob Name\n${rows.map((row, i) => `${i},${row}`).join('\n')}\n`);
    expect((await ingest(folder, '--on-error', 'skip')).code).toBe(3);
    expect(readShards(join(folder, 'out')).map(({ label }) => label[0])).toEqual([0, 4, 5]);
    const plan = JSON.parse((await ingest(folder, '--on-error', 'skip', '--dry-run', '--json')).stdout);
    expect(plan.notices.join()).toContain(
      '1 of 6 rows name a recording outside of "audio"; --allow-outside reads them',
    );
    const allowed = await ingest(folder, '--on-error', 'skip', '--allow-outside');
    expect(allowed.code, allowed.stderr).toBe(0);
    expect(readShards(join(folder, 'out')).map(({ samples }) => Math.round(samples[0]! * 32768))).toEqual([
      1, 7, 7, 8, 1, 1,
    ]);
  });

  test('of an address of the web: a step up is refused before it is asked for', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      // Whatever else is asked for has come by then.
      setTimeout(() => response.writeHead(404).end(), 500);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/public/`;
    const folder = scratch({ 'labels.csv': 'Label,Blob Name\n1,../private/x.wav\n2,%2e%2e/private/x.wav\n3,y.wav\n' });
    const run = await bowerbird(folder, [
      'ingest',
      'labels.csv',
      '--audio',
      base,
      '--out',
      'out/',
      '--on-error',
      'skip',
      '--header',
      'yes',
    ]);
    server.close();
    expect(run.code).toBe(3);
    expect(asked).toEqual(['/public/y.wav']);
  });
});

test('a row without a path is told so, and repeats no other', async () => {
  const folder = scratch({ 'labels.csv': 'Label,Blob Name\n1,a.wav\n2\n3,\n', 'audio/a.wav': wav([1]) });
  const run = await ingest(folder, '--on-error', 'skip', '--json');
  expect(run.code).toBe(3);
  expect(JSON.parse(run.stdout)).toMatchObject({ used: 1, rejects: 2, outside: 0, repeats: 0, conflicts: 0 });
  for (const { reason } of rejects(join(folder, 'out/train.rejects.jsonl')))
    expect(reason).toBe('The row names no recording');
});

test('where no row finds its recording, --audio is doubted', async () => {
  const folder = scratch({ 'labels.csv': 'Label,Blob Name\n1,a.wav\n', 'a.wav': wav([1]) });
  expect((await ingest(folder)).stderr).toContain(
    '1 of 1 rows name a recording that is not there; is "audio" the right --audio?',
  );
});

test('a run that made nothing binds nobody to its options', async () => {
  const folder = scratch({ 'labels.csv': 'Label,Blob Name\nfrog,a.wav\n', 'audio/a.wav': wav([1]) });
  const refused = await ingest(folder);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('--labels string takes names') });
  const run = await ingest(folder, '--labels', 'string');
  expect(run.code, run.stderr).toBe(0);
  // Something is made now.
  const other = await ingest(folder, '--labels', 'string', '--mode', 'rich');
  expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('it was made with other options (mode') });
});
