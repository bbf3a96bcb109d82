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

/** Deeper ones are mostly links that lead in a circle. */
const mostDepth = 64;

/** What begins with a dot is hidden, and so are folders that do. Links to files and folders are followed. */
export async function* filesBelow(folder: string, stop: Stop): AsyncGenerator<FolderFile, void, void> {
  if (!isRemote(folder)) yield* localFiles(folder, '', 0, stop);
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

async function* localFiles(root: string, below: string, depth: number, stop: Stop): AsyncGenerator<FolderFile> {
  stop.throwIfAborted();
  const path = join(root, below);
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
    if (kind === 'folder' && depth < mostDepth) yield* localFiles(root, `${name}/`, depth + 1, stop);
    else if (kind === 'file') yield { name };
    else yield { name, problem: kind === 'folder' ? 'it lies too deep' : kind };
  }
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
