import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/crash-test.mjs', import.meta.url));
const built = (name: string) => existsSync(new URL(`../../dist/${name}`, import.meta.url));
const hasExtract = built('cli/main.js') && built('jobs/extract/unit.js');

async function kill(times: number, what: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, String(times), '--case', what]);
  return stdout;
}

describe('a run killed at random moments and taken up again ends like one left alone', () => {
  test('copy', { timeout: 240_000 }, async () => {
    expect(await kill(hasExtract ? 10 : 30, 'copy')).toContain('all ended like a run left alone');
  });

  test.skipIf(!hasExtract)('bowerbird extract', { timeout: 240_000 }, async () => {
    expect(await kill(30, 'extract')).toContain('all ended like a run left alone');
  });

  test.skipIf(!built('jobs/ingest/unit.js'))('bowerbird ingest', { timeout: 240_000 }, async () => {
    expect(await kill(30, 'ingest')).toContain('all ended like a run left alone');
  });

  test.skipIf(!built('jobs/pack/unit.js'))('bowerbird pack', { timeout: 240_000 }, async () => {
    expect(await kill(20, 'pack')).toContain('all ended like a run left alone');
  });

  test.skipIf(!hasExtract)('bowerbird convert', { timeout: 240_000 }, async () => {
    expect(await kill(20, 'convert')).toContain('all ended like a run left alone');
  });

  test.skipIf(!built('jobs/unpack/unit.js'))('bowerbird unpack', { timeout: 240_000 }, async () => {
    expect(await kill(20, 'unpack')).toContain('all ended like a run left alone');
  });
});
