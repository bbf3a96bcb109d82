/** Throw-away copies of this project and npm runs inside them, for the tests of this folder. */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** An empty folder; gone when the test is over. */
export function emptyFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `bowerbird-${name}-`));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The files that build the addon, nothing built, and this checkout's node_modules. */
export function copyOfSources(name: string): string {
  const folder = emptyFolder(name);
  for (const part of ['package.json', 'binding.gyp', 'scripts']) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  cpSync(join(root, 'native'), join(folder, 'native'), {
    recursive: true,
    filter: (path) => !/^build/.test(path.slice(join(root, 'native/').length)),
  });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** The environment of a person at a prompt: `npm test` adds its own project's variables, which would steer an inner npm. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const inherited = /^npm_(package|lifecycle|command|execpath|config_(local_prefix|nodedir|global_prefix|prefix))/;
  const entries = Object.entries(process.env).filter(([name]) => !inherited.test(name) && name !== 'INIT_CWD');
  return Object.fromEntries(entries);
}

/** Runs a program to its end. A failure shows what it said. */
export function run(folder: string, command: string, args: readonly string[]): string {
  return execFileSync(command, args, { cwd: folder, env: plainEnvironment(), encoding: 'utf8', stdio: 'pipe' });
}
