/** stdin and stdout in the place of files. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Api } from '../../src/cli/api.ts';
import { wav } from '../support/labelled.ts';
import { main, scratch } from './built.ts';
import { cli, decodeReport, inspectedFile, inspectReport, verifyReport } from './harness.ts';

const sound = wav(Array.from({ length: 8000 }, (_, i) => ((i * 37) % 2000) - 1000));

interface Piped {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** What is left in the temporary folder. */
  readonly left: readonly string[];
}

/** `feed`: all of stdin, or a file that is stdin itself. */
async function piped(cwd: string, args: readonly string[], feed: Uint8Array | number): Promise<Piped> {
  const temporary = join(cwd, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const started = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { ...process.env, TMPDIR: temporary },
    stdio: [typeof feed === 'number' ? feed : 'pipe', 'pipe', 'pipe'],
  });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  started.stdout!.on('data', (block: Buffer) => stdout.push(block));
  started.stderr!.on('data', (block: Buffer) => stderr.push(block));
  // A command that refuses does not read.
  started.stdin?.on('error', () => {});
  if (typeof feed !== 'number') started.stdin!.end(feed);
  const [code] = (await once(started, 'close')) as [number | null];
  return { code, stdout: Buffer.concat(stdout), stderr: `${Buffer.concat(stderr)}`, left: readdirSync(temporary) };
}

describe('stdin', () => {
  test.each(['-', '/dev/stdin', '/dev/fd/0'])('is inspected as %s, and called "-"', async (name) => {
    const ended = await piped(scratch(), ['inspect', name, '--json'], sound);
    expect(ended).toMatchObject({ code: 0, stderr: '', left: [] });
    const { files } = JSON.parse(`${ended.stdout}`) as { files: object[] };
    expect(files).toEqual([expect.objectContaining({ source: '-', format: 'wav', size: sound.length, frames: 8000 })]);
  });

  test('is verified among files', async () => {
    const folder = scratch({ 'a.wav': sound });
    const ended = await piped(folder, ['verify', '-', 'a.wav', '--json'], sound.subarray(0, 5000));
    const { files } = JSON.parse(`${ended.stdout}`) as { files: { source: string; ok: boolean }[] };
    expect(files.map(({ source, ok }) => [source, ok]).sort()).toEqual([
      ['-', false],
      ['a.wav', true],
    ]);
    expect(ended).toMatchObject({ code: 4, left: [] });
  });

  test('is decoded from where it stands, also when it is a file', async () => {
    const folder = scratch({ 'in.bin': Buffer.concat([sound]) });
    const fd = openSync(join(folder, 'in.bin'), 'r');
    const ended = await piped(folder, ['decode', '-', '--out', 'x.wav'], fd);
    closeSync(fd);
    expect(ended).toMatchObject({ code: 0, stderr: '', left: [] });
    expect(readFileSync(join(folder, 'x.wav')).subarray(-16000)).toEqual(sound.subarray(-16000));
  });

  test('is bounded by an option', async () => {
    const ended = await piped(scratch(), ['inspect', '-', '--stdin-limit', '10K'], sound);
    expect(ended).toMatchObject({ code: 1, left: [] });
    expect(ended.stderr).toContain('it gives more than 10.0 kB; raise --stdin-limit');
  });

  test.each(['inspect', 'verify'])('that gives nothing is an error of %s', async (command) => {
    const ended = await piped(scratch(), [command, '-'], new Uint8Array(0));
    expect(ended).toMatchObject({ code: 1, left: [] });
    expect(ended.stderr).toContain('stdin: it gives no bytes');
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('is let go at %s, and leaves nothing', async (signal) => {
    const cwd = scratch();
    const temporary = join(cwd, 'tmp');
    mkdirSync(temporary);
    const started = spawn(process.execPath, [main, 'verify', '-'], { cwd, env: { ...process.env, TMPDIR: temporary } });
    started.stdin.write(sound);
    const spooled = () => readdirSync(temporary).some((name) => existsSync(join(temporary, name, 'stdin')));
    while (!spooled()) await sleep(5);
    started.kill(signal);
    const [code] = (await once(started, 'close')) as [number | null];
    expect({ code, left: readdirSync(temporary) }).toEqual({ code: signal === 'SIGINT' ? 130 : 143, left: [] });
  });

  test('of a killed command is removed by the next', async () => {
    const cwd = scratch();
    const first = spawn(process.execPath, [main, 'verify', '-'], { cwd, env: { ...process.env, TMPDIR: cwd } });
    first.stdin.write(sound);
    const spooled = () => readdirSync(cwd).filter((name) => existsSync(join(cwd, name, 'stdin')));
    while (spooled().length === 0) await sleep(5);
    const [left] = spooled();
    first.kill('SIGKILL');
    await once(first, 'close');
    const folder = join(cwd, 'tmp');
    mkdirSync(folder);
    mkdirSync(join(folder, left!));
    const ended = await piped(cwd, ['inspect', '-'], sound);
    expect(ended).toMatchObject({ code: 0, left: [] });
  });

  test('is taken once, and not from a terminal', async () => {
    const twice = await cli('inspect - /dev/stdin');
    expect(twice).toMatchObject({ code: 2, stderr: expect.stringContaining('Expected stdin once') });
    const typed = await cli('inspect -');
    expect(typed).toMatchObject({ code: 2, stderr: expect.stringContaining('it is a terminal') });
  });

  test('is not read into a folder', async () => {
    const ended = await cli('decode - --out wav');
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('--out X.wav or -') });
  });

  test.each(['extract - --out x', 'convert - --to tfrecord --out x', 'ingest - --out x', 'repair - --out x'])(
    'is refused by %s',
    async (line) => {
      const ended = await cli(line);
      expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('stands for stdin') });
    },
  );

  test.each([
    'extract a --out -',
    'convert a --to tfrecord --out -',
    'ingest a --out -',
    'repair a --out -',
    'ingest a --out x --labels -',
    'ingest a --out x --audio -',
  ])('and stdout by %s', async (line) => {
    const ended = await cli(line);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('a file of that name is ./-') });
  });

  test('is a file to the functions, and "-" to people', async () => {
    let given = '';
    async function* one(): AsyncGenerator<Uint8Array> {
      yield sound;
    }
    const inspect: Api['inspect'] = async ({ inputs, onFile }) => {
      given = String(inputs);
      expect(readFileSync(given)).toEqual(sound);
      const file = { ...inspectedFile, source: given };
      await onFile?.(file);
      return { ...inspectReport, files: [file] };
    };
    const ended = await cli('inspect -', { stdin: one(), api: { inspect } });
    expect(ended.code).toBe(0);
    expect(ended.stdout.split('\n')[0]).toBe('-');
    expect(existsSync(given)).toBe(false);
    const verify = async () => ({ ...verifyReport, files: [] });
    const limit = await cli('verify a - --stdin-limit 1K', { stdin: one(), api: { verify } });
    expect(limit).toMatchObject({ code: 1, stderr: expect.stringContaining('more than 1.00 kB') });
  });
});

describe('--out -', () => {
  test('gives the WAV that a file would hold, and nothing else', async () => {
    const folder = scratch({ 'a.wav': sound });
    const toFile = await piped(folder, ['decode', 'a.wav', '--out', 'x.wav'], new Uint8Array(0));
    const ended = await piped(folder, ['decode', 'a.wav', '--out', '-'], new Uint8Array(0));
    expect(toFile.code).toBe(0);
    expect(ended).toMatchObject({ code: 0, left: [] });
    expect(ended.stdout).toEqual(readFileSync(join(folder, 'x.wav')));
    expect(ended.stderr).toContain('to -');
    expect(readdirSync(folder).sort()).toEqual(['a.wav', 'tmp', 'x.wav']);
    const quiet = await piped(folder, ['decode', '-', '--out', '-', '-q'], sound);
    expect(quiet).toMatchObject({ code: 0, stderr: '' });
    expect(quiet.stdout).toEqual(ended.stdout);
  });

  test('gives nothing of what fails', async () => {
    const folder = scratch({ 'a.wav': sound, 'b.wav': sound, 'bad.wav': Buffer.from('RIFFxxxxWAVEjunk') });
    for (const args of [['bad.wav'], ['a.wav', 'b.wav'], ['none.wav']]) {
      const ended = await piped(folder, ['decode', ...args, '--out', '-'], new Uint8Array(0));
      expect(ended.code).toBeGreaterThan(0);
      expect(ended).toMatchObject({ stdout: Buffer.alloc(0), left: [] });
      expect(ended.stderr).not.toContain('bowerbird-stdio');
    }
  });

  test('ends in peace when nobody reads on', async () => {
    const cwd = scratch();
    writeFileSync(join(cwd, 'long.wav'), wav(Array.from({ length: 1_000_000 }, (_, i) => i % 100)));
    const temporary = join(cwd, 'tmp');
    mkdirSync(temporary);
    const env = { ...process.env, TMPDIR: temporary };
    const started = spawn(process.execPath, [main, 'decode', 'long.wav', '--out', '-', '-q'], { cwd, env });
    started.stdout.once('data', () => started.stdout.destroy());
    let stderr = '';
    started.stderr.on('data', (block: Buffer) => {
      stderr += block;
    });
    const [code] = (await once(started, 'close')) as [number | null];
    expect({ code, stderr, left: readdirSync(temporary) }).toEqual({ code: 0, stderr: '', left: [] });
  });

  test('is refused with --json, and on a terminal', async () => {
    const json = await cli('decode a.wav --out - --json');
    expect(json).toMatchObject({ code: 2, stderr: expect.stringContaining('each wants stdout') });
    const typed = await cli('decode a.wav --out -', { columns: 80 });
    expect(typed).toMatchObject({ code: 2, stderr: expect.stringContaining('it is a terminal') });
  });

  test('plans like any other', async () => {
    const decode = async () => ({ ...decodeReport, dryRun: true });
    const ended = await cli('decode a.wav --out - --dry-run', { api: { decode } });
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing was written') });
  });
});

test.each(['s.mp3', 's.flac', 'S.OGG', 'a/b.opus', 's.wave', 's.aiff'])(
  'decode makes no folder called %s',
  async (out) => {
    const folder = scratch({ 'a.wav': sound });
    const ended = await piped(folder, ['decode', 'a.wav', '--out', out], new Uint8Array(0));
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('decode makes WAV') });
    expect(readdirSync(folder).sort()).toEqual(['a.wav', 'tmp']);
  },
);

test('decode takes a folder that is there, or a slash, for what they are', async () => {
  const folder = scratch({ 'a.wav': sound });
  mkdirSync(join(folder, 'there.mp3'));
  for (const out of ['there.mp3', 'asked.mp3/', 'v1.2']) {
    const ended = await piped(folder, ['decode', 'a.wav', '--out', out], new Uint8Array(0));
    expect(ended.code).toBe(0);
    expect(existsSync(join(folder, out, 'a.wav'))).toBe(true);
  }
});

test.each(['x.npy', 'x.json'])('extract makes no folder called %s', async (out) => {
  const folder = scratch({ a: sound });
  const ended = await piped(folder, ['extract', 'a', '--out', out], new Uint8Array(0));
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('expected a folder') });
});

test('EXISTS names the flag', async () => {
  const folder = scratch({ 'a.wav': sound, 'x.wav': 'of somebody else' });
  const ended = await piped(folder, ['decode', 'a.wav', '--out', 'x.wav'], new Uint8Array(0));
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/error EXISTS: .*--overwrite/) });
});
