/** What `bowerbird unpack` prints, and how it ends. */

import { expect, test } from 'vitest';
import type { UnpackReport } from '../../src/api/types.ts';
import { cli, unpackReport } from './harness.ts';

const run = (line: string, report: Partial<UnpackReport> = {}) =>
  cli(line, { api: { unpack: async () => ({ ...unpackReport, ...report }) } });

test('a summary with notes', async () => {
  const { code, stdout } = await run('unpack ds --out wavs');
  expect(code).toBe(0);
  expect(stdout).toBe(
    `sample_00000000.wav: noted: Its dtype says "float64", its bytes are float32
shards   1
samples  2
sound    1 file, 1.0 s
arrays   1 file
read     209 kB
written  96.2 kB to wavs
time     0.5 s, 0.4 MB/s
`,
  );
});

test('3 where samples were left out, and where they are listed', async () => {
  const { code, stdout } = await run('unpack ds --out wavs --on-error skip', { rejects: 2, binaries: 1, notes: [] });
  expect(code).toBe(3);
  expect(stdout).toContain('rejected  2 samples, listed in wavs/rejects.jsonl\n');
  expect(stdout).toContain('bytes     1 file\n');
});

test('a plan, with no more names than somebody reads', async () => {
  const files = Array.from({ length: 30 }, (_, i) => ({ name: `k${i}.wav`, bytes: 0, crc32c: '' }));
  const { stdout } = await run('unpack ds --out wavs --dry-run --quiet', { dryRun: true, files, complete: false });
  const lines = stdout.split('\n');
  expect(lines[0]).toBe('-> k0.wav');
  expect(lines.slice(19)).toEqual([
    '-> k19.wav',
    '-> and 10 more files (--json lists them)',
    '209 kB  ds/shard_00000/data.mdb  2 samples',
    '2 samples of 1 shard, 209 kB, to 30 files in wavs; nothing was written (--dry-run)',
    '',
  ]);
});

test('options as the function takes them', async () => {
  let given: unknown;
  const unpack = async (options: unknown) => {
    given = options;
    return unpackReport;
  };
  await cli('unpack a b --out o --bits 16 --on-error salvage -j 2 --units 0/2', { api: { unpack } });
  expect(given).toMatchObject({ inputs: ['a', 'b'], out: 'o', bits: 16, onError: 'salvage', workers: 2, units: '0/2' });
});

test('parts of units are told as such', async () => {
  const { stdout } = await run('unpack ds --out wavs', { done: 1, skipped: 2, notes: [], complete: false });
  expect(stdout).toContain('samples   2, in units (1 now, 2 done already)\n');
  expect(stdout).toContain('complete  no, samples left to other parts\n');
});
