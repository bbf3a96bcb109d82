/** What is odd about recordings: on the terminal, in reports and manifests, of decode and ingest alike, and never a flood. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decode, ingest } from '../../dist/index.js';
import { constantFrame, flacOf } from '../support/flac-files.ts';
import { readShards, wav } from '../support/labelled.ts';
import { bowerbird, scratch } from './built.ts';
import { ingestInto, rejects } from './ingesting.ts';

const field = (name: string) => new Uint8Array(readFileSync(new URL(`../data/field/wav/${name}`, import.meta.url)));
const good = wav([1, 2, 3]);
const bytes = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const id3v1 = new Uint8Array(Buffer.from(`TAG${' '.repeat(125)}`, 'latin1'));
const flac = flacOf({ frames: 1 }, [constantFrame(0, [7])]);

const neverWritten = 'noted: The size of the samples was never written (0): the 16 bytes that are there are used';
const trailing = 'noted: 16000 bytes at the end of the file are no chunk (from byte 16044)';

describe('decode', () => {
  test('prints the notes of each file, and nothing of them under --quiet', async () => {
    const folder = scratch({ 'in/a.wav': field('size0.wav'), 'in/b.wav': field('trailing.wav'), 'in/c.wav': good });
    const { code, stdout } = await bowerbird(folder, ['decode', 'in', '--out', 'out']);
    expect(code).toBe(0);
    expect(stdout).toContain(`in/a.wav: ${neverWritten}\n`);
    expect(stdout).toContain(`in/b.wav: ${trailing}\n`);
    expect(stdout).not.toContain('in/c.wav');
    const quiet = await bowerbird(folder, ['decode', 'in', '--out', 'quiet', '-q']);
    expect(quiet).toEqual({ code: 0, stdout: '', stderr: '' });
    const json = await bowerbird(folder, ['decode', 'in', '--out', 'json', '--json']);
    expect(JSON.parse(json.stdout).notes).toMatchObject([{ files: 1 }, { files: 1 }]);
    const manifest = JSON.parse(readFileSync(join(folder, 'out/decode.json'), 'utf8'));
    expect(manifest.files.map(({ notes }: { notes: string[] }) => notes.length)).toEqual([1, 1, 0]);
  });

  test('prints those of a single output too, and counts what many files have', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`in/${String(i).padStart(2, '0')}.flac`, flac]),
    );
    const folder = scratch(files);
    const one = await bowerbird(folder, ['decode', 'in/00.flac', '--out', 'a.wav']);
    expect(one.stdout).toContain('in/00.flac: noted: The header holds no MD5 of the samples\n');
    const many = await bowerbird(folder, ['decode', 'in', '--out', 'out']);
    expect(many.stdout).toContain('in/00.flac and 39 more files: noted: The header holds no MD5 of the samples\n');
    expect(many.stdout.split('\n').filter((line) => line.includes('noted'))).toHaveLength(1);
  });

  test('says what becomes of a second recording', async () => {
    const folder = scratch({ 'a.wav': field('trailing_cat.wav'), 'b.wav': field('trunc.wav') });
    const strict = await bowerbird(folder, ['decode', 'a.wav', '--out', 'x.wav']);
    expect(strict).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/CORRUPT: .* at byte 16044 another recording begins/),
    });
    const lenient = await bowerbird(folder, ['decode', 'a.wav', 'b.wav', '--out', 'out', '--lenient', '-q']);
    expect(lenient.code).toBe(3);
    expect(lenient.stdout).toMatch(/^a\.wav: left out: other-recording, offset 16044, length 16044: /m);
    expect(lenient.stdout).toMatch(/^b\.wav: silence: truncated, offset 12042, length 0, 0\.375 s to 0\.5 s: /m);
    const report = await decode({ inputs: [join(folder, 'a.wav')], out: join(folder, 'a2.wav'), lenient: true });
    expect(report.notes).toEqual([]);
  });

  test('verify exits with 4 for each, and inspect tells of what the header shows', async () => {
    const folder = scratch({
      'a.wav': field('trailing_cat.wav'),
      'b.flac': bytes(flac, flac),
      'c.wav': field('twodata.wav'),
    });
    for (const name of ['a.wav', 'b.flac', 'c.wav']) {
      const { code, stdout } = await bowerbird(folder, ['verify', name]);
      expect({ code, stdout }).toMatchObject({
        code: 4,
        stdout: expect.stringContaining('damaged: other-recording, offset '),
      });
    }
    const { stdout } = await bowerbird(folder, ['inspect', 'a.wav']);
    expect(stdout).toMatch(/noted +At byte 16044 another recording begins \(a WAV recording, 16044 bytes/);
  });
});

describe('ingest', () => {
  const files = {
    'audio/a.wav': field('size0.wav'),
    'audio/b.wav': bytes(good, id3v1),
    'audio/c.wav': bytes(good, id3v1),
    'audio/d.flac': flac,
    'audio/e.wav': good,
    'labels.csv': 'Label,File\n0,a.wav\n1,b.wav\n2,c.wav\n3,d.flac\n4,e.wav\n',
  };
  const expected = [
    {
      note: 'The size of the samples was never written (0): the 16 bytes that are there are used',
      files: 1,
      first: 'audio/a.wav',
    },
    { note: expect.stringMatching(/^The last chunk, "TAG "/), files: 2, first: 'audio/b.wav' },
    { note: 'The header holds no MD5 of the samples', files: 1, first: 'audio/d.flac' },
  ];

  test('prints and keeps the notes of recordings, the same for any number of shards and threads', async () => {
    const folder = scratch(files);
    const one = await bowerbird(folder, ingestInto('one/'));
    expect(one.code).toBe(0);
    expect(one.stdout).toContain(`audio/a.wav: ${neverWritten}\n`);
    expect(one.stdout).toContain('audio/b.wav and 1 more file: noted: ');
    const manifest = JSON.parse(readFileSync(join(folder, 'one/ingest.json'), 'utf8'));
    expect(manifest.notes).toEqual(expected);
    const many = await bowerbird(folder, ingestInto('many/', '--shards', '4', '--workers', '2', '--json'));
    expect(JSON.parse(many.stdout).notes).toEqual(expected);
    expect(await bowerbird(folder, ingestInto('quiet/', '-q'))).toMatchObject({ code: 0, stdout: '' });
  });

  test.each([
    [{}],
    [{ window: 0.5 }],
    [{ mono: true, sampleRate: 4000 }],
    [{ audioAs: 'pcm16' }],
    [{ mode: 'rich' }],
  ] as const)('keeps them however recordings are read: %j', async (how) => {
    const folder = scratch(files);
    const given = { inputs: join(folder, 'labels.csv'), audio: join(folder, 'audio'), out: join(folder, 'out/') };
    const report = await ingest({ ...given, ...how, onError: 'skip' });
    expect(report.notes.map(({ files: count }) => count)).toEqual([1, 2, 1]);
  });

  describe('of recordings that are not whole', () => {
    const damaged = {
      'audio/cat.wav': field('trailing_cat.wav'),
      'audio/two.wav': field('twodata.wav'),
      'audio/cut.wav': field('trunc.wav'),
      'audio/cat.flac': bytes(flac, flac),
      'audio/e.wav': good,
      'labels.csv': 'Label,File\n0,cat.wav\n1,two.wav\n2,cut.wav\n3,cat.flac\n4,e.wav\n',
    };

    test('fails, leaves out, or takes the first and lists the rest', async () => {
      const folder = scratch(damaged);
      const failed = await bowerbird(folder, ingestInto('fail/', '-q'));
      expect(failed).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/CORRUPT.*cat\.wav.* at byte 16044 another recording begins .*salvage/s),
      });
      const skipped = await bowerbird(folder, ingestInto('skip/', '--on-error', 'skip', '-q'));
      expect(skipped.code).toBe(3);
      expect(readShards(join(folder, 'skip')).map(({ label }) => label)).toEqual([[4]]);
      const codes = rejects(join(folder, 'skip/rejects.jsonl')).map(({ code }) => code);
      expect(codes).toEqual(['CORRUPT', 'CORRUPT', 'TRUNCATED', 'CORRUPT']);
      const salvaged = await bowerbird(folder, ingestInto('salvage/', '--on-error', 'salvage', '-q'));
      expect(salvaged.code).toBe(3);
      const shapes = readShards(join(folder, 'salvage')).map(({ shape }) => shape);
      expect(shapes).toEqual([
        [8000, 1],
        [4000, 1],
        [8000, 1],
        [4096, 1],
        [3, 1],
      ]);
      const listed = rejects(join(folder, 'salvage/rejects.jsonl'));
      expect(listed.map(({ kept }) => kept)).toEqual([true, true, true, true]);
      expect(listed.map(({ code }) => code)).toEqual(codes);
      // With the silence that stands for the end of cut.wav, as the total of a FLAC header has it.
      const { soundSeconds } = JSON.parse(readFileSync(join(folder, 'salvage/ingest.json'), 'utf8'));
      expect(soundSeconds).toBeCloseTo(8000 / 16_000 + 4000 / 16_000 + 8000 / 16_000 + 4096 / 48_000 + 3 / 16_000, 9);
      expect(listed[0].reason).toMatch(/^at 0\.5 s: at byte 16044 another recording begins/);
      expect(listed[2].reason).toMatch(/^silence at 0\.375 s: the header promises 16000 bytes/);
      expect(listed[3].reason).toContain(`at byte ${flac.length} another recording begins (a FLAC recording`);
    });

    test('cut into clips, the same', async () => {
      const folder = scratch(damaged);
      const given = { inputs: join(folder, 'labels.csv'), audio: join(folder, 'audio'), window: 0.25 };
      const salvaged = await ingest({ ...given, out: join(folder, 'a/'), onError: 'salvage' });
      expect(salvaged).toMatchObject({ used: 5, salvaged: 4, rejects: 0, notes: [{ files: 1 }] });
      expect(await ingest({ ...given, out: join(folder, 'b/'), onError: 'skip' })).toMatchObject({
        used: 1,
        rejects: 4,
      });
    });
  });
});
