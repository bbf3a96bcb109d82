/** The files below a folder, of this machine or of a bucket, in the order of their names' bytes, one folder after another. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stop } from '../../bytes.ts';
import { systemError } from '../../errors.ts';
import { storageOf } from '../../storage/registry.ts';
import { isRemote, joinUri } from '../../storage/uri.ts';

export interface FolderFile {
  /** Below the folder, with "/". */
  readonly name: string;
  /** Why it cannot be read, or is not looked at. */
  readonly problem?: string;
}

const mostDepth = 64;

/** What begins with a dot is hidden, and so are folders that do. Links to files and folders are followed, unless they lead in a circle. */
export async function* filesBelow(folder: string, stop: Stop): AsyncGenerator<FolderFile, void, void> {
  if (!isRemote(folder)) yield* localFiles(folder, '', [], stop);
  else {
    const prefix = joinUri(folder, '');
    for await (const page of (await storageOf(prefix)).list(prefix, { stop })) {
      for (const { kind, uri } of page) {
        const name = uri.slice(prefix.length);
        if (kind === 'object' && !name.endsWith('/') && !/(^|\/)\./.test(name)) yield { name };
      }
    }
  }
}

/** `around`: the folders that it lies in, by what the system calls them. */
async function* localFiles(
  root: string,
  below: string,
  around: readonly string[],
  stop: Stop,
): AsyncGenerator<FolderFile> {
  stop.throwIfAborted();
  const path = join(root, below);
  const itself = await identityOf(path);
  if (around.includes(itself)) {
    yield { name: below.slice(0, -1), problem: 'it is a link to a folder that it lies in' };
    return;
  }
  const found = await readdir(path, { withFileTypes: true, encoding: 'buffer' as 'utf8' }).catch((error) => {
    throw systemError('list', path, error);
  });
  const raw = (name: string | Buffer) => Buffer.from(name);
  const entries = found.map((entry) => ({ entry, key: raw(entry.name) })).sort((a, b) => Buffer.compare(a.key, b.key));
  for (const { entry, key } of entries) {
    if (key[0] === 0x2e) continue;
    const name = `${below}${key.toString()}`;
    if (!Buffer.from(key.toString()).equals(key)) {
      yield { name: `${below}${spelled(key)}`, problem: 'its name is not UTF-8; rename it' };
      continue;
    }
    const kind = entry.isSymbolicLink() ? await kindBehind(join(root, name)) : kindOf(entry);
    if (kind === 'folder' && around.length < mostDepth) yield* localFiles(root, `${name}/`, [...around, itself], stop);
    else if (kind === 'file') yield { name };
    else yield { name, problem: kind === 'folder' ? 'it lies too deep' : kind };
  }
}

async function identityOf(folder: string): Promise<string> {
  const { dev, ino } = await stat(folder, { bigint: true }).catch((error) => {
    throw systemError('list', folder, error);
  });
  return `${dev}:${ino}`;
}

async function kindBehind(path: string): Promise<string> {
  const stats = await stat(path).catch(() => undefined);
  return stats === undefined ? 'it is a link to nothing' : kindOf(stats);
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): string {
  if (entry.isFile()) return 'file';
  return entry.isDirectory() ? 'folder' : 'it is neither a file nor a folder';
}

function spelled(name: Buffer): string {
  return name.toString('latin1').replace(/[\x80-\xff]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`);
}
