/** Where the sound is that a row names by a path: beside the file or in its dataset, and nowhere else, whatever the row says. */

import { realpath } from 'node:fs/promises';
import { isAbsolute, posix, relative, resolve, sep } from 'node:path';
import { storageOf } from '../../storage/registry.ts';
import { folderOf, isRemote, joinUri } from '../../storage/uri.ts';

/** `uri`: path or URI to open. `problem`: why there is none, as part of a sentence. */
export type FoundAudio = { readonly uri: string } | { readonly problem: string };

/** `root`: of the dataset that the file belongs to, where that is more than its folder. */
export async function findAudio(file: string, path: string, root: string = folderOf(file)): Promise<FoundAudio> {
  const inRoot = belowRoot(path, root);
  if (inRoot === undefined) return { problem: `its path "${path}" leads out of the dataset, and is not followed` };
  const folder = folderOf(file);
  const places = new Set([isRemote(folder) ? joinUri(folder, inRoot) : resolve(folder, inRoot)]);
  places.add(isRemote(root) ? joinUri(root, inRoot) : resolve(root, inRoot));
  for (const place of places) {
    const storage = await storageOf(place);
    if ((await storage.stat(place)) === undefined) continue;
    if (!isRemote(place) && (await leadsOut(place, isRemote(root) ? folder : root))) {
      return { problem: `its path "${path}" is a link that leads out of the dataset, and is not followed` };
    }
    return { uri: place };
  }
  return { problem: `the file that it names, "${path}", is not there` };
}

/** By links, of the file or of a folder before it. */
async function leadsOut(path: string, root: string): Promise<boolean> {
  const [file, folder] = await Promise.all([realpath(path), realpath(resolve(root))]);
  const below = relative(folder, file);
  return below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below);
}

/** Relative, with "/", and never upward. */
function belowRoot(path: string, root: string): string | undefined {
  if (path === '' || path.includes('\0')) return undefined;
  let inside = path.replaceAll('\\', '/');
  // A dataset may name its own files in full; the commit that is read is ours.
  const dataset = /^hf:\/\/datasets\/[^/@]+\/[^/@]+/;
  const own = dataset.exec(root)?.[0];
  const named = dataset.exec(inside)?.[0];
  if (named !== undefined && named === own) inside = inside.replace(/^hf:\/\/datasets\/[^/]+\/[^/]+\//, '');
  if (/^(?:[a-z][a-z0-9+.-]+:\/\/|file:|[a-z]:\/)/i.test(inside)) return undefined;
  if (posix.isAbsolute(inside)) {
    if (isRemote(root)) return undefined;
    inside = relative(resolve(root), inside).replaceAll('\\', '/');
  }
  inside = posix.normalize(inside);
  return inside === '..' || inside.startsWith('../') || posix.isAbsolute(inside) || inside === '.' ? undefined : inside;
}
