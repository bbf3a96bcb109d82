/** Exit codes that scripts rely on: what was lost is 3, what is damaged is 4, what was done before is 0. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { wav } from '../support/labelled.ts';
import { flipped, header, record, tfrecord } from '../support/records.ts';
import { bowerbird, main, scratch } from './built.ts';

const three = tfrecord(record(), record(), record());
const damaged = flipped(three, three.length - 100);

test('repair exits 3 when something was lost, 0 when nothing was', async () => {
  const folder = scratch({
    good: three,
    damaged,
    cut: three.subarray(0, three.length - 3),
    'cut.gz': gzipSync(three).subarray(0, -8),
  });
  expect((await bowerbird(folder, ['repair', 'good', '--out', 'a'])).code).toBe(0);
  for (const name of ['damaged', 'cut', 'cut.gz']) {
    expect((await bowerbird(folder, ['repair', name, '--out', `${name}.out`])).code, name).toBe(3);
    expect((await bowerbird(folder, ['verify', `${name}.out`])).code, name).toBe(0);
    expect((await bowerbird(folder, ['repair', name, '--out', `${name}.json`, '--json', '-q'])).code, name).toBe(3);
  }
});

test('repair of ArrayRecord exits 3 when records were lost, 0 when only the footer was', async () => {
  const folder = scratch({ records: tfrecord(...Array.from({ length: 40 }, (_, i) => Buffer.alloc(5000, i))) });
  const to = ['--to', 'arrayrecord', '--out', 'set', '--options', 'group_size:1,uncompressed'];
  expect((await bowerbird(folder, ['convert', 'records', ...to])).code).toBe(0);
  const whole = readFileSync(join(folder, 'set-00000-of-00001.arrayrecord'));
  const flippedBytes = Buffer.from(whole);
  flippedBytes[70_000]! ^= 1;
  writeFileSync(join(folder, 'flipped'), flippedBytes);
  writeFileSync(join(folder, 'unfinished'), whole.subarray(0, whole.length - (64 << 10)));
  expect((await bowerbird(folder, ['repair', 'flipped', '--out', 'a', '--json'])).code).toBe(3);
  const unfinished = await bowerbird(folder, ['repair', 'unfinished', '--out', 'b', '--json']);
  expect(unfinished.code).toBe(JSON.parse(unfinished.stdout).files[0].lostRecords === 0 ? 0 : 3);
});

test.each(['gzip', 'plain'])('verify of a record of 2^40 bytes that the %s file cannot hold exits 4', async (kind) => {
  const promise = Buffer.concat([three, header(2n ** 40n), Buffer.alloc(50)]);
  const folder = scratch({ x: kind === 'gzip' ? gzipSync(promise) : promise });
  const { code, stdout } = await bowerbird(folder, ['verify', 'x']);
  expect(code, stdout).toBe(4);
  expect(stdout).toMatch(/x: damaged: record 3, offset \d+/);
  expect(stdout).toContain('3 intact records');
});

test('decode to a file exits 0 when it was finished before, and never takes another file for that', async () => {
  const folder = scratch({
    'x.wav': wav([1, 2, 3]),
    'z.wav': wav([1, 2, 4]),
    'other.wav': 'not sound',
    'cut.wav': wav([1, 2, 3, 4]),
  });
  const run = (...args: string[]) => bowerbird(folder, ['decode', ...args, '--json']);
  const first = await run('x.wav', '--out', 'y.wav');
  const made = readFileSync(join(folder, 'y.wav'));
  const again = await run('x.wav', '--out', 'y.wav');
  expect([first.code, again.code]).toEqual([0, 0]);
  expect(JSON.parse(first.stdout)).toMatchObject({ done: 1, skipped: 0, complete: true });
  expect(JSON.parse(again.stdout)).toMatchObject({ done: 0, skipped: 1, complete: true });
  const files = (text: string) => JSON.parse(text).files;
  expect(files(again.stdout)).toEqual(files(first.stdout));
  for (const args of [
    ['z.wav', '--out', 'y.wav'],
    ['x.wav', '--out', 'y.wav', '--bits', '24'],
    ['x.wav', '--out', 'other.wav'],
  ]) {
    const { code, stdout } = await run(...args);
    expect([code, JSON.parse(stdout).error.code], args.join(' ')).toEqual([1, 'EXISTS']);
  }
  expect(readFileSync(join(folder, 'y.wav')).equals(made)).toBe(true);
  expect((await run('z.wav', '--out', 'y.wav', '--overwrite')).code).toBe(0);
  expect(readFileSync(join(folder, 'y.wav')).equals(made)).toBe(false);
  expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
});

/** Starts a repair that waits for more of its input for ever, and kills it when its temporary file is there. */
async function killed(folder: string, input: string): Promise<string[]> {
  const child = spawn(process.execPath, [main, 'repair', input, '--out', 'out'], { cwd: folder, stdio: 'ignore' });
  const temporaries = () => readdirSync(folder).filter((name) => name.endsWith('.bowerbird-tmp'));
  while (temporaries().length === 0 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 1));
  child.kill('SIGKILL');
  await once(child, 'exit');
  return temporaries();
}

test('what a killed repair leaves is removed by the next run, whatever it writes there', async () => {
  const large = tfrecord(...Array.from({ length: 400 }, (_, i) => Buffer.alloc(100_000, i)));
  const folder = scratch({ damaged: gzipSync(flipped(large, large.length - 100), { level: 1 }), small: damaged });
  let left: string[] = [];
  // It may have ended before the signal came.
  for (let tries = 0; left.length === 0 && tries < 20 && !existsSync(join(folder, 'out')); tries++) {
    left = await killed(folder, 'damaged');
  }
  expect(left.length).toBe(1);
  expect((await bowerbird(folder, ['repair', 'small', '--out', 'another'])).code).toBe(3);
  expect(readdirSync(folder).sort()).toEqual(['another', 'damaged', 'small']);
});

test('of files that cannot be read each is told once, beside others or alone', async () => {
  const folder = scratch({ 'a.tfrecord': tfrecord(record()) });
  const told = (name: string) => `bowerbird: error NOT_FOUND: Cannot find input "${name}": no such file or folder\n`;
  const some = await bowerbird(folder, ['inspect', 'x', 'a.tfrecord', 'y']);
  expect(some).toMatchObject({ code: 1, stderr: told('x') + told('y'), stdout: expect.stringContaining('records  1') });
  expect(await bowerbird(folder, ['inspect', 'x', 'y'])).toMatchObject({ code: 1, stderr: told('x') + told('y') });
  const json = await bowerbird(folder, ['repair', 'x', 'a.tfrecord', '--out', 'out/', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    inputs: 2,
    unreadable: 1,
    files: [
      { source: 'x', format: 'unknown', error: { code: 'NOT_FOUND' } },
      { out: 'out/a.tfrecord', records: 1 },
    ],
  });
  expect(json.code).toBe(1);
});

test('verify looks at the other files when one is not there, and damage outweighs it', async () => {
  const folder = scratch({ good: three, damaged });
  const one = await bowerbird(folder, ['verify', 'good', 'nope', '--json']);
  expect(one.code).toBe(1);
  expect(JSON.parse(one.stdout)).toMatchObject({
    ok: false,
    records: 3,
    files: [
      { source: 'good', ok: true },
      { source: 'nope', format: 'unknown', ok: false, error: { code: 'NOT_FOUND' } },
    ],
  });
  expect((await bowerbird(folder, ['verify', 'nope', 'damaged'])).code).toBe(4);
  const none = await bowerbird(folder, ['verify', 'nope', 'nor-this']);
  expect(none).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('NOT_FOUND: ') });
});

test('decode exits 1, not 2, when one recording refuses what fits the others, and names it', async () => {
  const folder = scratch({ 'in/a.wav': wav(Array(16_000).fill(1)), 'in/b.wav': wav([1, 2]) });
  const args = ['decode', 'in', '-o', 'out', '--from', '0.5', '-j', '1'];
  const { code, stderr } = await bowerbird(folder, args);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining('Cannot decode "in/b.wav" from 0.5 s on'),
  });
  expect(existsSync(join(folder, 'out/a.wav'))).toBe(true);
  const { error } = JSON.parse((await bowerbird(folder, [...args, '--json'])).stdout);
  expect(error).toMatchObject({ code: 'USAGE', source: 'in/b.wav' });
});
