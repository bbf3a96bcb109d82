/** Does a recording lie within the place where paths begin (option "audio")? A CSV file of somebody else must not read whatever this machine can reach. */

import { lstatSync, realpathSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { type BowerbirdError, remedied } from '../../errors.ts';
import { pathOf } from '../../file-uri.ts';
import { named } from '../../options.ts';
import { isRemote, shown } from '../../storage/uri.ts';

export class Within {
  readonly #audio: string;
  readonly #allowed: boolean;
  /** Of it, with a separator behind. */
  readonly #root: string;
  #realRoot: string | undefined;
  /** Rows of one folder mostly stand together. */
  #folder: { readonly path: string; readonly isInside: boolean } | undefined;

  constructor(audio: string, allowOutside: boolean) {
    this.#audio = audio;
    this.#allowed = allowOutside || audio === '';
    this.#root = isRemote(audio) ? folderUri(unsigned(audio)) : folderPath(resolve(pathOf(audio)));
  }

  /** By its name alone: nothing is looked at. */
  names(uri: string): boolean {
    if (this.#allowed) return true;
    if (isRemote(this.#audio)) return unsigned(uri).startsWith(this.#root) && !climbs(uri);
    return !isRemote(uri) && folderPath(resolve(pathOf(uri))).startsWith(this.#root);
  }

  /** Links that lead out of it are found too. Undefined when the recording may be read. */
  refusal(uri: string): BowerbirdError | undefined {
    if (!this.names(uri)) return this.#error(uri, 'it lies outside');
    if (this.#allowed || isRemote(uri) || !this.#leadsOut(resolve(pathOf(uri)))) return undefined;
    return this.#error(uri, 'a link leads outside');
  }

  #error(uri: string, why: string): BowerbirdError {
    const message = `Cannot use "${shown(uri)}": ${why} "${shown(this.#audio)}"`;
    return remedied('BAD_SCHEMA', message, `; ${named('allowOutside')} reads such recordings`, { source: uri });
  }

  #leadsOut(path: string): boolean {
    try {
      const folder = dirname(path);
      if (this.#folder?.path !== folder) {
        this.#realRoot ??= folderPath(realpathSync.native(this.#root));
        const isInside = folderPath(realpathSync.native(folder)).startsWith(this.#realRoot);
        this.#folder = { path: folder, isInside };
      }
      if (!this.#folder.isInside) return true;
      if (!lstatSync(path).isSymbolicLink()) return false;
      return !realpathSync.native(path).startsWith(this.#realRoot ?? this.#root);
    } catch {
      // It is not there, or nobody may look at it: told by whoever reads it.
      return false;
    }
  }
}

function folderPath(path: string): string {
  return path.endsWith(sep) ? path : path + sep;
}

function folderUri(uri: string): string {
  return uri.endsWith('/') ? uri : `${uri}/`;
}

/** What a link has behind "?" opens it, and says nothing of where it leads. */
function unsigned(uri: string): string {
  return /^https?:/i.test(uri) ? uri.replace(/[?#].*$/s, '') : uri;
}

/** Names of objects are taken literally; a web server resolves them. */
function climbs(uri: string): boolean {
  return /^https?:/i.test(uri) && /(^|[\\/])(\.|%2e){2}([\\/]|$)/i.test(unsigned(uri));
}
