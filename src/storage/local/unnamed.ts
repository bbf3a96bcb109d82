/** Files without a name, gone whenever the process is: what is too much for memory and of use to nobody else. */

import { randomBytes } from 'node:crypto';
import { openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemError } from '../../errors.ts';

/** `path` is for errors. */
export function openUnnamed(folder: string, what: string): { readonly fd: number; readonly path: string } {
  const path = join(folder, `bowerbird-${what}-${randomBytes(8).toString('hex')}`);
  try {
    const fd = openSync(path, 'wx+', 0o600);
    rmSync(path);
    return { fd, path };
  } catch (error) {
    throw systemError('make the temporary file', path, error);
  }
}
