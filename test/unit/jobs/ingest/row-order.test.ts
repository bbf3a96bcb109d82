import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RowOrder } from '../../../../src/jobs/ingest/row-order.ts';

const orderOf = (rows: number, seed: number) => {
  const order = new RowOrder(rows, seed);
  return Array.from({ length: rows }, (_, i) => order.at(i));
};

test('RowOrder is a permutation of any number of rows', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 0, max: 0xffffffff }), (rows, seed) => {
      const order = orderOf(rows, seed);
      expect([...order].sort((a, b) => a - b)).toEqual(order.map((_, i) => i));
    }),
    { numRuns: 50 },
  );
});

test('RowOrder knows where a row comes', () => {
  const [rows, seed] = [fc.integer({ min: 1, max: 2 ** 32 }), fc.integer({ min: 0, max: 0xffffffff })];
  fc.assert(
    fc.property(rows, seed, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (count, by, where) => {
      const order = new RowOrder(count, by);
      const index = Math.floor(where * count);
      expect(order.indexOf(order.at(index))).toBe(index);
    }),
    { numRuns: 500 },
  );
});

test('RowOrder stays inside when there are ten million rows', () => {
  const order = new RowOrder(10_000_000, 7);
  const seen = new Set(Array.from({ length: 10_000 }, (_, i) => order.at(i)));
  expect(seen.size).toBe(10_000);
  expect(Math.max(...seen)).toBeLessThan(10_000_000);
});

test('RowOrder leaves hardly a row behind its neighbour, and depends on the seed', () => {
  const [one, other] = [orderOf(10_000, 1), orderOf(10_000, 2)];
  const neighbours = one.filter((row, i) => i > 0 && Math.abs(row - one[i - 1]!) === 1).length;
  // Of a random order two are expected.
  expect(neighbours).toBeLessThan(20);
  expect(one.filter((row, i) => row === other[i]).length).toBeLessThan(20);
  // A thousand rows from the front, spread over all: the mean of a uniform sample is within four standard deviations.
  const mean = one.slice(0, 1000).reduce((sum, row) => sum + row, 0) / 1000;
  expect(Math.abs(mean - 5000)).toBeLessThan(4 * (10_000 / Math.sqrt(12 * 1000)));
});

test('RowOrder gives the same order forever', () => {
  // Shards made with a seed must be made again by later versions.
  expect(orderOf(10, 42)).toMatchInlineSnapshot(`
    [
      3,
      7,
      1,
      0,
      4,
      9,
      6,
      8,
      2,
      5,
    ]
  `);
});
