/** Globs over local files, with what the globber would keep to itself. */

import { readdir } from 'node:fs';
import { glob, isDynamicPattern } from 'tinyglobby';

export interface Globbed {
  /** Of everything but folders. */
  readonly paths: readonly string[];
  /** Folders that could not be listed. */
  readonly failed: ReadonlyMap<string, NodeJS.ErrnoException>;
}

export function isPattern(text: string): boolean {
  return isDynamicPattern(text);
}

export async function globFiles(pattern: string): Promise<Globbed> {
  const failed = new Map<string, NodeJS.ErrnoException>();
  const listing: typeof readdir = Object.assign(
    (...[path, options, done]: Parameters<typeof readdir>) =>
      readdir(path, options, (error, entries) => {
        if (error !== null && error.code !== 'ENOENT' && error.code !== 'ENOTDIR') failed.set(String(path), error);
        for (const entry of entries ?? []) {
          // Pipes and devices would be passed over: whoever takes the paths says what they are.
          const isOther = !entry.isFile() && !entry.isDirectory() && !entry.isSymbolicLink();
          if (isOther) Object.assign(entry, { isFile: () => true });
        }
        done(error, entries);
      }),
    readdir,
  );
  const absolute = pattern.startsWith('/');
  const options = { absolute, dot: false, expandDirectories: false, onlyFiles: true, fs: { readdir: listing } };
  return { paths: await glob([pattern], options), failed };
}
