/** bowerbird ingest: rows and recordings that cannot be used, or that say different things. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ingest, readAudio } from '../../dist/index.js';
import { hasShared, sharedPath } from '../shared-data.ts';
import { readShards } from '../support/labelled.ts';
import { bowerbird, scratch } from './built.ts';
import { ingestInto, rejects, three } from './ingesting.ts';

describe('--on-error', () => {
  const files = {
    'audio/good.wav': three,
    'audio/text.wav': 'this is no audio',
    'audio/cut.wav': three.subarray(0, 46),
    'audio/empty.wav': '',
    'labels.csv':
      'Label,Blob Name\n1,good.wav\nfrog,good.wav\n2,missing.wav\n3,text.wav\n4,cut.wav\n5,empty.wav\n6,\n7,good.wav\n',
  };

  test('fail names the first row that cannot be used', async () => {
    const folder = scratch(files);
    const { code, stderr } = await bowerbird(folder, ingestInto('out/', '-q'));
    expect(code).toBe(1);
    expect(stderr).toContain(
      'Cannot use row 1 (line 3) of "labels.csv": The label "frog" is not a whole number; --labels string takes names; --on-error skip',
    );
    expect(existsSync(join(folder, 'out/ingest.json'))).toBe(false);
  });

  test('skip leaves rows out and lists them', async () => {
    const folder = scratch(files);
    const args = ingestInto('out/', '--on-error', 'skip');
    const { code, stdout } = await bowerbird(folder, args);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^rows +2 of 8$/m);
    expect(stdout).toMatch(/^rejected +6 rows, listed in rejects.jsonl beside the shards$/m);
    const listed = rejects(join(folder, 'out/rejects.jsonl'));
    expect(listed.map(({ row, line, input, code: why }) => [row, line, input, why])).toEqual([
      [1, 3, 'audio/good.wav', 'BAD_SCHEMA'],
      [2, 4, 'audio/missing.wav', 'NOT_FOUND'],
      [3, 5, 'audio/text.wav', 'UNSUPPORTED'],
      [4, 6, 'audio/cut.wav', 'TRUNCATED'],
      [5, 7, 'audio/empty.wav', expect.any(String)],
      [6, 8, 'audio/', 'BAD_SCHEMA'],
    ]);
    expect(readShards(join(folder, 'out')).map(({ label }) => label)).toEqual([[1], [7]]);
    const capped = await bowerbird(folder, ingestInto('out2/', '--on-error', 'skip', '--max-rejects', '3', '-q'));
    expect(capped).toMatchObject({ code: 1, stderr: expect.stringContaining('TOO_MANY_REJECTS') });
  });

  test('salvage uses what a damaged recording still holds, and silence for the rest', async () => {
    const folder = scratch(files);
    const report = await ingest({
      inputs: join(folder, 'labels.csv'),
      audio: join(folder, 'audio'),
      out: join(folder, 'out/'),
      onError: 'salvage',
    });
    expect(report).toMatchObject({ used: 3, rejects: 5, salvaged: 1 });
    const cut = readShards(join(folder, 'out')).find(({ label }) => label[0] === 4);
    expect(cut).toMatchObject({ shape: [3, 1], samples: [-1, 0, 0] });
    const kept = rejects(join(folder, 'out/rejects.jsonl')).filter((line) => line.kept);
    expect(kept).toMatchObject([{ row: 4, line: 6, kept: true }]);
    // Stricter again: what was salvaged does not count.
    const again = await ingest({
      inputs: join(folder, 'labels.csv'),
      audio: join(folder, 'audio'),
      out: join(folder, 'out/'),
      onError: 'skip',
    });
    expect(again).toMatchObject({ done: 1, used: 2, rejects: 6, salvaged: 0 });
  });

  test('reports rows that contradict and repeat one another, and keeps them', async () => {
    const folder = scratch({
      'a.wav': three,
      'b.wav': three,
      'labels.csv': 'Label,File\n1,a.wav\n1,b.wav\n2,a.wav\n1,b.wav\n',
    });
    const { code, stderr } = await bowerbird(folder, ['ingest', 'labels.csv', '--out', 'out/', '--progress', 'none']);
    expect(code).toBe(0);
    expect(stderr).toContain(
      '1 row(s) contradict an earlier one, such as rows 0 and 2 call "./a.wav" "1" and "2"; neither is left out for that',
    );
    expect(stderr).toContain('1 row(s) say again what an earlier one said');
    const manifest = JSON.parse(readFileSync(join(folder, 'out/ingest.json'), 'utf8'));
    expect(manifest.contradictions).toEqual([{ input: './a.wav', rows: [0, 2], labels: ['1', '2'] }]);
    expect(readShards(join(folder, 'out'))).toHaveLength(4);
  });
});

describe.skipIf(!hasShared)('damaged FLAC (needs ../shared)', () => {
  const flipped = () => {
    const bytes = Buffer.from(readFileSync(sharedPath('flac/ietf-subset/01 - blocksize 4096.flac')));
    for (let i = 0; i < 64; i++) bytes[Math.floor(bytes.length * 0.6) + i]! ^= 0xff;
    return bytes;
  };

  test('gives no clip under skip, not even of what stands before the damage, and all of them under salvage', async () => {
    const folder = scratch({ 'd.flac': flipped(), 'a.wav': three, 'labels.csv': 'Label,File\n1,d.flac\n2,a.wav\n' });
    const run = (onError: 'skip' | 'salvage', more: object = {}) =>
      ingest({ inputs: join(folder, 'labels.csv'), out: join(folder, onError, 'x'), window: 1, onError, ...more });
    expect(await run('skip')).toMatchObject({ used: 1, records: 1, rejects: 1 });
    expect(readShards(join(folder, 'skip')).map(({ label }) => label)).toEqual([[2]]);
    expect(rejects(join(folder, 'skip/x.rejects.jsonl'))).toMatchObject([{ row: 0, line: 2, code: 'CORRUPT' }]);
    const whole = await readAudio(sharedPath('flac/ietf-subset/01 - blocksize 4096.flac'));
    const salvaged = await run('salvage');
    expect(salvaged).toMatchObject({ used: 2, rejects: 0, salvaged: 1 });
    expect(salvaged.records).toBe(Math.ceil(whole.frames / whole.sampleRate) + 1);
  });
});
