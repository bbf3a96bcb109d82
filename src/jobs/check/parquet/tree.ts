/** Folders and repositories that are one dataset of Parquet files: README.md and what is below it, as the Hub has them. */

import { readdir } from 'node:fs/promises';
import { BowerbirdError, systemError } from '../../../errors.ts';
import { pathOf } from '../../../file-uri.ts';
import { isHubDataset, pinned } from '../../../samples/hub/dataset.ts';
import { type InputFile, type LeftOutInput, resolveInputs } from '../../../storage/inputs.ts';
import { storageOf } from '../../../storage/registry.ts';
import { openSource } from '../../../storage/source.ts';
import { fileNameOf, isRemote } from '../../../storage/uri.ts';

export interface ParquetTree {
  /** With a slash at its end; of a repository with the commit. */
  readonly folder: string;
  /** README.md, where it is one of a dataset. */
  readonly card: InputFile | undefined;
  /** All others that are not hidden, in all of its folders. */
  readonly files: readonly InputFile[];
}

export const isParquetName = (name: string): boolean => /\.(parquet|parq|pq)$/i.test(name);

/**
 * The dataset that a folder or prefix is; undefined for anything else. A repository of the Hub is one, and a folder whose README.md begins with
 * the lines of a card, or that has a folder "data" (of which then no other folder is taken): what is below others was not asked for.
 */
export async function treeAt(input: string, onLeftOut: (left: LeftOutInput) => void): Promise<ParquetTree | undefined> {
  if (input === '' || /^https?:/i.test(input)) return undefined;
  // What cannot be found or listed at all is told by whoever reads it; what is below a dataset is read by nobody else.
  const found = await topOf(input).catch((error) => {
    if (error instanceof BowerbirdError && error.code !== 'INTERRUPTED') return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  const { folder, levels, top, isCarded } = found;
  const files: InputFile[] = [];
  for await (const below of foldersBelow(folder, levels, isCarded ? top : { ...top, folders: ['data'] })) {
    if (isRemote(below) && patterns.test(below)) {
      onLeftOut({ path: below, reason: 'its name has characters of patterns in it; name its files', isLoss: true });
    } else files.push(...(await resolveInputs(below, undefined, onLeftOut).catch(nothing)));
  }
  if (!files.some(({ uri }) => isParquetName(fileNameOf(uri)))) return undefined;
  const card = files.find(({ uri }) => uri === `${folder}README.md`);
  return { folder, card, files: files.filter((file) => file !== card) };
}

/** The first level of a dataset. */
async function topOf(input: string) {
  const isRepository = isHubDataset(input);
  const place = isRepository ? await pinned(input) : isRemote(input) ? input : pathOf(input);
  const folder = `${place.replace(/\/+$/, '')}/`;
  const levels = isRemote(folder) ? remoteLevels : localLevels;
  const top = await levels(folder, !isRepository && !input.endsWith('/'));
  if (top === undefined) return undefined;
  const isCarded = isRepository || (await hasCard(folder, top.names));
  return isCarded || top.folders.includes('data') ? { folder, levels, top, isCarded } : undefined;
}

/** In names of objects they would be taken for a glob. */
const patterns = /[*?[{!(]/;

interface Level {
  /** Names of what is directly in it. */
  readonly folders: readonly string[];
  readonly names: readonly string[];
}

type Levels = (folder: string, isDoubtful: boolean) => Promise<Level | undefined>;

/** Undefined for what is no folder. */
const localLevels: Levels = async (folder) => {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw systemError('list', folder, error);
  });
  if (entries === undefined) return undefined;
  const shown = entries.filter(({ name }) => !isHidden(name));
  return {
    folders: shown.filter((entry) => entry.isDirectory()).map(({ name }) => name),
    names: shown.filter((entry) => !entry.isDirectory()).map(({ name }) => name),
  };
};

/** `isDoubtful`: there may be an object of that name, or a pattern. */
const remoteLevels: Levels = async (folder, isDoubtful) => {
  if (isDoubtful && patterns.test(folder)) return undefined;
  const storage = await storageOf(folder);
  if (isDoubtful && (await storage.stat(folder.slice(0, -1))) !== undefined) return undefined;
  const [folders, names]: [string[], string[]] = [[], []];
  for await (const page of storage.list(folder, { delimiter: '/' })) {
    for (const listed of page) {
      const name = listed.uri.slice(folder.length).replace(/\/$/, '');
      if (name === '' || isHidden(name)) continue;
      (listed.kind === 'prefix' ? folders : names).push(name);
    }
  }
  return { folders, names };
};

/** The folder itself and all below it that hold files, in the order of their names. */
async function* foldersBelow(folder: string, levels: Levels, level: Level): AsyncGenerator<string> {
  if (level.names.length > 0) yield folder;
  for (const name of [...level.folders].sort()) {
    const below = `${folder}${name}/`;
    const next = await levels(below, false);
    if (next !== undefined) yield* foldersBelow(below, levels, next);
  }
}

function isHidden(name: string): boolean {
  return name.startsWith('.') || name.startsWith('__');
}

async function hasCard(folder: string, names: readonly string[]): Promise<boolean> {
  if (!names.includes('README.md')) return false;
  const source = await openSource(`${folder}README.md`);
  try {
    return Buffer.from(await source.read(0, 6))
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .startsWith('---');
  } finally {
    await source.close();
  }
}

/** Of a folder that only holds what jobs leave beside their outputs. */
function nothing(error: BowerbirdError): readonly InputFile[] {
  if (error.code === 'NOT_FOUND') return [];
  throw error;
}
