/** Runs the C++ tests (native/test) as part of `npm test`. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/native-test.mjs', import.meta.url));

test('the C++ cores pass their own tests', { timeout: 1_200_000 }, () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  expect(status, stdout + stderr).toBe(0);
  expect(stdout).toMatch(/^[1-9]\d* tests, 0 failed$/m);
});
