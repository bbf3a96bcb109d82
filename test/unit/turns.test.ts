import { expect, test } from 'vitest';
import { eachAtOnce, Turns } from '../../src/turns.ts';

/** Promises that the test keeps. */
function gates(count: number) {
  const all = Array.from({ length: count }, () => {
    let open!: () => void;
    let fail!: (error: Error) => void;
    const passed = new Promise<void>((resolve, reject) => {
      open = resolve;
      fail = reject;
    });
    return { open, fail, passed };
  });
  return all;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('eachAtOnce() has so many under way, and gives results in the order of items', async () => {
  const doors = gates(5);
  const begun: number[] = [];
  const all = eachAtOnce([10, 11, 12, 13, 14], 2, async (item, i) => {
    begun.push(i);
    await doors[i]!.passed;
    return item * 2;
  });
  await settled();
  expect(begun).toEqual([0, 1]);
  doors[1]!.open();
  await settled();
  expect(begun).toEqual([0, 1, 2]);
  for (const { open } of doors) open();
  expect(await all).toEqual([20, 22, 24, 26, 28]);
  expect(await eachAtOnce([], 3, async () => 1)).toEqual([]);
});

test('after a failure eachAtOnce() begins nothing more, and throws the first when all have ended', async () => {
  const doors = gates(4);
  const [begun, ended]: [number[], number[]] = [[], []];
  const all = eachAtOnce([0, 1, 2, 3], 2, async (i) => {
    begun.push(i);
    await doors[i]!.passed.finally(() => ended.push(i));
  });
  await settled();
  doors[1]!.fail(new Error('first'));
  await settled();
  doors[0]!.fail(new Error('second'));
  await expect(all).rejects.toThrow('first');
  expect([begun, ended]).toEqual([
    [0, 1],
    [1, 0],
  ]);
});

test('Turns go to who waited longest, also past one who failed', async () => {
  const turns = new Turns(1);
  const order: string[] = [];
  const run = (name: string, fails = false) =>
    turns.run(async () => {
      order.push(name);
      await settled();
      if (fails) throw new Error(name);
    });
  const results = await Promise.allSettled([run('a', true), run('b'), run('c')]);
  await run('d');
  expect(order).toEqual(['a', 'b', 'c', 'd']);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
});
