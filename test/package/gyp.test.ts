/** The second build: binding.gyp makes of the same sources, with node-gyp, an addon that works. */

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { copyOfSources, run } from './project.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;

describe.skipIf(!hasPython)('binding.gyp (needs python3, which node-gyp is written in)', () => {
  test('`npm run build:gyp` compiles without a network and its addon computes the check value of RFC 3720', () => {
    const folder = copyOfSources('gyp');
    // A proxy that nobody answers: node-gyp must not want to download anything.
    process.env['npm_config_proxy'] = process.env['npm_config_https_proxy'] = 'http://127.0.0.1:9';
    try {
      const said = run(folder, process.execPath, ['scripts/build-gyp.mjs']);
      expect(said).not.toMatch(/warning/i);
    } finally {
      delete process.env['npm_config_proxy'];
      delete process.env['npm_config_https_proxy'];
    }
    const addon = createRequire(import.meta.url)(join(folder, 'build/Release/bowerbird.node'));
    expect(addon.crc32c(Buffer.from('123456789'), 0)).toBe(0xe3069283);
  });
});
