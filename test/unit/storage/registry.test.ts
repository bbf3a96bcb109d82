/** Which storage a URI belongs to, and that nobody pays for those that are not used. */

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { storageOf, writableStorageOf } from '../../../src/storage/registry.ts';
import { record, tfrecord } from '../../support/records.ts';
import { scratch } from '../jobs/folder.ts';

const cli = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

test('a run on local files loads no client', () => {
  const folder = scratch();
  const log = join(folder, 'log');
  writeFileSync(log, '');
  writeFileSync(join(folder, 'a'), tfrecord(record()));
  // Every module that the process and its threads ask for is written down.
  const hooks = `import { appendFileSync } from 'node:fs';
    export async function resolve(specifier, context, next) {
      const found = await next(specifier, context);
      appendFileSync(${JSON.stringify(log)}, found.url + '\\n');
      return found;
    }`;
  writeFileSync(join(folder, 'hooks.mjs'), hooks);
  const register = `import { register } from 'node:module'; register(${JSON.stringify(pathToFileURL(join(folder, 'hooks.mjs')).href)});`;
  writeFileSync(join(folder, 'register.mjs'), register);
  const run = (...argv: string[]) =>
    execFileSync(process.execPath, ['--import', join(folder, 'register.mjs'), cli, ...argv], { encoding: 'utf8' });
  run('inspect', join(folder, 'a'));
  run('extract', join(folder, 'a'), '--out', join(folder, 'out'));
  const loaded = readFileSync(log, 'utf8');
  expect(loaded).toMatch(/dist\/storage\/registry\.js/);
  expect(loaded).toMatch(/dist\/jobs\/extract\/unit\.js/);
  const clients =
    /google-auth-library|picomatch|node:https?$|\/storage\/((s3|gcs)\/|(hub|http|client|remote-inputs)[\w-]*\.js)|jobs\/engine\/remote-/;
  expect(loaded.split('\n').filter((url) => clients.test(url))).toEqual([]);
});

describe('storageOf()', () => {
  test.each([
    ['a/b', 'file'],
    ['file:///a/b', 'file'],
    ['C:notes', 'file'],
    ['s3://b/k', 's3'],
    ['GS://b/k', 'gs'],
    ['https://h/p', 'https'],
    ['hf://datasets/a/b', 'hf'],
  ])('finds %s', async (uri, scheme) => {
    expect((await storageOf(uri)).scheme).toBe(scheme);
  });

  test('names the schemes that there are when it is none of them', async () => {
    await expect(storageOf('ftp://h/p')).rejects.toThrow(
      'expected a path or a URI of s3, r2, gs, http, https, hf, found "ftp"',
    );
    await expect(storageOf('constructor://h/p')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  test('writableStorageOf() refuses what can only be read, and tells nothing of a password in a URL', async () => {
    await expect(writableStorageOf('hf://datasets/a/b/c')).rejects.toThrow('hf:// can only be read');
    const error = await writableStorageOf('https://me:hidden@host/p?signature=hidden').catch((e) => e);
    expect(error.message).toBe(
      'Cannot write "https://host/p?...": https:// can only be read; expected a path or a URI of s3, r2, gs',
    );
  });
});
