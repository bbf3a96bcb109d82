/** The command line of the built package in a process of its own, in a folder of its own. */

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { writeInputs } from '../support/extracting.ts';

export const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `env` comes on top of that of the tests. */
export function bowerbird(
  cwd: string,
  args: readonly string[],
  env: { readonly [name: string]: string } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 1 << 26 };
    execFile(process.execPath, [main, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** Gone when the test is. */
export function scratch(files: { readonly [name: string]: Uint8Array | string } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'bowerbird-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeInputs(folder, files);
  return folder;
}
