import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/crash-test.mjs', import.meta.url));

describe('a run killed at random moments and taken up again ends like one left alone', () => {
  test.each([
    ['copy', 10, 'copy'],
    ['bowerbird extract', 30, 'extract'],
    ['bowerbird ingest', 30, 'ingest'],
    ['bowerbird convert', 20, 'convert'],
    ['bowerbird pack', 20, 'pack'],
    ['bowerbird unpack', 20, 'unpack'],
  ])('%s', async (_, kills, what) => {
    const { stdout } = await promisify(execFile)(process.execPath, [script, String(kills), '--case', what]);
    expect(stdout).toContain('all ended like a run left alone');
  });
});
