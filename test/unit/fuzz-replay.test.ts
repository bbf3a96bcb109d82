/** Replays the seeds of the fuzz targets, and mutations of them, under the sanitizers (scripts/fuzz.mjs). */

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/fuzz.mjs', import.meta.url));
const targets = readdirSync(fileURLToPath(new URL('../../native/fuzz/corpus', import.meta.url)));

test('every fuzz target holds its promises on its seeds and mutations of them', { timeout: 1_200_000 }, () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--replay', '2000'], { encoding: 'utf8' });
  expect(status, stdout + stderr).toBe(0);
  for (const target of targets)
    expect(stdout).toMatch(new RegExp(`^${target}: [1-9]\\d* seeds, [1-9]\\d{3,} runs,`, 'm'));
});
