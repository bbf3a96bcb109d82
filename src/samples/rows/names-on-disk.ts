/** The names of the files of a folder: a row may spell one in another way than the disk has it. */

import { posix } from 'node:path';
import { isRemote, recordingUri } from '../../storage/uri.ts';

export class NamesOnDisk {
  readonly #root: string;
  /** Of names with letters that have several Unicode forms, by the composed one; ASCII has none. */
  readonly #forms = new Map<string, string[]>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Below the root. */
  add(name: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
    if (/^[\x00-\x7f]*$/.test(name)) return;
    const composed = name.normalize();
    const forms = this.#forms.get(composed);
    if (forms === undefined) this.#forms.set(composed, [name]);
    else forms.push(name);
  }

  /** `said` by what describes `folder`, which ends with "/" or is ''. Where no name, or more than one, is like it, it stays as it is said. */
  find(folder: string, said: string): string {
    // A whole path or URI.
    if (recordingUri('.', said) === said) return said;
    const name = this.#plain(`${folder}${said}`);
    const [form, ...others] = this.#forms.get(name.normalize()) ?? [];
    return form === undefined || others.length > 0 ? name : form;
  }

  /** Keys of objects are what they are; a disk knows "./" and "//". */
  #plain(name: string): string {
    return isRemote(this.#root) ? name : posix.normalize(name);
  }
}
