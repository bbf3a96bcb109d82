/** Throw-away copies of this project and npm runs inside them, for the tests of this folder. */

import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
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

/** Whether a binary is there and younger than every source of the addon, so that it need not be built again. */
export function isFresh(binary: string): boolean {
  const age = statSync(binary, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(join(root, 'native'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /^(core|os|addon)\/|^[^/]+\.(txt|cmake)$/.test(path))
    .concat('../scripts/prebuild.mjs', '../scripts/lmdb.mjs');
  return sources.every((path) => statSync(join(root, 'native', path)).mtimeMs < age);
}

/** As {@link run}, while this process goes on, as a server that the program asks. Returns what was said on both streams. */
export function runBeside(
  folder: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, env: { ...plainEnvironment(), ...env }, maxBuffer: 2 ** 26 };
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout + stderr);
      else reject(new Error(`${error.message}\n${stdout}${stderr}`));
    });
  });
}
