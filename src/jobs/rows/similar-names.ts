/** A file that a row may have meant: under another case, another form of Unicode, with back slashes or blanks. Only ever named, never read. */

import { readdirSync } from 'node:fs';
import { join, parse, resolve, sep } from 'node:path';

/** A listing of more is not worth a hint. */
const mostNames = 200_000;

/** Listings are kept while rows of one folder fail one after another. */
export class SimilarNames {
  #folder: string | undefined;
  #names = new Map<string, readonly string[]>();

  /** The one file that is there and differs from `path` in nothing else; undefined when there is none, or more than one. */
  find(path: string): string | undefined {
    const { root } = parse(resolve(path));
    const parts = resolve(path).slice(root.length).replaceAll('\\', sep).split(sep);
    let found = root;
    for (const part of parts) {
      if (part === '' || part === '.') continue;
      const names = this.#inFolder(found).get(folded(part)) ?? [];
      const name = names.includes(part) ? part : names.length === 1 ? names[0] : undefined;
      if (name === undefined) return undefined;
      found = join(found, name);
    }
    return found === resolve(path) ? undefined : found;
  }

  #inFolder(folder: string): ReadonlyMap<string, readonly string[]> {
    if (this.#folder === folder) return this.#names;
    const names = new Map<string, string[]>();
    for (const name of namesIn(folder)) {
      const key = folded(name);
      const same = names.get(key);
      if (same === undefined) names.set(key, [name]);
      else same.push(name);
    }
    this.#folder = folder;
    this.#names = names;
    return names;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder);
    return names.length > mostNames ? [] : names;
  } catch {
    // A hint is worth no error: that the file is not there is being told.
    return [];
  }
}

function folded(name: string): string {
  return name.normalize('NFC').trim().toLowerCase();
}
