/** Names that are no UTF-8, and names as long as names can be: the other files are done, and nothing is left out in silence. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { frames } from '../../src/formats/records/tfrecord-writer.ts';
import { wav } from '../support/labelled.ts';
import { bowerbird, scratch } from './built.ts';

let records: Uint8Array;
beforeAll(async () => {
  const pieces: Uint8Array[] = [];
  async function* one(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a record');
  }
  for await (const piece of frames(one(), { records: 0 })) pieces.push(piece);
  records = Buffer.concat(pieces);
});

const sound = wav(Array.from({ length: 800 }, (_, i) => i));
/** "café" as ISO 8859-1 has it. */
const latin = (ending: string) => Buffer.concat([Buffer.from('caf'), Buffer.of(0xe9), Buffer.from(ending)]);

/** A folder with one good file, one whose name is no UTF-8, and a pipe. */
function folderOf(name: string, bytes: Uint8Array, ending: string): string {
  const folder = scratch();
  mkdirSync(join(folder, 'in'));
  writeFileSync(join(folder, 'in', name), bytes);
  writeFileSync(Buffer.concat([Buffer.from(join(folder, 'in/')), latin(ending)]), bytes);
  execFileSync('mkfifo', [join(folder, 'in/pipe')]);
  return folder;
}

const told = /caf\\xe9.*is left out: its name is not UTF-8/;
const manifest = (text: string) => JSON.parse(text) as { readonly leftOut?: readonly string[] };

describe.each([
  ['a folder', 'in'],
  ['a glob', 'in/*'],
])('%s with such a name', (_, input) => {
  test('is decoded but for it', async () => {
    const folder = folderOf('a.wav', sound, '.wav');
    const { code, stdout, stderr } = await bowerbird(folder, ['decode', input, '--out', 'out', '--json']);
    expect({ code, files: readdirSync(join(folder, 'out')).sort() }).toEqual({
      code: 0,
      files: ['.bowerbird', 'a.wav', 'decode.json'],
    });
    expect(stderr).toMatch(told);
    expect(stderr).toMatch(/pipe" is left out: it is a named pipe/);
    expect((JSON.parse(stdout) as { notices: string[] }).notices.join()).toMatch(told);
    expect(manifest(readFileSync(join(folder, 'out/decode.json'), 'utf8')).leftOut!.join()).toMatch(told);
  });

  test('is converted but for it', async () => {
    const folder = folderOf('a.tfrecord', records, '.tfrecord');
    const args = ['convert', input, '--to', 'arrayrecord', '--out', 'out/x'];
    const { code, stderr } = await bowerbird(folder, args);
    expect(code).toBe(0);
    expect(stderr).toMatch(told);
    const made = manifest(readFileSync(join(folder, 'out/x.convert.json'), 'utf8'));
    expect(made.leftOut!.join()).toMatch(told);
  });

  test('is not found intact', async () => {
    const folder = folderOf('a.tfrecord', records, '.tfrecord');
    const { code, stdout, stderr } = await bowerbird(folder, ['verify', input]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/caf\\xe9.tfrecord: unreadable: .*not UTF-8/);
    expect(stdout).toMatch(/2 files, 1 intact record.*1 unreadable/);
    expect(stderr).toMatch(/pipe" is left out: it is a named pipe/);
  });
});

test('a name that is no UTF-8, given by itself, is said to be that', async () => {
  const folder = folderOf('a.wav', sound, '.wav');
  const { code, stderr } = await bowerbird(folder, ['decode', 'in/caf\ufffd.wav', '--out', 'x.wav']);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('its name is not UTF-8') });
});

describe.each([230, 235, 240, 250, 255])('outputs whose names have %i bytes', (length) => {
  const long = (ending: string) => `${'n'.repeat(length - ending.length)}${ending}`;

  test('decode', async () => {
    const folder = scratch({ 'in.wav': sound });
    for (let runs = 0; runs < 2; runs++) {
      const ended = await bowerbird(folder, ['decode', 'in.wav', '--out', long('.wav'), '--overwrite']);
      expect(ended).toMatchObject({ code: 0, stderr: '' });
    }
    expect(readdirSync(folder).sort()).toEqual(['in.wav', long('.wav')].sort());
  });

  test('decode to a folder, convert and repair', async () => {
    const folder = scratch({ [`in/${long('.wav')}`]: sound, 'in.tfrecord': records });
    const shard = '-00000-of-00001.arrayrecord';
    const prefix = 'p'.repeat(length - shard.length);
    const runs = [
      ['decode', 'in', '--out', 'out'],
      ['convert', 'in.tfrecord', '--to', 'arrayrecord', '--out', join('ar', prefix)],
      ['convert', 'in.tfrecord', '--to', 'arrayrecord', '--out', join('parts', prefix), '--units', '0/1'],
      ['repair', 'in.tfrecord', '--out', long('.tfrecord')],
    ];
    for (const args of runs) {
      const ended = await bowerbird(folder, args);
      expect(ended).toMatchObject({ code: 0 });
    }
    expect(readdirSync(join(folder, 'out'))).toContain(long('.wav'));
    expect(readdirSync(join(folder, 'ar'))).toContain(`${prefix}${shard}`);
    expect(readdirSync(join(folder, 'parts'))).toContain(`${prefix}${shard}`);
    expect(readdirSync(folder)).toContain(long('.tfrecord'));
    const again = await bowerbird(folder, runs[1]!);
    expect(again.stdout).toContain('1 done already');
  });
});

test('an output whose name no file system takes is told so', async () => {
  const folder = scratch({ 'in.wav': sound });
  const { code, stderr } = await bowerbird(folder, ['decode', 'in.wav', '--out', `${'n'.repeat(252)}.wav`]);
  expect(code).toBe(1);
  expect(stderr).toContain('ENAMETOOLONG');
  expect(stderr).toContain('255 bytes');
  expect(stderr).not.toContain('Cannot remove');
});
