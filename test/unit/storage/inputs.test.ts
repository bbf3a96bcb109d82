import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolveInputs } from '../../../src/storage/inputs.ts';
import { scratch, writeFiles } from '../jobs/folder.ts';

const before = process.cwd();
let folder = '';
beforeEach(() => {
  folder = scratch();
});
afterEach(() => process.chdir(before));

/** Makes files, goes to their folder, and returns the uris found. */
async function uris(files: readonly string[], inputs: readonly string[], isOwn?: (path: string) => boolean) {
  enter(files);
  return (await resolveInputs(inputs, isOwn)).map(({ uri }) => uri);
}

function enter(files: readonly string[]): void {
  writeFiles(folder, Object.fromEntries(files.map((name) => [name, name])));
  process.chdir(folder);
}

describe('resolveInputs()', () => {
  test('stamps size and modification time in nanoseconds', async () => {
    enter(['a.tfrecord']);
    utimesSync('a.tfrecord', 1700000000, 1700000000);
    expect(await resolveInputs(['a.tfrecord'])).toEqual([
      { uri: 'a.tfrecord', size: 10, version: '1700000000000000000' },
    ]);
    expect(BigInt((await resolveInputs(['a.tfrecord']))[0]!.version)).toBe(
      statSync('a.tfrecord', { bigint: true }).mtimeNs,
    );
  });

  test.each([
    ['data', 'data/'],
    ['data/', 'data/'],
    ['data//', 'data/'],
    ['./data', './data/'],
    ['../x/../data', '../x/../data/'],
  ])('takes the regular files of folder "%s", without hidden ones and subfolders', async (input, prefix) => {
    const files = ['data/b', 'data/a.x', 'data/.hidden', 'data/sub/c', 'x/y'];
    enter(files);
    if (input.startsWith('..')) process.chdir(join(folder, 'x'));
    expect((await resolveInputs([input])).map(({ uri }) => uri)).toEqual([`${prefix}a.x`, `${prefix}b`]);
  });

  test('takes an absolute folder as it is spelled', async () => {
    expect(await uris(['d/a'], [join(folder, 'd')])).toEqual([join(folder, 'd', 'a')]);
  });

  test('sorts by UTF-8 bytes, not by locale or UTF-16', async () => {
    // U+FF5E is EF BD 9E, U+1F426 is F0 9F 90 A6; in UTF-16 the bird's D83D would come first.
    const names = ['B', 'a', 'a-1', 'a.1', 'a1', 'é', '～', '🐦'];
    expect(await uris([...names].reverse(), ['.'])).toEqual(names.map((name) => `./${name}`));
  });

  test('follows links to files, leaves out links to folders and pipes in a folder', async () => {
    enter(['d/a', 'other/b', 'other/c']);
    symlinkSync('../other/b', 'd/link');
    symlinkSync('../other', 'd/linked-folder');
    execFileSync('mkfifo', ['d/pipe']);
    expect((await resolveInputs(['d'])).map(({ uri }) => uri)).toEqual(['d/a', 'd/link']);
  });

  test('tells of a link to nothing: it may be data that was not fetched', async () => {
    enter(['d/a']);
    symlinkSync('nowhere', 'd/z');
    await expect(resolveInputs(['d'])).rejects.toThrow(expect.objectContaining({ code: 'NOT_FOUND', source: 'd/z' }));
  });

  test('expands globs that the shell did not', async () => {
    const files = ['d/a.x', 'd/b.x', 'd/c.y', 'd/.h.x', 'd/e/f.x'];
    expect(await uris(files, ['d/*.x'])).toEqual(['d/a.x', 'd/b.x']);
    expect(await uris([], ['d/{a,c}.?'])).toEqual(['d/a.x', 'd/c.y']);
    expect(await uris([], ['d/**/*.x'])).toEqual(['d/a.x', 'd/b.x', 'd/e/f.x']);
    expect(await uris([], [`${folder}/d/*.x`])).toEqual([`${folder}/d/a.x`, `${folder}/d/b.x`]);
  });

  test('takes a name with glob characters literally when it exists', async () => {
    expect(await uris(['x[1].tfrecord', 'x1.tfrecord', 'y*/a', 'yes/b'], ['x[1].tfrecord', 'y*'])).toEqual([
      'x[1].tfrecord',
      'y*/a',
    ]);
    expect(await uris([], ['x[12].tfrecord'])).toEqual(['x1.tfrecord']);
  });

  test('counts a file once, in its first spelling', async () => {
    const given = ['./d/b', 'd/', 'd/*', join(folder, 'd/a'), 'd/b'];
    expect(await uris(['d/a', 'd/b'], given)).toEqual(['./d/b', 'd/a']);
  });

  test('leaves out what the job wrote, from folders and globs, not when named', async () => {
    const own = (path: string) => path.endsWith('/extract.json');
    const files = ['d/a', 'd/extract.json'];
    expect(await uris(files, ['d'], own)).toEqual(['d/a']);
    expect(await uris(files, ['d/*'], own)).toEqual(['d/a']);
    expect(await uris(files, ['d/extract.json'], own)).toEqual(['d/extract.json']);
  });

  test.each([
    ['missing', 'no such file or folder'],
    ['a/below-a-file', 'no such file or folder'],
    ['*.none', 'matches no files'],
    ['empty', 'holds no files'],
    ['empty/*', 'matches no files'],
    ['n'.repeat(300), 'no such file or folder'],
  ])('throws NOT_FOUND for "%s"', async (input, state) => {
    enter(['a', 'empty/.hidden']);
    mkdirSync('empty/sub');
    const given = resolveInputs(['a', input]);
    await expect(given).rejects.toThrow(expect.objectContaining({ code: 'NOT_FOUND', source: input }));
    await expect(given).rejects.toThrow(state);
  });

  test('refuses a pipe and a device that are named', async () => {
    enter([]);
    execFileSync('mkfifo', ['pipe']);
    await expect(resolveInputs(['pipe'])).rejects.toThrow('a named pipe');
    await expect(resolveInputs(['/dev/null'])).rejects.toThrow('a character device');
  });

  test('refuses an empty list', async () => {
    await expect(resolveInputs([])).rejects.toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
