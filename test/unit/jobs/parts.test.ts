/** Jobs whose outputs come as parts, runs of a selection, and what seals a unit; needs a build. */

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runJob } from '../../../dist/jobs/engine/course.js';
import type { RunSettings } from '../../../dist/jobs/engine/run.js';
import { splitJob } from '../../data/units/split-job.mjs';
import { inThreads, oneByOne } from './copying.ts';
import { scratch, tree, writeFiles } from './folder.ts';

interface Given extends Partial<RunSettings> {
  readonly lines?: number;
  readonly failing?: string;
  readonly sealed?: (id: string) => Promise<void>;
}

const linesOf = (letter: string, count: number) => Array.from({ length: count }, (_, i) => `${letter}${i}\n`).join('');

/** Two parts, one, none. */
function inputs(): string {
  return writeFiles(scratch(), { 'in/a.txt': linesOf('a', 3), 'in/b.txt': linesOf('b', 2), 'in/c.txt': '!c\n' });
}

function split(root: string, { lines = 2, failing, sealed, ...settings }: Given = {}) {
  const options = { inDir: join(root, 'in'), outDir: join(root, 'out'), durable: false, lines, failing };
  return runJob(splitJob(sealed), options, { runUnits: oneByOne, ...settings });
}

const data = (root: string) => readdirSync(join(root, 'out/data')).sort();

test.each([
  ['in one thread', oneByOne],
  ['in two threads', inThreads],
])('a unit makes as many parts as it needs, and a second run none, %s', async (_, runUnits) => {
  const root = inputs();
  expect(await split(root, { runUnits })).toMatchObject({ done: 3, complete: true });
  expect(data(root)).toEqual(['a-part-00.txt', 'a-part-01.txt', 'b.txt']);
  expect(readFileSync(join(root, 'out/data/a-part-01.txt'), 'utf8')).toBe('a2\n');
  expect(JSON.parse(readFileSync(join(root, 'out/split.json'), 'utf8'))).toEqual([
    ['data/a-part-00.txt', 'data/a-part-01.txt'],
    ['data/b.txt'],
    [],
  ]);
  const before = tree(join(root, 'out'));
  expect(await split(root, { runUnits })).toMatchObject({ done: 0, skipped: 3, complete: true });
  expect(tree(join(root, 'out'))).toEqual(before);
});

test('a missing part has its unit done again, and what it made before and makes no more is gone', async () => {
  const root = inputs();
  await split(root);
  rmSync(join(root, 'out/data/a-part-00.txt'));
  expect(await split(root)).toMatchObject({ done: 1, skipped: 2 });
  expect(data(root)).toEqual(['a-part-00.txt', 'a-part-01.txt', 'b.txt']);
  writeFiles(root, { 'in/a.txt': linesOf('a', 5), 'in/b.txt': linesOf('b', 3) });
  expect(await split(root)).toMatchObject({ done: 2, skipped: 1 });
  expect(data(root)).toEqual(['a-part-00.txt', 'a-part-01.txt', 'a-part-02.txt', 'b-part-00.txt', 'b-part-01.txt']);
  expect(await split(root, { lines: 9, overwrite: true })).toMatchObject({ done: 3 });
  expect(data(root)).toEqual(['a.txt', 'b.txt']);
});

test('a failure leaves no part, and the next run goes on', async () => {
  const root = inputs();
  await expect(split(root, { failing: 'a.txt' })).rejects.toThrow('It broke');
  expect(data(root)).toEqual(['b.txt']);
  expect(await split(root)).toMatchObject({ done: 1, skipped: 2, complete: true });
});

test.each(['whole', '0/2'])('what a killed run left of its parts is removed, by a run that is %s', async (units) => {
  const root = inputs();
  const left = '.a-part-07.txt.bowerbird-tmp';
  writeFiles(root, { [`out/data/${left}`]: 'half' });
  expect(await split(root, units === 'whole' ? {} : { units })).toMatchObject({ complete: units === 'whole' });
  expect(data(root)).not.toContain(left);
  expect(data(root)).toContain('a-part-01.txt');
});

test.each(['b-part-00.txt', 'b-part-17.txt', 'b.txt'])(
  'a file of somebody else, %s, is refused and kept',
  async (name) => {
    const root = inputs();
    writeFiles(root, { [`out/data/${name}`]: 'mine' });
    await expect(split(root)).rejects.toMatchObject({
      code: 'EXISTS',
      message: expect.stringContaining(`data/${name}`),
    });
    expect(readFileSync(join(root, 'out/data', name), 'utf8')).toBe('mine');
    expect(await split(root, { overwrite: true })).toMatchObject({ done: 3 });
    expect(data(root)).toEqual(['a-part-00.txt', 'a-part-01.txt', 'b.txt']);
  },
);

test.each(['b-part-1.txt', 'b-part-001.txt', 'b-part-.txt', 'xb-part-00.txt', 'b-part-00.txt.bak'])(
  'a file whose name is no part of any, %s, stays',
  async (name) => {
    const root = inputs();
    writeFiles(root, { [`out/data/${name}`]: 'mine' });
    expect(await split(root)).toMatchObject({ done: 3 });
    await split(root, { lines: 9, overwrite: true });
    expect(readFileSync(join(root, 'out/data', name), 'utf8')).toBe('mine');
  },
);

test('a selection does its units, and neither removes nor forgets the others', async () => {
  const root = inputs();
  expect(await split(root, { select: (id) => id === 'a.txt' })).toMatchObject({ done: 1, complete: false });
  expect(data(root)).toEqual(['a-part-00.txt', 'a-part-01.txt']);
  expect(existsSync(join(root, 'out/split.json'))).toBe(false);
  expect(await split(root, { select: (id) => id === 'c.txt' })).toMatchObject({ done: 1, complete: false });
  // What is rejected is told although others are left.
  expect(readFileSync(join(root, 'out/rejects.jsonl'), 'utf8')).toContain('!c');
  expect(await split(root, { select: (id) => id !== 'c.txt' })).toMatchObject({ done: 1, skipped: 1, complete: true });
  const selected = tree(join(root, 'out'));
  const whole = inputs();
  await split(whole);
  const same = ['data/a-part-00.txt', 'data/a-part-01.txt', 'data/b.txt', 'split.json'];
  const wanted = tree(join(whole, 'out'));
  for (const name of same) expect(selected[name]).toBe(wanted[name]);
  expect(await split(root, { select: () => false })).toMatchObject({ done: 0, complete: true });
  expect(tree(join(root, 'out'))).toEqual(selected);
});

test('units are sealed one at a time, once each, and are done only then', async () => {
  const root = inputs();
  const sealed: string[] = [];
  let under = 0;
  const seal = async (id: string) => {
    expect(++under).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    under--;
    if (id === 'b.txt') throw new Error('No commit');
    sealed.push(id);
  };
  await expect(split(root, { sealed: seal, runUnits: inThreads })).rejects.toThrow('No commit');
  const again: string[] = [];
  const { receipts, done, skipped } = await split(root, { sealed: async (id) => void again.push(id) });
  expect([...sealed, ...again].sort()).toEqual(['a.txt', 'b.txt', 'c.txt']);
  expect(done + skipped).toBe(3);
  expect(receipts.map((receipt) => (receipt as { sealed?: boolean }).sealed)).toEqual([true, true, true]);
});
