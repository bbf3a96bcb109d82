/** Memory and time that a piece of a script takes, measured in a process of its own. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('peak.mjs', import.meta.url));

export interface Peak {
  /** What the code returned, or `code`, `message`, `record` and `offset` of the error it threw. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the code returns
  readonly result: any;
  /** Resident memory at its highest, less what was resident when the code began. */
  readonly mib: number;
  readonly seconds: number;
}

/** `code` is the body of an async function of `api`, the public functions of the built package. */
export async function peakOf(code: string): Promise<Peak> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, code], {
    maxBuffer: 1 << 26,
    timeout: 280_000,
    killSignal: 'SIGKILL',
  });
  return JSON.parse(stdout);
}
