/** progress.log as the original script keeps it: the ids of chunks that are in the repository, a line each. Written for its readers, believed by nobody here. */

import { appendFileSync, readFileSync } from 'node:fs';
import { systemError } from '../../../errors.ts';

export const progressLogName = 'progress.log';

export class ProgressLog {
  readonly #path: string;
  #ids: Set<string> | undefined;
  #endsLine = true;

  constructor(path: string) {
    this.#path = path;
  }

  /** None where there is no such file. */
  ids(): ReadonlySet<string> {
    if (this.#ids !== undefined) return this.#ids;
    try {
      const text = readFileSync(this.#path, 'utf8');
      this.#endsLine = text === '' || text.endsWith('\n');
      this.#ids = new Set(text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()])));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw systemError('read', this.#path, error);
      this.#ids = new Set();
    }
    return this.#ids;
  }

  /** REQUIRES: the lock of the state folder. */
  add(id: string): void {
    if (this.ids().has(id)) return;
    try {
      // A run that was killed may have left half a line.
      appendFileSync(this.#path, `${this.#endsLine ? '' : '\n'}${id}\n`);
    } catch (error) {
      throw systemError('write', this.#path, error);
    }
    this.#endsLine = true;
    this.#ids!.add(id);
  }
}
