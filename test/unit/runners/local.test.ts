import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createShared, readCounters, requestStop } from '../../../dist/counters.js';
import type { Unit } from '../../../dist/jobs/engine/types.js';
import { runUnits } from '../../../dist/runners/local.js';
import { runUnits as runUnitsOfSource } from '../../../src/runners/local.ts';
import { poolSize } from '../../../src/runners/pool-size.ts';
import { scratch, tree, writeFiles } from '../jobs/folder.ts';

// Processes, threads and flushes take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const module = (name: string) => new URL(`../../data/units/${name}`, import.meta.url).href;

function setUp(names: readonly string[]) {
  const root = writeFiles(scratch(), Object.fromEntries(names.map((name) => [`in/${name}`, 'x\ny\n'])));
  const units = names.map((name): Unit => {
    const input = { uri: join(root, 'in', name), size: 4, version: '1' };
    return { id: name, input, outputs: [`sums/${name}`, `copies/${name}`] };
  });
  return { units, context: { shared: createShared(), outDir: join(root, 'out') } };
}

const options = { durable: false };

describe('runUnits()', () => {
  test('does every unit once and yields its receipt', async () => {
    const { units, context } = setUp(Array.from({ length: 50 }, (_, i) => `f${i}`));
    const seen: string[] = [];
    for await (const outcome of runUnits(module('copy.mjs'), units, options, context, 3)) {
      expect(outcome).toMatchObject({ unit: { id: outcome.unit.id }, receipt: { records: 2 } });
      seen.push(outcome.unit.id);
    }
    expect(seen.sort()).toEqual(units.map(({ id }) => id).sort());
    expect(readCounters(context.shared)).toEqual({ bytes: 200, records: 100, rejects: 0 });
  });

  test('runs compiled threads also from source', async () => {
    const { units, context } = setUp(['a']);
    for await (const outcome of runUnitsOfSource(module('copy.mjs'), units, options, context, 1)) {
      expect(outcome).toMatchObject({ receipt: { unit: 'a' } });
    }
  });

  test.each([
    [5, 2, 2],
    [3, 2, 1],
    [2, 5, 1],
    [4, 1, 4],
  ])('shares %i threads between %i units: %i for each', async (workers, count, threads) => {
    const { units, context } = setUp(Array.from({ length: count }, (_, i) => `f${i}`));
    for await (const outcome of runUnits(module('thread.mjs'), units, options, context, workers)) {
      expect(outcome).toMatchObject({ receipt: { threads } });
    }
  });

  test('starts no thread for no units', async () => {
    for await (const _ of runUnits('no such module', [], options, setUp([]).context, 1)) expect.unreachable();
  });

  test('takes few units ahead of its consumer', async () => {
    const { units, context } = setUp(Array.from({ length: 40 }, (_, i) => `f${i}`));
    for await (const _ of runUnits(module('copy.mjs'), units, options, context, 2)) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      break;
    }
    expect(Object.keys(tree(context.outDir)).length).toBeLessThanOrEqual(2 * 4);
  });

  test('brings errors across threads: ours whole, those of the system in a sentence, bugs with their stack', async () => {
    const { units, context } = setUp(['bad', 'bad-system', 'bad-bug', 'fine']);
    const ends = new Map<string, unknown>();
    for await (const outcome of runUnits(module('fail.mjs'), units, options, context, 2)) {
      ends.set(outcome.unit.id, 'error' in outcome ? outcome.error : outcome.receipt);
    }
    const source = units.map(({ input }) => input.uri);
    expect(ends.get('bad')).toMatchObject({
      name: 'BowerbirdError',
      code: 'CORRUPT_RECORD',
      source: source[0],
      record: 3,
      offset: 40,
    });
    expect(ends.get('bad-system')).toMatchObject({ name: 'BowerbirdError', code: 'IO', source: source[1] });
    expect((ends.get('bad-system') as Error).message).toBe(
      `Cannot process "${source[1]}": EIO: i/o error; the disk or its connection fails: look into the system log`,
    );
    expect(ends.get('bad-bug')).toBeInstanceOf(TypeError);
    expect((ends.get('bad-bug') as Error).stack).toContain('fail.mjs');
    expect(ends.get('fine')).toMatchObject({ unit: 'fine' });
  });

  test('survives a thread that exits, and names the unit it was at', async () => {
    const { units, context } = setUp(['a', 'bad-exit', 'c', 'd']);
    const ends = new Map<string, unknown>();
    for await (const outcome of runUnits(module('fail.mjs'), units, options, context, 2)) {
      ends.set(outcome.unit.id, 'error' in outcome ? outcome.error : outcome.receipt);
    }
    expect(ends.get('bad-exit')).toMatchObject({ code: 'IO', source: units[1]!.input.uri });
    for (const id of ['a', 'c', 'd']) expect(ends.get(id)).toMatchObject({ unit: id });
  });

  test('refuses waiting units and ends running ones after requestStop()', async () => {
    const { units, context } = setUp(['a', 'b', 'c', 'd', 'e']);
    setTimeout(() => requestStop(context.shared), 200);
    let count = 0;
    for await (const outcome of runUnits(module('endless.mjs'), units, options, context, 2)) {
      expect(outcome).toMatchObject({ error: { code: 'INTERRUPTED' } });
      count++;
    }
    expect(count).toBe(5);
  });

  test('stops the rest when its consumer leaves', async () => {
    const { units, context } = setUp(['bad', 'b', 'c']);
    const modules = module('fail.mjs');
    for await (const _ of runUnits(modules, units, { ...options, pauseMs: 100 }, context, 1)) break;
    expect(new Int32Array(context.shared, 0, 1)[0]).toBe(1);
  });

  test('does short work in the calling thread too, and again in the threads that stayed', async () => {
    for (let turn = 0; turn < 2; turn++) {
      const { units, context } = setUp(Array.from({ length: 60 }, (_, i) => `f${i}`));
      const threads = new Map<unknown, number>();
      for await (const outcome of runUnits(module('thread.mjs'), units, options, context, 2, { work: 'short' })) {
        expect(outcome).toMatchObject({ receipt: { unit: outcome.unit.id } });
        const { thread } = (outcome as unknown as { receipt: { thread: number } }).receipt;
        threads.set(thread, (threads.get(thread) ?? 0) + 1);
      }
      expect([...threads.values()].reduce((sum, count) => sum + count)).toBe(60);
      // The main thread is number 0; whether the other came in time is the machine's business, but never a third.
      expect(threads.get(0)).toBeGreaterThan(0);
      expect(threads.size).toBeLessThan(3);
    }
  });

  test('does light units in the calling thread, one after another, and lets it hear of other things between them', async () => {
    for (const count of [1, 3]) {
      const { units, context } = setUp(Array.from({ length: count }, (_, i) => `f${i}`));
      const done: unknown[] = [];
      let heard = 0;
      for await (const outcome of runUnits(module('thread.mjs'), units, options, context, 2, { work: 'light' })) {
        const { unit, thread } = (outcome as unknown as { receipt: { unit: string; thread: number } }).receipt;
        done.push([unit, thread]);
        setImmediate(() => heard++);
      }
      expect(done).toEqual(units.map(({ id }) => [id, 0]));
      expect(heard).toBe(count);
    }
    const { units, context } = setUp(['bad']);
    for await (const outcome of runUnits(module('fail.mjs'), units, options, context, 2, { work: 'light' }))
      expect(outcome).toMatchObject({ error: { name: 'BowerbirdError', code: 'CORRUPT_RECORD' } });
  });

  test('gives a thread several units at once, where they are said to wait', async () => {
    const { units, context } = setUp(Array.from({ length: 8 }, (_, i) => `f${i}`));
    const most: number[] = [];
    for await (const outcome of runUnits(module('waiting.mjs'), units, options, context, 2, { unitsAtOnce: 2 }))
      most.push((outcome as unknown as { receipt: { most: number } }).receipt.most);
    expect(Math.max(...most)).toBe(2);
  });

  test('ends short work when its consumer leaves, and leaves nothing running', async () => {
    const { units, context } = setUp(['a', 'b', 'c', 'd']);
    setTimeout(() => requestStop(context.shared), 500);
    let count = 0;
    for await (const _ of runUnits(module('endless.mjs'), units, options, context, 3, { work: 'short' })) count++;
    expect(count).toBe(4);
    const again = setUp(['a', 'b', 'c', 'd']);
    for await (const outcome of runUnits(module('thread.mjs'), again.units, options, again.context, 3, {
      work: 'short',
    })) {
      expect(outcome).toHaveProperty('receipt');
    }
  });

  test('gives the error of a module that cannot be loaded', async () => {
    const { units, context } = setUp(['a']);
    for await (const outcome of runUnits(module('none.mjs'), units, options, context, 1)) {
      expect(outcome).toMatchObject({ error: { message: expect.stringContaining('none.mjs') } });
    }
  });
});

test('poolSize() is never more than the units, and at least one', () => {
  expect(poolSize(8, 3)).toBe(3);
  expect(poolSize(2, 100)).toBe(2);
  expect(poolSize(4, 0)).toBe(1);
  expect(poolSize(undefined, 1e6)).toBeGreaterThanOrEqual(1);
});
