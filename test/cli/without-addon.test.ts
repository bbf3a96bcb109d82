/** The built package where the compiled addon cannot be loaded: every command fails with that, and calls no file damaged. */

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ArrayRecordWriter } from '../../dist/index.js';
import { codecBytes } from '../support/codec-files.ts';
import { writeInputs } from '../support/extracting.ts';
import { flacOf } from '../support/flac-files.ts';
import { rateFrame } from '../support/flac-shapes.ts';
import { text, tfrecord } from '../support/records.ts';
import { chunk, fmt, riff } from '../unit/formats/wav-files.ts';

const root = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bowerbird-bare-'));
  mkdirSync(join(folder, 'package'));
  cpSync(root('dist'), join(folder, 'package', 'dist'), { recursive: true });
  cpSync(root('package.json'), join(folder, 'package', 'package.json'));
  symlinkSync(root('node_modules'), join(folder, 'package', 'node_modules'));
  writeInputs(folder, {
    'a.flac': flacOf({ frames: 1, channels: 1 }, [rateFrame(0, [7])]),
    'a.wav': riff(fmt(), chunk('data', [1, 0, 2, 0])),
    'a.mp3': codecBytes('mono.mp3'),
    'a.ogg': codecBytes('stereo.ogg'),
    'a.opus': codecBytes('stereo.opus'),
    'a.tfrecord': tfrecord(text('one'), text('two')),
    'labels.csv': 'file,label\na.flac,frog\n',
  });
  const writer = await ArrayRecordWriter.create(join(folder, 'a.array_record'));
  await writer.write(Buffer.from('one'));
  await writer.close();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const main = join(folder, 'package', 'dist', 'cli', 'main.js');
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const files = ['a.flac', 'a.wav', 'a.mp3', 'a.ogg', 'a.opus', 'a.tfrecord', 'a.array_record'];

describe('without the addon', () => {
  test.each([
    ...files.map((file) => `verify ${file}`),
    'inspect a.flac',
    'inspect a.tfrecord',
    'inspect a.array_record',
    'repair a.tfrecord --out b.tfrecord',
    'repair a.array_record --out b.array_record',
    ...files.slice(0, 5).map((file) => `decode ${file} --out ${file}.wav`),
    'extract a.tfrecord --out arrays',
    'convert a.tfrecord --to arrayrecord --out shards',
    'ingest labels.csv --audio . --out set --on-error salvage',
  ])('%s fails with NATIVE and no verdict', async (line) => {
    const { code, stdout, stderr } = await run(line.split(' '));
    const told = `${stdout}${stderr}`;
    if (code === 0) {
      // Some headers are read without it; then nothing is wrong with them.
      expect(told).not.toMatch(/damaged|CORRUPT|TRUNCATED/);
      expect(line).toMatch(/^(verify a\.(wav|mp3)|inspect)/);
      return;
    }
    expect({ code, told }).toEqual({
      code: 1,
      told: expect.stringContaining('error NATIVE: Cannot load the compiled addon'),
    });
    expect(told).not.toMatch(/damaged|CORRUPT|TRUNCATED|this is a defect/);
  });

  test('verify --json names the code', async () => {
    const { stdout } = await run(['verify', 'a.flac', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'NATIVE' } });
    expect(readFileSync(join(folder, 'a.flac')).length).toBeGreaterThan(0);
  });
});
