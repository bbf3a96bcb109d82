/** What the public functions say of options reaches a terminal in the words of the command line. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decode } from '../../src/api/decode.ts';
import { ingest } from '../../src/api/ingest.ts';
import { byName } from '../../src/cli/failure.ts';
import { BowerbirdError } from '../../src/errors.ts';
import { rateFrame } from '../support/flac-shapes.ts';
import { wav } from '../support/labelled.ts';
import { bowerbird, scratch } from './built.ts';
import { cli, convertReport, decodeReport, extractReport } from './harness.ts';

test.each([
  [['ingest', 'l.csv', '--out', 'x/', '--hop', '2'], 'Cannot use --hop without --window'],
  [['ingest', 'l.csv', '--out', 'x/', '--audio-as', 'bytes', '--sample-rate', '8000'], 'Cannot use --sample-rate with'],
  [
    ['convert', 'a', '--to', 'tfrecord', '--out', 'x', '--shards', '2', '--match-inputs'],
    'Cannot use --shards and --match-inputs together',
  ],
  [
    ['convert', 'a', '--to', 'tfrecord', '--out', 'x', '--overwrite-extension'],
    'Cannot use --overwrite-extension without --match-inputs',
  ],
])('%j names its flags', async (args, message) => {
  const { code, stderr } = await bowerbird(scratch(), args);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
});

test('names of files stay what they are', async () => {
  const refuse = async () => {
    throw new BowerbirdError('USAGE', 'Cannot decode "out" into itself');
  };
  const { stderr } = await cli('decode out --out out', { api: { decode: refuse } });
  expect(stderr).toContain('Cannot decode "out" into itself');
});

describe('what a failure proposes', () => {
  const words: readonly (readonly [line: string, message: string, shown: string])[] = [
    [
      'extract a --out x',
      'Cannot write "a": it exists; replace it with option "overwrite"',
      'Cannot write "a": it exists; replace it with --overwrite',
    ],
    [
      'extract a --out x',
      'Cannot extract "a": no name; option "onError" as "skip" leaves it out',
      'Cannot extract "a": no name; --on-error skip leaves it out',
    ],
    ['extract a --out x', 'Cannot use it: choose another option "out"', 'Cannot use it: choose another --out'],
    // A remedy may be another command's, and a word in quotes may be anything.
    ['extract a --out x', 'Cannot read "lenient": option "lenient"', 'Cannot read "lenient": --lenient'],
    ['extract a --out x', 'Cannot find option "nothing" as "x"', 'Cannot find option "nothing" as "x"'],
  ];
  test.each(words)('%s: %s', async (line, message, shown) => {
    const refuse = async () => {
      throw new BowerbirdError('IO', message, { source: 'a' });
    };
    const { stdout, stderr } = await cli(`${line} --json`, { api: { extract: refuse } });
    expect(stderr).toBe(`bowerbird: error IO: ${shown}\n`);
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'IO', message: shown, source: 'a' } });
  });

  test('is a flag in a terminal and an option in code', async () => {
    const folder = scratch({ 'a.flac': rateFrame(0, [1, 2]) });
    const { stderr } = await bowerbird(folder, ['decode', 'a.flac', '--out', 'a.wav']);
    expect(stderr).toContain('; --lenient decodes it from there');
    const options = { inputs: [join(folder, 'a.flac')], out: join(folder, 'a.wav') };
    await expect(decode(options)).rejects.toThrow('; option "lenient" decodes it from there');
  });
});

test('convert and verify print one line for one proof', async () => {
  const folder = scratch({ 'a.tfrecord': new Uint8Array(0) });
  const convert = ['convert', 'a.tfrecord', '--to', 'arrayrecord', '--out', 'x', '--proof', '-q'];
  const made = await bowerbird(folder, convert);
  const found = await bowerbird(folder, ['verify', 'x-00000-of-00001.arrayrecord', '--proof', '-q']);
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^proof: [0-9a-f]{32}\n$/) });
  expect(found).toEqual(made);
});

test('rejects.jsonl of ingest says what happened, and no remedy that is for one reader only', async () => {
  const opus = readFileSync(new URL('../data/codecs/stereo.opus', import.meta.url));
  const rows = ['1,cut.opus', 'frog,a.wav', '2,../outside.wav', '3,a.wav'];
  const folder = scratch({
    'labels.csv': `Label,Blob Name\n${rows.join('\n')}\n`,
    'audio/a.wav': wav([1, 2]),
    'audio/cut.opus': opus.subarray(0, opus.length - 500),
    'outside.wav': wav([1]),
  });
  const line = ['ingest', 'labels.csv', '--audio', 'audio', '-o', 'out/', '--progress', 'none'];
  expect((await bowerbird(folder, [...line, '--on-error', 'skip'])).code).toBe(3);
  const text = readFileSync(join(folder, 'out/rejects.jsonl'), 'utf8');
  const reasons = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).reason as string);
  expect(reasons).toEqual([
    expect.stringMatching(/^Cannot decode "audio\/cut\.opus" at /),
    'The label "frog" is not a whole number',
    'Cannot use "audio/../outside.wav": it lies outside "audio"',
  ]);
  for (const reason of reasons) expect(reason).not.toMatch(/option "|--[a-z]/);
});

test('notices and reports of the command line name flags, those of the library options', async () => {
  const folder = scratch({ 'labels.csv': '1,a.wav\n', 'a.wav': wav([1, 2]) });
  const run = await bowerbird(folder, ['ingest', 'labels.csv', '-o', 'out/', '--json', '--progress', 'none']);
  expect(run.stderr).toContain('; --header yes takes it for a header\n');
  expect(JSON.parse(run.stdout).notices).toEqual([expect.stringContaining('; --header yes takes it for a header')]);
  const options = { inputs: join(folder, 'labels.csv'), out: join(folder, 'other/') };
  const { notices } = await ingest(options);
  expect(notices).toEqual([expect.stringContaining('; option "header" as "yes" takes it for a header')]);
});

test('a run that goes on tells what it read itself', async () => {
  const folder = scratch({ 'in/a.wav': wav([1, 2, 3]) });
  const decode = ['decode', 'in', '-o', 'out'];
  expect((await bowerbird(folder, decode)).stdout).toMatch(/^read +50 bytes\nwritten +\d+ bytes to out$/m);
  writeFileSync(join(folder, 'in/b.wav'), wav([1, 2]));
  expect((await bowerbird(folder, decode)).stdout).toMatch(
    /^read +48 bytes now, of 98 bytes\nwritten +98 bytes to out, with what an earlier run wrote$/m,
  );
  expect((await bowerbird(folder, decode)).stdout).toMatch(/^written +nothing; 98 bytes are there, in out$/m);
});

test('a run that finds all done tells of nothing that it read', async () => {
  const done = { done: 0, skipped: 2, bytesIn: 0 };
  const reports = {
    extract: async () => ({ ...extractReport, ...done }),
    convert: async () => ({ ...convertReport, ...done }),
    decode: async () => ({ ...decodeReport, ...done }),
  };
  for (const line of ['extract a --out x', 'convert a --to tfrecord --out x', 'decode a --out x']) {
    const { stdout } = await cli(line, { api: reports });
    expect(stdout).not.toMatch(/^read/m);
    expect(stdout).toContain('2 done already');
  }
  const folder = scratch({ 'in/a.wav': wav([1, 2, 3]) });
  const decode = ['decode', 'in', '--out', 'out', '--progress', 'plain'];
  await bowerbird(folder, decode);
  const again = await bowerbird(folder, decode);
  expect(again.stdout).not.toMatch(/^read/m);
  expect(again.stderr).not.toMatch(/\b0 bytes|0 of 0|0 B\b/);
});

test('byName() says flags without the tables', () => {
  const error = new BowerbirdError('IO', 'Cannot go on; option "workers", or option "onError" as "skip"');
  expect(byName(error)).toMatchObject({ code: 'IO', message: 'Cannot go on; --workers, or --on-error skip' });
  const plain = new BowerbirdError('IO', 'Cannot read "option"');
  expect(byName(plain)).toBe(plain);
});
