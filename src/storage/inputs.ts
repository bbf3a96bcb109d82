/** Turns what a user names (files, folders, globs, URIs) into the sorted list of files that a plan is made of. */

import { type BigIntStats, existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { BowerbirdError, systemError } from '../errors.ts';
import { pathOf } from '../file-uri.ts';
import { type Inputs, usage } from '../options.ts';
import { type LinkedInput, linked, linkOf } from './links.ts';
import { kindOf, refuseIrregular } from './local/regular-file.ts';
import type { IsOwn } from './remote-inputs.ts';
import { isRemote } from './uri.ts';

export type { Inputs };

/** File systems answer several questions at a time faster than one by one, above all over a network. */
const STATS_AT_ONCE = 32;

/** What jobs leave beside their outputs: manifests and lists of rejects. No format of ours, so never meant as input. */
const isSummary = (path: string) =>
  /(?:^|[/.])(?:(?:extract|decode|convert|ingest|labels|pack|unpack|dataset)\.json|(?:rejects|manifest)\.jsonl)$/.test(
    path,
  );

/** What tells of the shards of a dataset: without the manifest of pack() it may be anybody's. */
const isMetadata = (path: string, isThere: (path: string) => boolean) =>
  /(?:^|[/.])metadata\.json$/.test(path) && isThere(path.replace(/[^/]*$/, 'pack.json'));

/** What LMDB keeps beside its file: who reads and writes at the moment. */
const isLock = (path: string, isThere: (path: string) => boolean) =>
  /(?:^|\/)lock\.mdb$/.test(path) && isThere(path.replace(/lock\.mdb$/, 'data.mdb'));

/** An input as it is now. The job's InputStamp. */
export interface InputFile extends LinkedInput {
  /** As the user spelled it: `data/` gives `data/x`. Of a link with a secret what may be shown. */
  readonly uri: string;
  readonly size: number;
  /** Modification time, nanoseconds since 1970 as a decimal string; of an object its ETag or generation. */
  readonly version: string;
}

/** What a folder or glob brought and a run does without. */
export interface LeftOutInput {
  /** For people: bytes that are no UTF-8 are written as `\\xe9`. */
  readonly path: string;
  readonly reason: string;
  /** It may hold data; false for pipes, sockets and devices. */
  readonly isLoss: boolean;
}

type OnLeftOut = ((left: LeftOutInput) => void) | undefined;

/** For `onLeftOut`: the sentences of a run. */
export function leftOutSentence({ path, reason }: LeftOutInput): string {
  return `"${path}" is left out: ${reason}`;
}

/**
 * A folder means every regular file directly in it whose name does not begin with a dot. What exists is never read as a
 * glob. Out of folders and globs are left manifests, the lock files of LMDB, and what `isOwn` says that the job itself
 * writes there; a file that is named by itself is always taken. URIs go the same ways (remote-inputs.ts). Sorted by uri, bytewise; a file named
 * twice counts once, as spelled first. `onLeftOut` is told of what a folder or glob brought that is no regular file, or that cannot be opened
 * by its name; without it the latter is an error. So is a name that brings nothing, which `onUnresolved` takes where others bring something.
 */
export async function resolveInputs(
  inputs: Inputs,
  isOwn: IsOwn = () => false,
  onLeftOut?: (left: LeftOutInput) => void,
  onUnresolved?: (error: BowerbirdError, input: string) => void,
): Promise<InputFile[]> {
  if (inputs.length === 0) throw usage('Cannot begin without inputs: expected files, folders, globs or URIs');
  const found = new Map<string, InputFile>();
  const unresolved: BowerbirdError[] = [];
  for (const input of typeof inputs === 'string' ? [inputs] : inputs) {
    // A glob such as "*/manifest.jsonl" names them, too.
    const isNamed = (path: string) => basename(path) === basename(input);
    const isLeft = (path: string, isThere: (path: string) => boolean) =>
      (isSummary(path) && !isNamed(path)) || isLock(path, isThere) || isMetadata(path, isThere) || isOwn(path, isThere);
    const files = await expand(pathOf(input), isLeft, onLeftOut).catch((error) => {
      if (onUnresolved === undefined || !(error instanceof BowerbirdError)) throw error;
      unresolved.push(error);
      onUnresolved(error, input);
      return [];
    });
    for (const file of files) {
      const identity = isRemote(file.uri) ? file.uri : resolve(file.uri);
      const before = found.get(identity);
      if (before === undefined) found.set(identity, file);
      else refuseDoubt(before, file);
    }
  }
  if (found.size === 0 && unresolved[0] !== undefined) throw unresolved[0];
  return sortBytewise([...found.values()]);
}

/** Two links that look alike lead to one object, unless the object says otherwise: then neither may be taken for the other. */
function refuseDoubt(before: InputFile, file: InputFile): void {
  if (linkOf(before) === linkOf(file)) return;
  if (before.size === file.size && before.version === file.version && file.version !== '') return;
  throw usage(
    `Cannot tell two inputs apart that are both called "${file.uri}": their links differ only in what is kept secret; use them one by one`,
  );
}

async function expand(input: string, isOwn: IsOwn, onLeftOut: OnLeftOut): Promise<InputFile[]> {
  if (isRemote(input)) {
    const { expandRemote } = await import('./remote-inputs.ts');
    return (await expandRemote(input, isOwn)).map((file) => ({ ...file, ...linked(file.uri) }));
  }
  const stats = input === '' ? undefined : await statIfThere(input);
  if (stats === undefined) return fromGlob(input, isOwn, onLeftOut);
  if (stats.isDirectory()) return fromFolder(input, isOwn, onLeftOut);
  refuseIrregular(input, stats, 'a file or a folder');
  return [stamp(input, stats)];
}

async function fromFolder(folder: string, isOwn: IsOwn, onLeftOut: OnLeftOut): Promise<InputFile[]> {
  const prefix = folder.endsWith('/') ? folder.replace(/\/+$/, '/') : `${folder}/`;
  const names = await readdir(folder).catch((error) => {
    throw systemError('list', folder, error);
  });
  const paths = names.filter((name) => !name.startsWith('.')).map((name) => prefix + name);
  const files = await stampFiles(
    paths.filter((path) => !isOwn(resolve(path), existsSync)),
    onLeftOut,
  );
  if (files.length === 0) throw notFound(folder, 'the folder holds no files (subfolders are not searched; try a glob)');
  return files;
}

async function fromGlob(pattern: string, isOwn: IsOwn, onLeftOut: OnLeftOut): Promise<InputFile[]> {
  const { globFiles, isPattern } = await import('./local/globbing.ts');
  if (!isPattern(pattern)) {
    throw notFound(pattern, `no such file or folder${isLossy(pattern) ? `; ${notUtf8}, and cannot be opened` : ''}`);
  }
  const { paths, failed } = await globFiles(pattern);
  for (const [folder, error] of failed) {
    if (error.code !== 'EACCES' && error.code !== 'EPERM') throw systemError('list', folder, error);
    leaveOut(onLeftOut, folder, 'nobody but its owner may list this folder');
  }
  const files = await stampFiles(
    paths.filter((path) => !isOwn(resolve(path), existsSync)),
    onLeftOut,
  );
  if (files.length === 0) throw notFound(pattern, 'the pattern matches no files');
  return files;
}

/** Links are followed, folders passed over; a link to nothing is an error. */
async function stampFiles(paths: readonly string[], onLeftOut: OnLeftOut): Promise<InputFile[]> {
  const files: InputFile[] = [];
  for (let i = 0; i < paths.length; i += STATS_AT_ONCE) {
    const some = paths.slice(i, i + STATS_AT_ONCE);
    const stats = await Promise.all(some.map(statIfThere));
    for (const [n, path] of some.entries()) {
      const found = stats[n];
      if (found === undefined) {
        if (!isLossy(path)) throw notFound(path, 'it is a link to a file that is not there, or went away just now');
        leaveOut(onLeftOut, await spelled(path), `${notUtf8}; rename it`);
      } else if (found.isFile()) files.push(stamp(path, found));
      else if (!found.isDirectory()) onLeftOut?.({ path, reason: `it is ${kindOf(found)}`, isLoss: false });
    }
  }
  return files;
}

async function statIfThere(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A pattern may be longer than any name can be.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    throw systemError('look at', path, error);
  }
}

function stamp(uri: string, stats: BigIntStats): InputFile {
  return { uri, size: Number(stats.size), version: String(stats.mtimeNs) };
}

const notUtf8 = 'its name is not UTF-8';

/** Node puts this character in the place of bytes that are no UTF-8; a name may also hold it rightly. */
function isLossy(path: string): boolean {
  return path.includes('\ufffd');
}

/** With the bytes of the name, as `\\xe9`, where the folder still has it. */
async function spelled(path: string): Promise<string> {
  const names = await readdir(dirname(path), { encoding: 'buffer' }).catch((): Buffer[] => []);
  const name = names.find((each) => each.toString() === basename(path) && !each.equals(Buffer.from(each.toString())));
  if (name === undefined) return path;
  const text = name.toString('latin1').replace(/[\x80-\xff]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`);
  return `${path.slice(0, path.length - basename(path).length)}${text}`;
}

function leaveOut(onLeftOut: OnLeftOut, path: string, reason: string): void {
  if (onLeftOut === undefined) {
    throw new BowerbirdError('UNSUPPORTED', `Cannot read "${path}": ${reason}`, { source: path });
  }
  onLeftOut({ path, reason, isLoss: true });
}

/** By UTF-8 bytes: the same order on every machine, and the one that `LC_ALL=C ls` shows. */
function sortBytewise(files: readonly InputFile[]): InputFile[] {
  const keyed = files.map((file) => ({ file, key: Buffer.from(file.uri) }));
  return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ file }) => file);
}

function notFound(input: string, state: string): BowerbirdError {
  return new BowerbirdError('NOT_FOUND', `Cannot find input "${input}": ${state}`, { source: input });
}
