import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { Journal, readJournals } from '../../../dist/jobs/engine/journal.js';
import type { Receipt } from '../../../dist/jobs/engine/types.js';
import { copy, copyProcess, inThreads, sampleInputs, smallDisk, startProcess } from './copying.ts';
import { scratch, tree, writeFiles } from './folder.ts';

// Processes, threads and flushes take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('runJob() refuses a second run into the same folder while the first is alive', async () => {
  const root = sampleInputs(3);
  const first = startProcess(root, 'out', { pauseMs: 100 });
  const ended = new Promise((resolve) => first.once('close', resolve));
  await until(() => existsSync(join(root, 'out/copies')));
  expect(await copyProcess(root, 'out', {})).toMatchObject({
    code: 'LOCKED',
    message: expect.stringContaining(`process ${first.pid} on`),
  });
  await ended;
  expect(await copyProcess(root, 'out', {})).toMatchObject({ done: 0, skipped: 3, complete: true });
});

test('runJob() in parts side by side ends like a whole run', async () => {
  const root = sampleInputs(7);
  await copy(root, 'want');
  const parts = [0, 1, 2].map((m) => copyProcess(root, 'out', { pauseMs: 5 }, { units: `${m}/3` }));
  const ends = await Promise.all(parts);
  expect(ends.map(({ done }) => done)).toEqual([3, 2, 2]);
  expect(ends.some(({ complete }) => complete)).toBe(true);
  expect(tree(join(root, 'out'))).toEqual(tree(join(root, 'want')));
});

test('runJob() in parts one after the other: the last one completes', async () => {
  const root = sampleInputs(5);
  await copy(root, 'want');
  const complete: boolean[] = [];
  for (const units of ['1/3', '0/3', '0/3', '2/3']) complete.push((await copy(root, 'out', { units })).complete);
  expect(complete).toEqual([false, false, false, true]);
  expect(tree(join(root, 'out'))).toEqual(tree(join(root, 'want')));
});

test('runJob() goes on with what parts of another split, or a killed part, have done', async () => {
  const root = sampleInputs(6);
  await copy(root, 'want');
  await copy(root, 'out', { units: '0/2' });
  const killed = startProcess(root, 'out', { pauseMs: 50 }, { units: '1/2' });
  const gone = new Promise((resolve) => killed.once('close', resolve));
  await until(() => existsSync(join(root, 'out/copies/f1.txt')));
  killed.kill('SIGKILL');
  await gone;
  const third = await copy(root, 'out', { units: '1/3' });
  expect(third.skipped).toBeGreaterThan(0);
  expect(third.complete).toBe(false);
  const whole = await copy(root, 'out', {});
  expect(whole.skipped).toBeGreaterThan(2);
  expect(tree(join(root, 'out'))).toEqual(tree(join(root, 'want')));
});

test('runJob() in parts starts over together under new options', async () => {
  const root = sampleInputs(4);
  await copy(root, 'out', { shout: true });
  await copy(root, 'want');
  await expect(copy(root, 'out', { units: '0/2' })).rejects.toThrow(expect.objectContaining({ code: 'EXISTS' }));
  const ends = [0, 1].map((m) => copyProcess(root, 'out', {}, { units: `${m}/2`, overwrite: true }));
  expect((await Promise.all(ends)).map(({ done }) => done)).toEqual([2, 2]);
  expect(tree(join(root, 'out'))).toEqual(tree(join(root, 'want')));
});

test('runJob() refuses parts that do not fit those that run', async () => {
  const root = sampleInputs(3);
  const first = startProcess(root, 'out', { pauseMs: 100 }, { units: '0/2' });
  const ended = new Promise((resolve) => first.once('close', resolve));
  await until(() => existsSync(join(root, 'out/copies')));
  const locked = expect.objectContaining({ code: 'LOCKED' });
  await expect(copy(root, 'out', { units: '1/3' })).rejects.toThrow(locked);
  await expect(copy(root, 'out', { units: '0/2' })).rejects.toThrow(locked);
  await expect(copy(root, 'out', { units: '1/2', shout: true, overwrite: true })).rejects.toThrow(locked);
  await expect(copy(root, 'out')).rejects.toThrow(locked);
  await ended;
  expect(await copy(root, 'out', { units: '1/2' })).toMatchObject({ complete: true });
});

test.each(['2/2', '-1/2', '1', '0/0', '1/2/3', 'a/b', '0.5/2', ''])(
  'runJob() refuses "%s" as a part',
  async (units) => {
    const root = sampleInputs(1);
    await expect(copy(root, 'out', { units })).rejects.toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(existsSync(join(root, 'out'))).toBe(false);
  },
);

test('runJob() on a full disk fails cleanly, and goes on when there is room', async (context) => {
  const root = sampleInputs(0);
  for (let i = 0; i < 8; i++) writeFiles(root, { [`in/f${i}.txt`]: `${'x'.repeat(99)}\n`.repeat(800) });
  await copy(root, 'want');
  mkdirSync(join(root, 'out'));
  const disk = smallDisk(join(root, 'out'), 512 * 1024);
  if (disk === undefined) return context.skip('needs the right to mount a small tmpfs');
  try {
    // 8 times 80 kB do not fit into 512 KiB.
    await expect(copy(root, 'out', { runUnits: inThreads })).rejects.toThrow(/no space left.*free some space/);
    await expect(copy(root, 'out')).rejects.toThrow(expect.objectContaining({ code: 'IO' }));
    const kept = Object.keys(tree(join(root, 'out')));
    expect(kept.filter((name) => /tmp|lock$|^copy.json/.test(name))).toEqual([]);
    disk.grow(4 * 1024 * 1024);
    const { done, skipped } = await copy(root, 'out');
    expect(skipped).toBeGreaterThan(2);
    expect(done).toBeGreaterThan(0);
    expect(tree(join(root, 'out'))).toEqual(tree(join(root, 'want')));
  } finally {
    disk.remove();
  }
});

test('Journal keeps what it holds when a line meets the end of the disk', async (context) => {
  const folder = scratch();
  const disk = smallDisk(folder, 64 * 1024);
  if (disk === undefined) return context.skip('needs the right to mount a small tmpfs');
  try {
    const journal = await Journal.create<Receipt>(join(folder, 'copy.jsonl'), 'copy', {}, []);
    const receipt = (unit: string) => ({
      unit,
      input: { uri: unit, size: 1, version: '1' },
      outputs: [],
      records: 1,
      rejects: 0,
    });
    let fitting = 0;
    const fill = () => {
      for (; ; fitting++) journal.append(receipt(`${fitting}`.padStart(3000, 'u')), false);
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'IO' }));
    const [found] = await readJournals<Receipt>(folder, 'copy');
    expect(found).toMatchObject({ damagedLines: 0 });
    expect(found!.entries.size).toBe(fitting);
    disk.grow(1024 * 1024);
    journal.append(receipt('more'), false);
    journal.close();
    expect((await readJournals<Receipt>(folder, 'copy'))[0]!.entries.size).toBe(fitting + 1);
  } finally {
    disk.remove();
  }
});
