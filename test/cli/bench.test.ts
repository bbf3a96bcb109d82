/** The benchmark suite as its users call it. `.ci/run` runs every case; here stands how it answers. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bowerbird-bench-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function bench(...args: string[]) {
  return spawnSync(process.execPath, [join(root, 'bench/run.mjs'), ...args], { encoding: 'utf8' });
}

describe('npm run bench', () => {
  it('lists every case with its question when none is named', () => {
    const { status, stdout } = bench();
    expect(status).toBe(0);
    for (const file of readdirSync(join(root, 'bench/cases'))) {
      expect(stdout).toMatch(new RegExp(`^ {2}${file.replace('.mjs', '')} +(How|What|Which|Is) .*\\?$`, 'm'));
    }
  });

  it('refuses a case that there is not, and keeping a run whose figures mean nothing', () => {
    expect(bench('skan')).toMatchObject({ status: 2, stderr: expect.stringContaining('There is no case "skan"') });
    expect(bench('scan', '--smallest', '--save')).toMatchObject({ status: 2 });
  });

  // A pass pauses every 4 MiB, which the 20 MiB record of `memory` and no smallest file of these would show: hence --gib.
  it.each(['scan', 'metadata'])('runs %s to its end over a file of more than 4 MiB', (name) => {
    const { status, stderr, stdout } = bench(name, '--smallest', '--gib', '0.25', '--data', folder, '--python', 'none');
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/\|/);
  });

  it('names each peer that is missing with the command that brings it', () => {
    const { status, stdout, stderr } = bench('dtypes', '--smallest', '--data', folder, '--python', 'none');
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('npm run test:interop makes one');
  });

  it('fails when a case does, and runs the others', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const { status, stdout, stderr } = bench('start', 'wav', '--smallest', '--data', join(file, 'below'));
    expect(status).toBe(1);
    expect(stdout).toContain('0 of 2 cases ran to their end');
    expect(stderr).toContain('failed: start, wav');
  });
});
