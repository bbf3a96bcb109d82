import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findRepeats } from '../../../../src/jobs/ingest/repeats.ts';
import { sightingWidth } from '../../../../src/jobs/rows/objects.ts';
import { Bins, Scattered, Spill } from '../../../../src/jobs/rows/spill.ts';
import { scratch } from '../folder.ts';

/** Closed when the test is. */
function spillOf(memory?: number): Spill {
  const spill = new Spill(memory);
  onTestFinished(() => spill.close());
  return spill;
}

/** Where the system keeps temporary files, for this test. */
function temporaryFolder(path: string): string {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = path;
  onTestFinished(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  return path;
}

const numbersOf = (blocks: Iterable<Float64Array>) => Array.from(blocks, (block) => [...block]).flat();

// The first test of this file: memory that others dropped would be counted as freed.
test('Spill keeps 32 MiB in memory, however much comes', () => {
  const before = process.memoryUsage().arrayBuffers;
  const bins = new Bins(spillOf(), 3);
  for (let i = 0; i < 4_000_000; i++) bins.add(i % 256, i, i, i);
  const kept = (process.memoryUsage().arrayBuffers - before) / 2 ** 20;
  // Of the 92 MiB that came. The 256 blocks that are being filled have 4 MiB.
  expect(kept).toBeLessThan(40);
  expect([...Array(256).keys()].reduce((sum, bin) => sum + bins.count(bin), 0)).toBe(4_000_000);
});

// Nothing, a few blocks of 16 KiB, and everything.
describe.each([0, 50_000, undefined])('with %o bytes of memory', (memory) => {
  test.each([1, 2, 3])('Bins gives back what it took, in order (%i numbers an entry)', (width) => {
    const bins = new Bins(spillOf(memory), width);
    const expected: number[][] = [[], [], []];
    for (let i = 0; i < 10_000; i++) {
      const entry = Array.from({ length: width }, (_, k) => i + k * 2 ** 52);
      const bin = i % 7 === 0 ? 2 : 0;
      bins.add(bin, ...entry);
      expected[bin]!.push(...entry);
    }
    for (const bin of [0, 1, 2]) {
      expect(bins.count(bin)).toBe(expected[bin]!.length / width);
      expect(numbersOf(bins.blocks(bin))).toEqual(expected[bin]);
    }
  });

  test('two Bins can be read side by side', () => {
    const spill = spillOf(memory);
    const [a, b] = [new Bins(spill, 1), new Bins(spill, 1)];
    for (let i = 0; i < 10_000; i++) {
      a.add(0, i);
      b.add(0, -i);
    }
    const others = b.blocks(0);
    for (const block of a.blocks(0)) {
      const other: Float64Array = others.next().value!;
      expect(block.map((it, i) => it + other[i]!)).toEqual(new Float64Array(block.length));
    }
  });

  test('Scattered gives numbers in the order of their indices, and 0 for those that did not come', () => {
    const scattered = new Scattered(spillOf(memory));
    const count = 2 ** 20 + 5000;
    // 7 has no factor in common with the count, so all indices come once.
    for (let i = 0; i < count; i += 100) scattered.put((i * 7) % count, i + 1);
    const found = numbersOf(scattered.blocks(count));
    expect(found).toHaveLength(count);
    let wrong = 0;
    for (let i = 0; i < count; i++) if (found[(i * 7) % count] !== (i % 100 === 0 ? i + 1 : 0)) wrong++;
    expect(wrong).toBe(0);
    expect(numbersOf(new Scattered(spillOf(memory)).blocks(3))).toEqual([0, 0, 0]);
    expect(numbersOf(scattered.blocks(0))).toEqual([]);
  });

  test('findRepeats() finds what a look at every pair finds', async () => {
    const row = fc.record({ path: fc.integer({ min: 0, max: 40 }), label: fc.integer({ min: 0, max: 1 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 200 }), async (rows) => {
        const sightings = new Bins(spillOf(memory), sightingWidth);
        for (const [i, { path, label }] of rows.entries()) sightings.add(path % 256, path * 2 ** 30, i, label);
        const first = rows.map(({ path }) => rows.findIndex((other) => other.path === path));
        const later = rows.map((_, i) => i).filter((i) => first[i]! < i);
        const conflicts = later.filter((i) => rows[first[i]!]!.label !== rows[i]!.label);
        expect(await findRepeats(sightings, 5, async () => {})).toEqual({
          repeats: later.length - conflicts.length,
          conflicts: conflicts.length,
          listed: conflicts.slice(0, 5).map((i) => [first[i], i]),
        });
      }),
      { numRuns: 50 },
    );
  });
});

test('Spill leaves no file behind, even while it is open', () => {
  const folder = temporaryFolder(scratch());
  const bins = new Bins(spillOf(0), 1);
  for (let i = 0; i < 10_000; i++) bins.add(0, i);
  expect(readdirSync(folder)).toEqual([]);
  expect(numbersOf(bins.blocks(0))).toHaveLength(10_000);
});

test('Spill makes no file as long as memory suffices', () => {
  const folder = temporaryFolder(join(scratch(), 'missing'));
  const bins = new Bins(spillOf(), 1);
  for (let i = 0; i < 10_000; i++) bins.add(0, i);
  expect(existsSync(folder)).toBe(false);
});

test('Spill says where it cannot make its file', () => {
  const folder = temporaryFolder(join(scratch(), 'missing'));
  const bins = new Bins(spillOf(0), 1);
  const fill = () => {
    for (let i = 0; i < 10_000; i++) bins.add(0, i);
  };
  expect(fill).toThrow(`Cannot make the temporary file "${folder}/bowerbird-plan-`);
  mkdirSync(folder);
  expect(fill).not.toThrow();
});
