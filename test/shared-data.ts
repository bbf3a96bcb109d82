/** Finds the folder of real files by others (../shared/data beside the repository) and what is known of them. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'shared', 'data');

/** False in a plain clone: tests that need the files are skipped then. */
export const hasShared = existsSync(join(root, 'expected.json'));

export function sharedPath(name: string): string {
  return join(root, name);
}

export function sharedBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(sharedPath(name)));
}

export interface SharedFile {
  readonly name: string;
  readonly bytes: number;
  // biome-ignore lint/suspicious/noExplicitAny: facts differ from format to format
  readonly facts: any;
}

/** Files whose name begins with `prefix`, with the facts that other tools found. Empty in a plain clone. */
export function sharedFiles(prefix: string): SharedFile[] {
  if (!hasShared) return [];
  const { files } = JSON.parse(readFileSync(sharedPath('expected.json'), 'utf8'));
  return Object.entries(files as { [name: string]: Omit<SharedFile, 'name'> })
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, file]) => ({ ...file, name }));
}
