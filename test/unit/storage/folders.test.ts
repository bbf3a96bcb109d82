import { execFileSync } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeFolders } from '../../../src/storage/local/folders.ts';
import { scratch } from '../jobs/folder.ts';

describe('makeFolders()', () => {
  test('makes what is missing, and leaves what is there', () => {
    const folder = scratch();
    makeFolders(join(folder, 'a/b/c'));
    writeFileSync(join(folder, 'a/b/c/kept'), '');
    makeFolders(join(folder, 'a/b/c'));
    expect(statSync(join(folder, 'a/b/c')).isDirectory()).toBe(true);
    expect(existsSync(join(folder, 'a/b/c/kept'))).toBe(true);
  });

  test('fails where a file is in the way', () => {
    const folder = scratch();
    writeFileSync(join(folder, 'file'), '');
    expect(() => makeFolders(join(folder, 'file'))).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    expect(() => makeFolders(join(folder, 'file/below/it'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
  });

  // In a process of its own: when it hangs, it hangs outside of JavaScript.
  test.skipIf(!existsSync('/proc/self'))('comes back where the system takes no folders (needs /proc)', () => {
    const root = new URL('../../..', import.meta.url);
    const code = `import('./dist/storage/local/folders.js').then(({ makeFolders }) => makeFolders('/proc/x/y')).catch((e) => console.log(e.code))`;
    expect(execFileSync(process.execPath, ['-e', code], { cwd: root, encoding: 'utf8', timeout: 20_000 })).toBe(
      'ENOENT\n',
    );
  });
});
