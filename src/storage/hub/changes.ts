/** What a commit still has to do, and whether the Hub takes it: by what is there. */

import { readFile } from 'node:fs/promises';
import { BowerbirdError, systemError } from '../../errors.ts';
import { gitOidOf, sha256Of } from './content.ts';
import type { TreeEntry } from './tree.ts';

export type HubFiles = ReadonlyMap<string, Pick<TreeEntry, 'size' | 'oid' | 'isLarge'>>;

export interface LocalAdd {
  readonly path: string;
  /** Path of the file on this machine. */
  readonly local: string;
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface SmallAdd {
  readonly path: string;
  readonly content: Uint8Array;
}

export interface Changes {
  readonly files: readonly LocalAdd[];
  readonly small: readonly SmallAdd[];
  readonly remove: readonly string[];
}

/** What is there with the same bytes is not sent again, and what is not there not removed. */
export async function changesAgainst(there: HubFiles, wanted: Changes): Promise<Changes> {
  const files: LocalAdd[] = [];
  for (const add of wanted.files) if (!(await isThere(there, add))) files.push(add);
  const small = wanted.small.filter(({ path, content }) => {
    const found = there.get(path);
    if (found === undefined || found.size !== content.length) return true;
    return found.oid !== (found.isLarge ? sha256Of(content) : gitOidOf(content));
  });
  const added = new Set([...wanted.files, ...wanted.small].map(({ path }) => path));
  const remove = wanted.remove.filter((path) => there.has(path) && !added.has(path));
  return { files, small, remove };
}

/** Git's hashes are of files that a repository holds itself, and these are small. */
async function isThere(there: HubFiles, { path, local, size, sha256 }: LocalAdd): Promise<boolean> {
  const found = there.get(path);
  if (found === undefined || found.size !== size) return false;
  if (found.isLarge) return found.oid === sha256;
  if (size > mostInline) return false;
  const bytes = await readFile(local).catch((error) => {
    throw systemError('upload', local, error);
  });
  return found.oid === gitOidOf(bytes);
}

/** Bytes that a commit may hold itself, not by their hash. */
export const mostInline = 10_000_000;
export const mostFiles = 50;

/** https://huggingface.co/docs/hub/storage-limits#recommendations */
const mostInFolder = 10_000;
const mostInRepository = 100_000;

/**
 * @throws BowerbirdError USAGE: more names in a folder, or files in the repository, than the Hub works with
 */
export function refuseTooMany(uri: string, there: HubFiles, { files, small, remove }: Changes): void {
  const added = [...files, ...small].map(({ path }) => path).filter((path) => !there.has(path));
  if (added.length === 0) return;
  const gone = new Set(remove);
  const paths = [...there.keys()].filter((path) => !gone.has(path));
  const all = paths.length + new Set(added).size;
  if (all > mostInRepository) throw tooMany(uri, `files in the repository`, all, mostInRepository);
  const folders = new Set(added.flatMap(foldersOf));
  const names = new Map([...folders].map((folder) => [folder, new Set<string>()]));
  for (const path of [...paths, ...added]) {
    for (const folder of foldersOf(path)) {
      const name = path.slice(folder.length).split('/', 1)[0]!;
      names.get(folder)?.add(name);
    }
  }
  for (const [folder, { size }] of names) {
    if (size > mostInFolder) throw tooMany(uri, `names in the folder "${folder}"`, size, mostInFolder);
  }
}

/** Those that hold a path, with "/" at their ends; '' is the root. */
function foldersOf(path: string): string[] {
  const found = [''];
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) found.push(path.slice(0, at + 1));
  return found;
}

function tooMany(uri: string, what: string, found: number, most: number): BowerbirdError {
  const message =
    `Cannot commit to "${uri}": there would be ${found} ${what}, expected at most ${most}, more than which the Hub refuses or serves badly; ` +
    'make fewer and larger files, or use another folder or repository. Nothing was sent';
  return new BowerbirdError('USAGE', message, { source: uri });
}
